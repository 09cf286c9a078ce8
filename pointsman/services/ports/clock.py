"""Port: the time."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Where time comes from, so that tests never sleep."""

    def now(self) -> float:
        """The wall clock, in Unix seconds."""
        ...

    def monotonic(self) -> float:
        """A clock that only goes forward, in seconds from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait. Cancellation passes through."""
        ...
