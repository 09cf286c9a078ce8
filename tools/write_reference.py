"""Writes `docs/reference/`: settings, errors, commands, events, HTTP, scenarios and public names, from the code itself.

    python tools/write_reference.py            # write the pages
    python tools/write_reference.py --check    # fail where one is stale

Each page is made of the tables and types that the program is made of, so that nothing can be missing from it.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from pointsman.adapters.cli.examples import format_examples
from pointsman.adapters.cli.exit_codes import BY_TAG, MEANINGS
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.simulator.faults import FAULTS
from pointsman.adapters.simulator.scenario import FixedAnswer, FixedCall, Match
from pointsman.adapters.web.api_settings import field_docs
from pointsman.adapters.web.envelope import STATUS
from pointsman.adapters.web.metrics import Metrics
from pointsman.adapters.web.web_app import ENDPOINTS
from pointsman.core.documents.document_error import DocumentError
from pointsman.core.error import LLMError
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.notice import AnalyticsUpdate, Notice
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from pointsman.layers.settings.sources import PREFIX, VARIABLES

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_WRITTEN = "Written by `python tools/write_reference.py` from the code; CI fails when it is stale.\n"
DOORS = ("pointsman", "pointsman.pipelines", "pointsman.blocking", "pointsman.ports", "pointsman.testing")
"""The modules that programs import from."""


def pages() -> dict[str, str]:
    """All pages, by their file names."""
    return {
        "settings.md": _settings(),
        "errors.md": _errors(),
        "command-line.md": _command_line(),
        "events.md": _events(),
        "http.md": _http(),
        "scenarios.md": _scenarios(),
        "names.md": _names(),
    }


def _page(title: str, intro: str, *sections: str) -> str:
    return "\n".join((f"# {title}\n", _WRITTEN, intro.strip() + "\n", *sections))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _doc(thing: object) -> str:
    """The docstring of `thing` as one line a paragraph."""
    text = inspect.getdoc(thing) or ""
    return "\n\n".join(_one_line(part) for part in text.split("\n\n"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


# -- settings


def _settings() -> str:
    intro = f"""
Each key as it stands in a settings file (TOML or JSON), with its type and default. Any key has a variable, too:
`{PREFIX}` and the keys in capitals, with two underscores for the dot (`{PREFIX}CACHE__TTL`). NAME stands for a name of
your own. How they are read, and what is stronger than what, says [Settings](../settings.md).
"""
    variables = [[_code(name), _code(".".join(path))] for name, path in VARIABLES.items()]
    rows = [
        [_code(row.name), *(", ".join(map(_code, names)) for names in (row.key_variables, row.base_url_variables))]
        for row in PROVIDERS.values()
    ]
    return _page(
        "All settings",
        intro,
        *_record(Settings, ""),
        "## Variables of other programs\n",
        _table(["variable", "is the setting"], variables),
        "## Variables of the providers\n",
        _table(["provider", "key", "address"], rows),
    )


def _record(kind: type, path: str) -> Iterator[str]:
    """The fields of `kind`, and then those of the records in it."""
    title = f"`[[{path[:-2]}]]`" if path.endswith("[]") else f"`[{path}]`" if path else "At the top"
    yield f"## {title}\n\n{_doc(kind)}\n"
    inner = [(one, _record_in(one.kind)) for one in fields_of(kind)]
    docs = field_docs(kind)
    rows = [
        [_code(one.name), _type_name(one), _default(kind, one), _meaning(one, docs)]
        for one, record in inner
        if record is None and not (one.name == "name" and path.endswith("NAME"))
    ]
    if rows:
        yield _table(["key", "type", "default", "meaning"], rows)
    for one, record in inner:
        if record is not None:
            below = f"{path}.{one.name}" if path else one.name
            yield from _record(record, below + _suffix(one.kind, record))


def _suffix(kind: Any, record: type) -> str:
    """Where the records of a setting stand below it: by name, one after the other, or it is a single one."""
    if get_origin(kind) in (None, Union, types.UnionType):
        return ""
    return ".NAME" if get_origin(kind) is not tuple or "name" in {one.name for one in attrs.fields(record)} else "[]"


def _record_in(kind: Any) -> type | None:
    """The record that a setting is, or holds by name; None where it is a plain value."""
    options = get_args(kind) if get_origin(kind) is not None and get_origin(kind) is not Literal else (kind,)
    return next((one for one in options if isinstance(one, type) and attrs.has(one) and one is not Secret), None)


def _type_name(field: RecordField) -> str:
    said = _plain_type(field.kind)
    info = field.info
    if said not in ("number", "whole number"):
        return said
    ends = (("at least", info.low), ("at most", info.high))
    bounds = [f"{word} {bound:g}" for word, bound in ends if bound is not None]
    said += f" {info.unit}" if info.unit else ""
    return ", ".join([said, *bounds])


def _plain_type(kind: Any) -> str:
    names: dict[Any, str] = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        Decimal: "amount",
        Secret: "secret",
        type(None): "nothing",
    }
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _plain_type(inner[0])
    if kind in names:
        return names[kind]
    if origin is Literal:
        return ", ".join(map(_code, map(str, inner)))
    if origin in (Union, types.UnionType):
        return " or ".join(_plain_type(one) for one in inner)
    if origin in (tuple, frozenset):
        return f"list of: {_plain_type(inner[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of: {_plain_type(inner[1])}"
    return _code(getattr(kind, "__name__", str(kind)))


def _default(kind: type, field: RecordField) -> str:
    default = next(one.default for one in attrs.fields(kind) if one.name == field.name)
    if field.needed:
        return "needed"
    if not isinstance(default, (bool, int, float, str, Decimal, tuple)):
        return ""
    if isinstance(default, bool):
        return _code(str(default).lower())
    if isinstance(default, str):
        return _code(f'"{default}"') if default else ""
    if isinstance(default, tuple):
        return ", ".join(_code(str(one)) for one in default)
    return _code(f"{default:g}" if isinstance(default, float) else str(default))


def _meaning(field: RecordField, docs: Mapping[str, str]) -> str:
    said = docs.get(field.name) or field.info.hint or field.info.title
    return said + (" Kept encrypted." if field.is_secret else "")


# -- errors


def _errors() -> str:
    intro = """
Every way a call can fail is one of these values; `error.tag` is the name, `str(error)` a sentence that says what to do.
*Again* says whether asking once more can help (`error.retryable`). The command line ends with the exit code, the API
and the gateway answer with the status. Of an exhausted fallback both are those of its cause, where there is one cause.
The command line has retried by then; who gets a 429 from the gateway waits for `retry-after`. A 402 has two meanings:
`QuotaExhausted` is the provider's and wants credit, `BudgetExceeded` is ours and says in `resets_at` when there is room
again.
"""
    rows = [
        [
            _code(kind.__name__),
            _one_line((inspect.getdoc(kind) or "").split("\n\n")[0]),
            "yes" if kind.retryable else "no",
            str(BY_TAG[kind.__name__]),
            str(STATUS[kind.__name__]),
            ", ".join(_code(one.name) for one in attrs.fields(kind) if one.name not in _shared_fields(kind)),
        ]
        for kind in get_args(LLMError)
    ]
    documents = [
        [_code(one.__name__), _one_line(inspect.getdoc(one) or ""), str(BY_TAG[one.__name__])]
        for one in get_args(DocumentError)
    ]
    shared = [[_code(name), said] for name, said in _fault_fields().items()]
    codes = [[str(code), meaning] for code, meaning in MEANINGS.items()]
    return _page(
        "Errors, exit codes and statuses",
        intro,
        _table(["error", "when", "again", "exit code", "HTTP", "fields of its own"], rows),
        "## What can be wrong with a document\n",
        "See [Documents](../documents.md); `source` names the document. The API answers 400, `InvalidRequest`.\n",
        _table(["error", "when", "exit code"], documents),
        "## Fields that all have\n",
        _table(["field", "meaning"], shared),
        "## Exit codes\n",
        _CODES,
        _table(["code", "meaning"], codes),
    )


_CODES = """
Each code has one meaning. `pointsman heal` ends with the code of the command that it heals. With `--json` a failure
stands on standard output too, as `{"error": {"tag": …, "message": …}}`; the sentence stands on standard error in any
case.

Two are worth telling apart. 2 is said before anything is sent: what was typed is wrong, or a file, template or schema
that it names. 10 is said of a request that was refused as it is, by the provider or on the way to it; an
`InvalidRequest` that was found on this side ends with 2, a `ConfigurationError` of a database that cannot be used
with 16.
"""


def _shared_fields(kind: type) -> set[str]:
    return {one.name for base in kind.__mro__[1:] if attrs.has(base) for one in attrs.fields(base)}


def _fault_fields() -> dict[str, str]:
    from pointsman.core.error import Fault

    docs = field_docs(Fault)
    return {one.name: docs.get(one.name, "") for one in attrs.fields(Fault)}


# -- the command line


def _command_line() -> str:
    parser = build_parser(tuple(PROVIDERS), "")
    intro = f"{parser.description} {_one_line(parser.epilog or '')}"
    return _page("Command line", intro, *_commands(parser, "pointsman"))


def _commands(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield _command(inner, f"{name} {word}")
                yield from _commands(inner, f"{name} {word}")


def _command(parser: argparse.ArgumentParser, name: str) -> str:
    level = "#" * (len(name.split()))
    rows = [
        [_spelling(one), _one_line((one.help or "").replace("%%", "%"))]
        for one in parser._actions
        if not isinstance(one, (argparse._HelpAction, argparse._SubParsersAction)) and one.help != argparse.SUPPRESS
    ]
    said = [_one_line(text) for text in (parser.description, parser.epilog) if text]
    options = _table(["option", ""], rows) if rows else ""
    shown = format_examples(name.removeprefix("pointsman ")).removeprefix("\nexamples:\n")
    examples = f"\n```sh\n{dedent(shown)}```\n" if shown else ""
    return "\n".join((f"{level} `{name}`\n", *(f"{one}\n" for one in said), options + examples))


def _spelling(action: argparse.Action) -> str:
    """How an option or a word is written on the command line."""
    value = _value_of(action)
    if not action.option_strings:
        return _code(value)
    return ", ".join(_code(option if action.nargs == 0 else f"{option} {value}") for option in action.option_strings)


def _value_of(action: argparse.Action) -> str:
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper().replace("_", "-") if action.option_strings else action.dest


# -- events and metrics


def _events() -> str:
    intro = """
What happens inside, as it is told to `app.events.listen()`, to `WS /api/v1/events` and to webhooks, by its name.
"""
    sections = [
        f"## `{kind.name}`\n\n`{kind.__name__}`: {_doc(kind)}\n\n"
        + (_table(["field", "type"], [[_code(name), _code(said)] for name, said in _annotations(kind)]))
        for kind in get_args(Notice)
    ]
    return _page("Events and metrics", intro, *sections, _metrics())


def _annotations(kind: type) -> Iterator[tuple[str, str]]:
    for name, said in inspect.get_annotations(kind).items():
        if not str(said).startswith("ClassVar"):
            yield name, str(said)


def _metrics() -> str:
    """What `/metrics` has, after one call."""
    metrics = Metrics()
    metrics.count(AnalyticsUpdate(record=UsageRecord(id="", time=0.0)))
    found = re.findall(r"# HELP (\w+) (.*)\n# TYPE \w+ (\w+)", metrics.text())
    rows = [[_code(name), kind, said] for name, said, kind in found]
    return f"## `/metrics`, for Prometheus\n\n{_table(['name', 'type', 'meaning'], rows)}"


# -- HTTP


def _http() -> str:
    intro = """
The API's own paths; `/docs` of a running server has their bodies and lets you try them. Answers stand in an envelope:
`success`, and `data` or `error`. The gateway's paths are those of the vendors, by the dialect that they are asked in.
"""
    rows = [
        [one.method, _code(one.path), one.summary, _code(one.scope or "") or "none"]
        for one in sorted(ENDPOINTS, key=lambda one: one.path)
    ]
    dialects = (load_dialect(name) for name in DIALECT_NAMES)
    routes = [
        [dialect.name, route.method, _code(route.pattern), route.operation]
        for dialect in dialects
        for route in dialect.routes
    ]
    return _page(
        "HTTP",
        intro,
        "## The API\n",
        _table(["method", "path", "", "scope"], rows),
        "## The gateway\n",
        _table(["dialect", "method", "path", "operation"], routes),
    )


# -- the simulator


def _scenarios() -> str:
    intro = """
A scenario is a TOML or JSON file of rules for `pointsman simulate --scenario FILE`: what is to happen to which request.
The first rule that applies wins; where none does, the answer is as usual.
"""
    module = import_module("pointsman.adapters.simulator.scenario_file")
    faults = [[_code(row.name), f"{row.value:g} {row.unit}".strip(), row.does] for row in FAULTS]
    return _page(
        "Scenarios of the simulator",
        intro,
        f"```text\n{inspect.getdoc(module)}\n```\n",
        *(_fields(name, kind) for name, kind in (("match", Match), ("answer", FixedAnswer), ("tool call", FixedCall))),
        "## Faults\n\nEach is also a model: `sim-NAME`.\n",
        _table(["fault", "usual value", "what it does"], faults),
    )


def _fields(name: str, kind: type) -> str:
    hints = get_type_hints(kind, include_extras=True)
    rows = [[_code(one.name), _plain_type(hints[one.name])] for one in attrs.fields(kind)]
    return f"## What stands in: {name}\n\n{_doc(kind)}\n\n{_table(['field', 'type'], rows)}"


# -- public names


def _names() -> str:
    intro = "Everything that a program imports, by the module it is imported from. What is not here may change."
    return _page("Public names", intro, *(_door(name) for name in DOORS))


def _door(name: str) -> str:
    module = import_module(name)
    names = sorted(one for one in dir(module) if not one.startswith("_") and is_public(module, one))
    rows = [[_code(one), _first_sentence(getattr(module, one))] for one in names]
    return f"## `{name}`\n\n{_first_sentence(module)}\n\n{_table(['name', ''], rows)}"


def is_public(module: types.ModuleType, name: str) -> bool:
    value = getattr(module, name)
    return not inspect.ismodule(value) and name not in ("annotations", "TYPE_CHECKING")


def _first_sentence(thing: object) -> str:
    """What its docstring begins with; of plain values and type aliases their own text says nothing."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)):
        return ""
    text = _one_line((inspect.getdoc(thing) or "").split("\n\n")[0])
    return text if not text.startswith("Method generated by attrs") else ""


def main() -> None:
    """Write the pages, or say which are stale."""
    FOLDER.mkdir(exist_ok=True)
    stale = [
        name
        for name, text in pages().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
    ]
    if "--check" in sys.argv:
        if stale:
            sys.exit(f"docs/reference: {', '.join(stale)} stale; run `python tools/write_reference.py`")
        return
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
