"""How far a run has come, while it goes: a table that is drawn anew for a person, a line now and then for a pipe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio

from pointsman.adapters.cli.eval_screen import bar
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.services.evaluation.progress import FaultProgress, RunProgress
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

_DRAW_SECONDS = 0.25
_LINE_SHARE = 0.1
"""Of the questions, after which a pipe gets a line."""


@asynccontextmanager
async def shown_progress(progress: RunProgress, clock: Clock, terminal: Terminal) -> AsyncIterator[None]:
    """Show `progress` of a run while the scope lasts."""
    view = partial(_progress_view, progress)
    line = partial(progress_line, progress)
    async with _show_growth(view, line, lambda: (progress.judged_count, progress.total), clock.monotonic, terminal):
        yield


@asynccontextmanager
async def shown_fault_progress(progress: FaultProgress, terminal: Terminal) -> AsyncIterator[None]:
    """Show `progress` of the making of faults while the scope lasts, once something of it is run."""
    began = anyio.current_time()
    line = partial(fault_line, progress)
    async with _show_growth(
        partial(_text, line),
        line,
        lambda: (progress.done, progress.total),
        lambda: anyio.current_time() - began,
        terminal,
    ):
        yield


@asynccontextmanager
async def _show_growth(
    view: Callable[[float], RenderableType],
    line: Callable[[float], str],
    counts: Callable[[], tuple[int, int]],
    now: Callable[[], float],
    terminal: Terminal,
) -> AsyncIterator[None]:
    """Draw `view` of the time for a person; for a pipe write `line` of it, as `counts` (done, and of how many) grow."""
    async with tasks_together() as group:
        if terminal.rich:
            group.start_soon(_draw, view, now, terminal)
        else:
            group.start_soon(_write_lines, line, counts, now, terminal)
        try:
            yield
        finally:
            group.cancel_scope.cancel()


async def _draw(view: Callable[[float], RenderableType], now: Callable[[], float], terminal: Terminal) -> None:
    from rich.live import Live

    with Live(console=terminal.console(), auto_refresh=False, transient=True) as live:
        while True:
            live.update(view(now()), refresh=True)
            await anyio.sleep(_DRAW_SECONDS)


async def _write_lines(
    line: Callable[[float], str], counts: Callable[[], tuple[int, int]], now: Callable[[], float], terminal: Terminal
) -> None:
    told, _ = counts()
    while True:
        await anyio.sleep(_DRAW_SECONDS)
        done, total = counts()
        if done < total and done - told >= max(1, total * _LINE_SHARE):
            told = done
            terminal.note(line(now()))


def _text(line: Callable[[float], str], now: float) -> Text:
    from rich.text import Text

    return Text(line(now), style="dim")


def _progress_view(progress: RunProgress, now: float) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("model", style="bold")
    table.add_column("")
    for name in ("cases", "healed", "spent"):
        table.add_column(name, justify="right")
    table.add_column("", style="red", no_wrap=True)
    for name, model in progress.models.items():
        done = f"▕{bar(model.judged / model.total if model.total else 0.0)}▏"
        cases = f"{model.judged:,} of {model.total:,}"
        table.add_row(printable(name), done, cases, f"{model.healed:,}", str(model.cost), printable(model.error)[:60])
    return Group(Text(progress_line(progress, now), style="dim"), table)


def progress_line(progress: RunProgress, now: float) -> str:
    """Cases, healed, spent and time left, in one line."""
    share = progress.judged_count / progress.total if progress.total else 0.0
    parts = [
        f"{progress.judged_count:,} of {progress.total:,} ({100 * share:.0f} %)",
        f"{progress.healed_count:,} healed",
        f"spent {progress.cost}",
    ]
    if progress.failures:
        parts.append(f"{progress.failures:,} without an answer")
    left = progress.seconds_left(now)
    if left is not None and progress.judged_count < progress.total:
        parts.append(f"{duration(left)} left")
    return " · ".join(parts)


def fault_line(progress: FaultProgress, elapsed: float) -> str:
    """What is done, what is tried, and the time left, in one line; empty before anything is run."""
    if not progress.total:
        return ""
    parts = [f"{progress.done:,} of {progress.total:,} ({100 * progress.done / progress.total:.0f} %)"]
    if progress.program:
        parts.append(printable(progress.program))
    parts.append(f"{progress.tried:,} faults tried, {progress.noticed:,} noticed")
    left = progress.seconds_left(elapsed)
    if left is not None and progress.done < progress.total:
        parts.append(f"{duration(left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """`45 s`, `6 min 12 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
