"""Work in the background whose bugs end neither it nor the program: they are in the log, and it goes on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

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
