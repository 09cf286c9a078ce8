"""Jobs by priority: the most urgent first, equal ones in order; some are cancelled, some wait for a time.

Topics: priority queues, schedules
"""

from heapq import heapify, heappop, heappush
from itertools import count

from board_job import Job, UnknownJob


class Board:
    """Jobs that wait; time is a number that grows."""

    def __init__(self, jobs: dict[str, Job] | None = None) -> None:
        self.jobs = {} if jobs is None else jobs
        self.numbers = count()
        self.ready: list[tuple[int, int, str]] = [
            (job.priority, next(self.numbers), name) for name, job in self.jobs.items()
        ]
        self.later: list[tuple[float, int, str]] = []
        heapify(self.ready)

    def add(self, name: str, priority: int = 5, at: float | None = None) -> None:
        """A new job, from a time on if it is given; a name that is there raises ValueError."""
        if name in self.jobs:
            raise ValueError(f"{name} is on the board")
        self.jobs[name] = Job(priority)
        if at is None:
            heappush(self.ready, (priority, next(self.numbers), name))
        else:
            heappush(self.later, (at, next(self.numbers), name))

    def cancel(self, name: str) -> None:
        """It is never given out; raises UnknownJob."""
        try:
            del self.jobs[name]
        except KeyError as error:
            raise UnknownJob(name, sorted(self.jobs)) from error

    def take(self, now: float = 0.0) -> str | None:
        """The most urgent job of those that may be done, None if there is none."""
        while self.later and self.later[0][0] <= now:
            _, number, name = heappop(self.later)
            if name in self.jobs:
                heappush(self.ready, (self.jobs[name].priority, number, name))
        while self.ready:
            _, _, name = heappop(self.ready)
            if self.jobs.pop(name, None) is not None:
                return name
        return None

    def next_time(self) -> float | None:
        """When the next waiting job may be done."""
        return min((at for at, _, name in self.later if name in self.jobs), default=None)
