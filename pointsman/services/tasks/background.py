"""Work in the background, as long as the App is open: its bugs end neither it nor the program; they are in the log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import attrs
from anyio.abc import TaskGroup

from pointsman.services.ports.lifetime import Lifetime
from pointsman.services.tasks.user_code import describe

_LOG = logging.getLogger("pointsman.server")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
Sleep = Callable[[float], Awaitable[None]]


async def run_guarded(name: str, work: Callable[[], Awaitable[object]]) -> bool:
    """Run `work` once; says whether it came to its end. What it raises is told in one line of the log."""
    try:
        await work()
    except Exception as problem:
        _LOG.warning("%s: a bug stopped it, and the rest goes on: %s", name, describe(problem))
        _LOG.debug("%s", name, exc_info=True)
        return False
    return True


async def keep_running(name: str, work: Callable[[], Awaitable[object]], sleep: Sleep) -> None:
    """Run `work` until it has ended by itself, or is cancelled; after a bug again, after a pause that grows."""
    pause = _FIRST_PAUSE
    while not await run_guarded(name, work):
        await sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


@attrs.define
class Background:
    """Starts work in a task group of the App's; when `most` are under way, further work is left undone and counted."""

    group: TaskGroup = attrs.field(repr=False)
    lifetime: Lifetime = attrs.field(repr=False)
    most: int = 64
    running: int = 0
    dropped: int = 0

    def start(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Begin `work`; says whether there was room for it. What it raises is in the log, and nobody else's concern."""
        if self.running >= self.most or self.lifetime.problem() is not None:
            self.dropped += 1
            return False
        self.running += 1
        self.group.start_soon(self._run, work)
        return True

    async def _run(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await run_guarded("work in the background", work)
        finally:
            self.running -= 1
