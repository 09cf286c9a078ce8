"""The real time, on asyncio and trio."""

from __future__ import annotations

import time

import anyio
import attrs


@attrs.frozen
class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await anyio.sleep(seconds)
