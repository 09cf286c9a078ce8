"""Jobs side by side, at most so many at once; results in order, failures beside them.

Topics: async, limits
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of the jobs, by the place of each."""

    results: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)


class Pool:
    """Runs jobs; counts how many are at work."""

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError("a pool needs at least one place")
        self.gate = asyncio.Semaphore(size)
        self.active = 0
        self.most = 0

    async def run(self, job: Callable[[], Awaitable[str]]) -> str:
        """The result of the job, once there is a place for it."""
        async with self.gate:
            self.active += 1
            self.most = max(self.most, self.active)
            try:
                return await job()
            finally:
                self.active -= 1

    async def run_all(self, jobs: Iterable[Callable[[], Awaitable[str]]]) -> Outcome:
        """All of them; a failing job stops no other one."""
        outcome = Outcome()
        answers = await asyncio.gather(*(self.run(job) for job in jobs), return_exceptions=True)
        for place, answer in enumerate(answers):
            if isinstance(answer, asyncio.CancelledError):
                outcome.errors[place] = "cancelled"
            elif isinstance(answer, BaseException):
                outcome.errors[place] = f"{type(answer).__name__}: {answer}"
            else:
                outcome.results[place] = answer
        return outcome
