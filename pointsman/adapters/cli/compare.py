"""`pointsman compare`: one question to several models at once, side by side, with time, tokens and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.attachments import Attachments, read_attachments
from pointsman.adapters.cli.call_options import problem_of
from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import OK, exit_code, report_failure, report_usage
from pointsman.adapters.cli.generate import build_request
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.show import response_code, response_json
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.core.chat.event import Failed
from pointsman.core.chat.request import ChatRequest
from pointsman.core.json import as_object, dumps_text, loads
from pointsman.services.comparison import ComparedAnswer, compare_models

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_AT_LEAST = 2


@asking_command
async def compare(context: AppContext) -> int:
    """Ask all of them; the exit code is that of the first that failed."""
    options, terminal = context.options, context.terminal
    if len(options.compared) < _AT_LEAST:
        return report_usage("name the models: pointsman compare -m openai/gpt-4o -m ollama/qwen3 QUESTION", terminal)
    problem = problem_of(options, context.app.settings)
    if problem is not None:
        return report_usage(problem, terminal)
    read = unwrap_or_failure(await read_attachments(options.files, context))
    if not isinstance(read, Attachments):
        return report_failure(read, terminal)
    request = unwrap_or_failure(await build_request(context, read.parts))
    if not isinstance(request, ChatRequest):
        return report_failure(request, terminal)
    return await ask_models(options.compared, request, context)


async def ask_models(models: Sequence[str], request: ChatRequest, context: AppContext) -> int:
    """Put `request` to each of `models` and print what they say, and what it took; gives the exit code."""
    terminal = context.terminal
    columns = [ComparedAnswer(model) for model in models]
    if terminal.as_json or not terminal.rich:
        await compare_models(context.app.client, context.app.clock, columns, request, _Printer(terminal, columns).show)
    else:
        await _ask_on_screen(columns, request, context)
    if not terminal.as_json:
        head = ("MODEL", "TIME", "FIRST WORD", "TOKENS IN", "OUT", "COST", "")
        table(head, [_row(column) for column in columns], terminal)
    for column in columns:
        if isinstance(column.end, Failed):
            terminal.tell(column.end.error)
    codes = (_code(column) for column in columns)
    return next((code for code in codes if code != OK), OK)


def _code(column: ComparedAnswer) -> int:
    return exit_code(column.end.error) if isinstance(column.end, Failed) else response_code(column.response)


async def _ask_on_screen(columns: Sequence[ComparedAnswer], request: ChatRequest, context: AppContext) -> None:
    from rich.live import Live

    console = context.terminal.console()
    with Live(console=console, refresh_per_second=8, vertical_overflow="crop", transient=True) as live:
        screen = _Screen(live, columns, console.height - 4)
        await compare_models(context.app.client, context.app.clock, columns, request, screen.show)
    console.print(_side_by_side(columns, None))


@attrs.frozen
class _Screen:
    live: Live
    columns: Sequence[ComparedAnswer]
    height: int

    def show(self, column: ComparedAnswer) -> None:
        self.live.update(_side_by_side(self.columns, self.height))


def _side_by_side(columns: Sequence[ComparedAnswer], height: int | None) -> RenderableType:
    """All answers beside each other; while they grow only the last `height` lines of source are drawn."""
    from rich.markdown import Markdown
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, padding=(0, 2), header_style="bold", expand=True)
    for column in columns:
        drawn.add_column(Text(column.model), ratio=1, overflow="fold")
    cells: list[RenderableType] = []
    for column in columns:
        text = printable(column.text or column.response.text)
        cells.append(Markdown(text) if height is None else Text("\n".join(text.splitlines()[-height:])))
    drawn.add_row(*cells)
    return drawn


@attrs.define
class _Printer:
    """Prints each answer when it is whole: in the order in which they were named, as JSON as they come."""

    terminal: Terminal
    columns: Sequence[ComparedAnswer]
    printed: int = 0

    def show(self, column: ComparedAnswer) -> None:
        if column.end is None:
            return
        if self.terminal.as_json:
            self.terminal.say_json(_column_json(column))
            return
        while self.printed < len(self.columns) and self.columns[self.printed].end is not None:
            ready = self.columns[self.printed]
            self.terminal.say(f"## {ready.model}\n\n{ready.response.text.rstrip()}\n")
            self.printed += 1


def _row(column: ComparedAnswer) -> tuple[str, ...]:
    response = column.response
    failed = column.end.error.summary if isinstance(column.end, Failed) else ""
    time = "" if response.latency_ms is None else f"{response.latency_ms / 1000:.1f} s"
    first = "" if column.first_ms is None or failed else f"{column.first_ms / 1000:.1f} s"
    counts = ("" if number is None else f"{number:,}" for number in (response.usage.input, response.usage.output))
    return (column.model, time, first, *counts, "" if failed else str(response.cost), failed)


def _column_json(column: ComparedAnswer) -> str:
    told = as_object(loads(response_json(column.response)).value_or({}))
    error = column.end.error if isinstance(column.end, Failed) else None
    failed = None if error is None else {"tag": error.tag, "message": str(error)}
    return dumps_text({"asked": column.model, "error": failed, "first_ms": column.first_ms, **told})
