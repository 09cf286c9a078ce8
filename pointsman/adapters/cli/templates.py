"""Templates on `generate`: what is put into them, a pipe included, and how one is kept from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from returns.result import Failure, Result

from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_usage
from pointsman.adapters.cli.prompts import values_given
from pointsman.core.chat.message import Message, user
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps_text
from pointsman.core.prompts.prompt import PromptBook, PromptTemplate, problems_of, render

INPUT = "input"
"""The variable that takes what is typed or piped."""


def fill_template(
    book: PromptBook, name: str, settings: Sequence[str], said: str, piped: str
) -> Result[tuple[Message, ...], InvalidRequest]:
    """The messages of the template `name` with what `--set` says.

    What is `said` beside it, by words or a pipe, is the one variable that is still to be given; where there is none it
    follows the template's own text. `piped` is what `NAME=@-` means, and is not said twice.
    """
    template = book.find(name)
    if isinstance(template, Failure):
        return Failure(template.failure())
    from_pipe = any(setting.endswith("=@-") for setting in settings)
    values = values_given(settings, piped)
    if isinstance(values, Failure):
        return Failure(values.failure())
    rest = said if not from_pipe else said.removesuffix(piped.rstrip("\n")).rstrip("\n")
    return _render(template.unwrap(), values.unwrap(), rest)


def _render(
    template: PromptTemplate, values: Mapping[str, str], said: str
) -> Result[tuple[Message, ...], InvalidRequest]:
    free = [one.name for one in template.list_variables if one.name not in values]
    open_ones = [one.name for one in template.list_variables if one.name in free and one.default is None]
    takes = INPUT if INPUT in free else open_ones[0] if len(open_ones) == 1 else None
    if not said.strip():
        return render(template, values)
    if takes is not None:
        return render(template, {**values, takes: said})
    return render(template, values).map(lambda messages: _followed_by(messages, said))


def _followed_by(messages: tuple[Message, ...], said: str) -> tuple[Message, ...]:
    last = messages[-1]
    return (*messages[:-1], user(f"{last.text}\n\n{said}"))


async def save_template(context: AppContext, name: str) -> int:
    """Keep the words of the line and `--system` as the template `name`; nobody is asked."""
    options, terminal = context.options, context.terminal
    text, system = " ".join(options.prompt).strip(), options.system or ""
    if not text and not system:
        return report_usage("there is nothing to keep: give words, or --system", terminal)
    if "{{" not in text:
        text = f"{text}\n\n{{{{{INPUT}}}}}".strip()
    problems = problems_of(PromptTemplate(name=name, text=text, system=system))
    if problems:
        return report_usage("; ".join(problems), terminal)
    lines = [f"system = {dumps_text(system)}"] if system else []
    lines += [f"text = {dumps_text(text)}"]
    if f"{{{{{INPUT}}}}}" in text and options.prompt:
        lines += [f"[variables.{INPUT}]", 'default = ""']
    kept = context.wiring.kept_texts(context.app.settings, "prompts")
    written = kept.keep(name, "\n".join(lines) + "\n")
    if isinstance(written, Failure):
        return report_failure(written.failure(), terminal)
    terminal.say(f"{name} is kept; use it by --template {name}.")
    return OK
