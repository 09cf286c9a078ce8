"""`pointsman prompts`: list, show, render, compare."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.token_estimate import estimate_message, estimate_text
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps_text
from pointsman.core.prompts.prompt import PromptBook, PromptTemplate, render


@Command
async def prompts(context: CliContext) -> int:
    """Do what is asked with the prompt templates."""
    options, terminal = context.options, context.terminal
    read = context.wiring.read_settings(options.config).bind(context.wiring.prompt_book)
    if isinstance(read, Failure):
        return report_failure(read.failure(), terminal)
    book = read.unwrap()
    if options.action == "list":
        return _list(book, options.json, terminal)
    wanted = 2 if options.action == "compare" else 1
    if len(options.names) != wanted:
        example = "summarize summarize@1" if wanted == 2 else "summarize"
        return report_usage(f"say which: prompts {options.action} {example}", terminal)
    found = [unwrap_or_failure(book.find(name)) for name in options.names]
    templates = [one for one in found if isinstance(one, PromptTemplate)]
    for missing in (one for one in found if isinstance(one, InvalidRequest)):
        return report_failure(missing, terminal)
    if options.action == "compare":
        return _compare(templates[0], templates[1], terminal)
    if options.action == "show":
        return _show(templates[0], options.json, terminal)
    return await _render(templates[0], options, terminal)


def values_given(settings: Sequence[str], piped: str = "") -> Result[dict[str, str], InvalidRequest]:
    """`NAME=VALUE` each; `NAME=@FILE` takes the content of a file, `NAME=@-` what is `piped` in."""
    found: dict[str, str] = {}
    for setting in settings:
        name, mark, value = setting.partition("=")
        if not mark or not name:
            return Failure(InvalidRequest(detail=f"--set {setting!r} is not of the form name=value", local=True))
        if value == "@-":
            value = piped
        elif value.startswith("@"):
            try:
                with open(value[1:], encoding="utf-8-sig") as file:
                    value = file.read()
            except (OSError, UnicodeDecodeError) as problem:
                why = (getattr(problem, "strerror", None) or "it is not text").lower()
                return Failure(InvalidRequest(detail=f"--set {name}: {value[1:]!r} cannot be read: {why}", local=True))
        found[name.strip()] = value
    return Success(found)


def _list(book: PromptBook, json: bool, terminal: Terminal) -> int:
    if json:
        terminal.say(dumps_text([_plain(one) for one in book.list_templates]))
        return OK
    rows = [(one.ref, ", ".join(v.name for v in one.list_variables), one.description) for one in book.list_templates]
    table(("PROMPT", "VARIABLES", "DESCRIPTION"), rows, terminal)
    return OK


def _plain(template: PromptTemplate) -> Mapping[str, object]:
    return {**attrs.asdict(template), "variables": [attrs.asdict(one) for one in template.list_variables]}


def _show(template: PromptTemplate, json: bool, terminal: Terminal) -> int:
    if json:
        terminal.say(dumps_text(_plain(template)))
        return OK
    terminal.say(_text_of(template))
    terminal.note(f"About {estimate_text(template.system) + estimate_text(template.text)} tokens before its variables.")
    return OK


def _text_of(template: PromptTemplate) -> str:
    lines = [f"# {template.ref}", template.description, ""]
    for variable in template.list_variables:
        usual = "" if variable.default is None else f" (default: {variable.default})"
        lines.append(f"{{{{{variable.name}}}}}: {variable.description or 'no description'}{usual}")
    if template.system:
        lines += ["", "## system", template.system]
    for example in template.examples:
        lines += ["", "## example", example.user, "=> " + example.assistant]
    return "\n".join([*lines, "", "## text", template.text])


async def _render(template: PromptTemplate, options: Options, terminal: Terminal) -> int:
    piped = await terminal.read_all() if any(one.endswith("=@-") for one in options.set) else ""
    if isinstance(piped, InvalidRequest):
        return report_failure(piped, terminal)
    values = values_given(options.set, piped)
    if isinstance(values, Failure):
        return report_failure(values.failure(), terminal)
    messages = render(template, values.unwrap())
    if isinstance(messages, Failure):
        return report_failure(messages.failure(), terminal)
    found = messages.unwrap()
    if options.json:
        terminal.say(dumps_text([{"role": one.role, "text": one.text} for one in found]))
        return OK
    for message in found:
        terminal.say(f"[{message.role}]\n{message.text}\n")
    terminal.note(f"About {sum(map(estimate_message, found))} tokens.")
    return OK


def _compare(first: PromptTemplate, second: PromptTemplate, terminal: Terminal) -> int:
    lines = difflib.unified_diff(
        _text_of(first).splitlines(), _text_of(second).splitlines(), first.ref, second.ref, lineterm=""
    )
    changed = "\n".join(lines)
    terminal.say(changed or f"{first.ref} and {second.ref} are the same.")
    return OK
