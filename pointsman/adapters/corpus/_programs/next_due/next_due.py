"""A plan of things that are due at a time, some of them again and again.

Topics: heaps, time
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass(order=True)
class Entry:
    """One thing that is due. Of equal times, what was planned first comes first."""

    time: int
    number: int
    name: str = field(compare=False)
    every: int = field(compare=False, default=0)


class Plan:
    """Things by the time at which they are due, in whole minutes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._numbers = count(1)
        self._cancelled: set[str] = set()

    def add(self, time: int, name: str, every: int = 0) -> None:
        """Plan `name`; with `every`, again after so many minutes."""
        if every < 0:
            raise ValueError("time does not run backwards")
        self._cancelled.discard(name)
        heapq.heappush(self._entries, Entry(time, next(self._numbers), name, every))

    def cancel(self, name: str) -> None:
        """Nothing of this name is due any more, until it is planned again."""
        self._cancelled.add(name)
        self._entries = [entry for entry in self._entries if entry.name != name]
        heapq.heapify(self._entries)

    def run_until(self, time: int, act: Callable[[str], None]) -> Iterator[tuple[int, str]]:
        """Do what is due up to `time`, in order; each as it was done."""
        while self._entries and self._entries[0].time <= time:
            entry = heapq.heappop(self._entries)
            act(entry.name)
            yield entry.time, entry.name
            if entry.every and entry.name not in self._cancelled:
                self.add(entry.time + entry.every, entry.name, entry.every)

    def upcoming(self, most: int) -> list[str]:
        """The names of the next entries, at most so many."""
        return [entry.name for entry in heapq.nsmallest(most, self._entries)]
