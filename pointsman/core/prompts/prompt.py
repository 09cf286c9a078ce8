"""Prompt templates with variables, defaults, versions and examples. Pure; what is put in is never read again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, assistant, system, user
from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.prompts.personality import Exchange

_VARIABLE = re.compile(r"(?<!\\)\{\{\s*([^\W\d][\w-]*)\s*\}\}")
"""A variable: letters of any language, digits, `_` and `-`. Behind a backslash braces are braces."""
_ESCAPED = re.compile(r"\\\{\{\s*([^\W\d][\w-]*)")
"""A name behind a backslash: it is none to be put in, and no misspelt one either."""
_BRACES = re.compile(r"\\(\{\{)")


@attrs.frozen(kw_only=True)
class Variable:
    """What is to be put in at `{{name}}`; without a `default` it must be given."""

    name: str
    default: str | None = None
    description: str = ""


@attrs.frozen(kw_only=True)
class PromptTemplate:
    """A prompt with unsupported. `text` is the user's message, `system` the instructions; `{{name}}` marks a variable.

    `\\{{` stands for two braces. A variable that is not declared in `variables` has no default. Several versions of one
    name may be kept.
    """

    name: str
    text: str
    version: int = 1
    description: str = ""
    system: str = ""
    variables: tuple[Variable, ...] = ()
    examples: tuple[Exchange, ...] = ()

    @property
    def ref(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def list_variables(self) -> tuple[Variable, ...]:
        """All variables, declared or only used, in the order in which they are first used."""
        declared = {variable.name: variable for variable in self.variables}
        used = dict.fromkeys((*variables_in(self.system), *variables_in(self.text)))
        return tuple(declared.get(name, Variable(name=name)) for name in used)


@attrs.frozen(kw_only=True)
class SavedTemplate:
    """A version of a prompt template as it stands in the settings, under its name."""

    text: str
    """The user's message, with its variables as `{{name}}`."""
    system: str = ""
    """Instructions."""
    description: str = ""
    """What it is for."""
    defaults: Mapping[str, str] = attrs.field(factory=dict)
    """What stands for variables that are not given."""
    examples: tuple[Exchange, ...] = ()
    """Exchanges that show how it is answered."""

    def as_template(self, name: str, version: int) -> PromptTemplate:
        """The template of that name and version."""
        used = dict.fromkeys((*variables_in(self.system), *variables_in(self.text)))
        return PromptTemplate(
            name=name,
            version=version,
            text=self.text,
            system=self.system,
            description=self.description,
            variables=tuple(Variable(name=one, default=self.defaults.get(one)) for one in used),
            examples=self.examples,
        )


def variables_in(text: str) -> tuple[str, ...]:
    """The names of the variables of `text`, each once."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def problems_of(template: PromptTemplate) -> tuple[str, ...]:
    """What is wrong with a template before anything is put in."""
    return tuple(_problems(template))


def _problems(template: PromptTemplate) -> Iterator[str]:
    names = Counter(variable.name for variable in template.variables)
    for name in sorted(name for name, times in names.items() if times > 1):
        yield f"variables.{name}: it is declared twice"
    used = {variable.name for variable in template.list_variables}
    for name in names:
        if name not in used:
            yield f"variables.{name}: it is not used; write {{{{{name}}}}} where it belongs"
    for place, text in (("system", template.system), ("text", template.text)):
        if "{{" in _BRACES.sub("", _VARIABLE.sub("", text)):
            yield f"{place}: a {{{{ does not begin a variable such as {{{{name}}}}; write \\{{{{ for braces themselves"
    if not template.text.strip():
        yield "text: it is empty"


def render(template: PromptTemplate, values: Mapping[str, str]) -> Result[tuple[Message, ...], InvalidRequest]:
    """The messages with `values` put in: instructions, examples, the user's message; or everything that is wrong."""
    needed = template.list_variables
    known = _names(needed) | set(_ESCAPED.findall(f"{template.system} {template.text}"))
    problems = [f"{name}: the prompt {template.ref} has no such variable" for name in values.keys() - known]
    problems += [
        f"{variable.name}: it must be given for the prompt {template.ref}"
        for variable in needed
        if variable.default is None and variable.name not in values
    ]
    if problems:
        listed = tuple(sorted(problems))
        return Failure(invalid_request(*listed))
    whole = {variable.name: values.get(variable.name, variable.default or "") for variable in needed}
    standing = (system(_fill(template.system, whole)),) if template.system.strip() else ()
    shots = [message for one in template.examples for message in (user(one.user), assistant(one.assistant))]
    return Success((*standing, *shots, user(_fill(template.text, whole))))


def _names(variables: tuple[Variable, ...]) -> set[str]:
    return {variable.name for variable in variables}


def _fill(text: str, values: Mapping[str, str]) -> str:
    """`text` without space around it, `values` put in as they are."""
    pieces = _VARIABLE.split(text.strip())  # text, name, text, name, …: what is put in is never read again
    return "".join(values[piece] if number % 2 else _BRACES.sub(r"\1", piece) for number, piece in enumerate(pieces))


@attrs.frozen
class PromptBook:
    """`templates` in any order; of two with the same name and version the later one counts."""

    templates: tuple[PromptTemplate, ...] = ()

    def find(self, ref: str) -> Result[PromptTemplate, InvalidRequest]:
        """The template `name@version`, or the newest `name`."""
        name, mark, version = ref.partition("@")
        found = {one.version: one for one in self.templates if one.name == name}
        if not found:
            return _missing(f"there is no prompt {name!r}", sorted({one.name for one in self.templates}))
        if not mark:
            return Success(found[max(found)])
        if version.isdecimal() and int(version) in found:
            return Success(found[int(version)])
        return _missing(f"the prompt {name!r} has no version {version!r}", map(str, sorted(found)))

    @property
    def list_templates(self) -> tuple[PromptTemplate, ...]:
        """Every template once, by name and version."""
        unique = {(one.name, one.version): one for one in self.templates}
        return tuple(unique[key] for key in sorted(unique))


def _missing(problem: str, known: Iterable[str]) -> Failure[InvalidRequest]:
    detail = f"{problem}; there are {', '.join(known) or 'none'}"
    return Failure(invalid_request(detail))
