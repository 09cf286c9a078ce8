"""A clock that moves only when someone sleeps on it, and then at once."""

from __future__ import annotations

import anyio.lowlevel
import attrs


@attrs.define
class VirtualClock:
    """Time as a number. `sleeps` are all waits so far, in seconds, in order."""

    time: float = 1_000_000.0
    sleeps: list[float] = attrs.field(factory=list)

    def now(self) -> float:
        """The virtual Unix time."""
        return self.time

    def monotonic(self) -> float:
        """The same, as a monotonic clock."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Move the time on, and let others run."""
        self.sleeps.append(seconds)
        self.time += seconds
        await anyio.lowlevel.checkpoint()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds
