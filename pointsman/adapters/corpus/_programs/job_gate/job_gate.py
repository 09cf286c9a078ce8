"""Runs coroutine functions side by side, a few at a time, and keeps their results in order.

Topics: async, concurrency
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Job = Callable[[], Awaitable[int]]


class Gate:
    """Lets at most `limit` jobs run at once, and remembers how many failed."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("at least one job must be let in")
        self._places = asyncio.Semaphore(limit)
        self._lock = asyncio.Lock()
        self.failed: list[str] = []

    async def run(self, name: str, job: Job) -> int | None:
        """The result of `job`; None where it failed."""
        async with self._places:
            try:
                return await job()
            except ArithmeticError as error:
                await self._note(f"{name}: {type(error).__name__}")
                return None

    async def _note(self, line: str) -> None:
        async with self._lock:
            lines = list(self.failed)
            await asyncio.sleep(0)
            lines.append(line)
            self.failed = lines


async def run_all(jobs: Sequence[Job], limit: int) -> tuple[list[int | None], list[str]]:
    """The results of `jobs` in their order, and a sorted line for each that failed."""
    gate = Gate(limit)
    running = [asyncio.create_task(gate.run(f"job {number}", job)) for number, job in enumerate(jobs, start=1)]
    results = await asyncio.gather(*running)
    return list(results), sorted(gate.failed)
