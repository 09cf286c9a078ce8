"""Workers that take jobs from a queue until they are sent home; results are added up under a lock.

Topics: threads, queues
"""

from collections.abc import Callable, Sequence
from queue import Empty, Queue
from threading import Lock, Thread


class Crew:
    """Threads that add up what `work` gives; `look` is called while a sum is changed."""

    def __init__(self, work: Callable[[str], int], look: Callable[[], None] = lambda: None) -> None:
        self.work = work
        self.look = look
        self.jobs: Queue[str | None] = Queue()
        self.sums: dict[str, int] = {}
        self.failures: list[str] = []
        self.lock = Lock()

    def add(self, group: str, value: int) -> None:
        """Add to the sum of a group."""
        with self.lock:
            old = self.sums.get(group, 0)
            self.look()
            self.sums[group] = old + value

    def run(self) -> int:
        """Take jobs such as `group:text` until None comes; how many there were."""
        count = 0
        while (job := self.jobs.get()) is not None:
            group, _, text = job.rpartition(":")
            count += 1
            try:
                self.add(group, self.work(text))
            except (ValueError, ArithmeticError) as error:
                self.failures.append(f"{job} {type(error).__name__}")
        return count

    def do_all(self, jobs: Sequence[str], workers: int = 2) -> dict[str, int]:
        """The sums after all jobs, by group in order."""
        threads = [Thread(target=self.run, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for job in [*jobs, *[None] * workers]:
            self.jobs.put(job)
        for thread in threads:
            thread.join()
        return dict(sorted(self.sums.items()))

    def drain(self) -> list[str]:
        """The jobs that nobody has taken, which are gone then."""
        left: list[str] = []
        while True:
            try:
                job = self.jobs.get_nowait()
            except Empty:
                return left
            if job is not None:
                left.append(job)
