"""At most so many calls in a span of time; who comes later waits its turn.

Topics: async, limits, concurrency
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol


class Clock(Protocol):
    """Seconds, and waiting."""

    def now(self) -> float:
        """Seconds since some start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Throttle:
    """Lets `count` calls through in any span of `seconds`."""

    def __init__(self, clock: Clock, count: int, seconds: float) -> None:
        self.clock = clock
        self.count = count
        self.seconds = seconds
        self.times: deque[float] = deque()
        self.lock = asyncio.Lock()

    def room(self) -> float:
        """Seconds until there is room for one more; forgets what is too old."""
        now = self.clock.now()
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        if len(self.times) < self.count:
            return 0.0
        return self.times[0] + self.seconds - now

    async def enter(self) -> float:
        """Wait for a turn; the time of it."""
        async with self.lock:
            while (wait := self.room()) > 0:
                await self.clock.sleep(wait)
            now = self.clock.now()
            await asyncio.sleep(0)
            self.times.append(now)
            return now

    async def call(self, act: Callable[[], Awaitable[str]]) -> tuple[float, str]:
        """When it was called, and what came of it; calls may overlap."""
        start = await self.enter()
        return start, await act()
