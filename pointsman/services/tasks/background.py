"""Work that nobody waits for, as long as the App is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
from anyio.abc import TaskGroup

from pointsman.services.ports.lifetime import Lifetime
from pointsman.services.tasks.keep_running import run_guarded


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
