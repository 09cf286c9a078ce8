"""How far a run has come, while it goes: a table that is drawn anew for a person, a line now and then for a pipe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from pointsman.adapters.cli.eval_screen import bar
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.services.evaluation.progress import RunProgress
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from rich.console import Group

_DRAW_SECONDS = 0.25
_LINE_SHARE = 0.1
"""Of the questions, after which a pipe gets a line."""


@asynccontextmanager
async def shown_progress(progress: RunProgress, clock: Clock, terminal: Terminal) -> AsyncIterator[None]:
    """Show `progress` while the scope lasts."""
    async with tasks_together() as group:
        group.start_soon(_draw if terminal.rich else _write_lines, progress, clock, terminal)
        try:
            yield
        finally:
            group.cancel_scope.cancel()


async def _draw(progress: RunProgress, clock: Clock, terminal: Terminal) -> None:
    from rich.live import Live

    with Live(console=terminal.console(), auto_refresh=False, transient=True) as live:
        while True:
            live.update(_progress_view(progress, clock.monotonic()), refresh=True)
            await anyio.sleep(_DRAW_SECONDS)


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


async def _write_lines(progress: RunProgress, clock: Clock, terminal: Terminal) -> None:
    told = progress.judged_count
    while True:
        await anyio.sleep(_DRAW_SECONDS)
        if progress.judged_count - told >= max(1, progress.total * _LINE_SHARE):
            told = progress.judged_count
            terminal.note(progress_line(progress, clock.monotonic()))


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


def duration(seconds: float) -> str:
    """`45 s`, `6 min 12 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
