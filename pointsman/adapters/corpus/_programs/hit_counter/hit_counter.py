"""Counts by name that several threads add to, with the time of the first and the last hit.

Topics: threads, statistics
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock, Thread


@dataclass
class Hits:
    """How often, and when first and last."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0


class HitCounter:
    """Hits by name; `now` gives the time of a hit."""

    def __init__(self, now: Callable[[], float], hits: dict[str, Hits] | None = None) -> None:
        self.now = now
        self.hits = {} if hits is None else hits
        self.lock = Lock()

    def hit(self, name: str, times: int = 1) -> int:
        """How often that name was hit until now."""
        with self.lock:
            hits = self.hits.setdefault(name, Hits())
            count = hits.count
            time = self.now()
            hits.count = count + times
            if count == 0:
                hits.first = time
            hits.last = max(hits.last, time)
            return hits.count

    def hit_all(self, names: Iterable[str], threads: int = 2) -> None:
        """Each thread hits every name; returns when all are done."""
        wanted = list(names)
        workers = [Thread(target=lambda: [self.hit(name) for name in wanted]) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def top(self, count: int) -> list[tuple[str, int]]:
        """The names with the most hits, equal ones by name."""
        with self.lock:
            pairs = [(name, hits.count) for name, hits in self.hits.items()]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:count]
