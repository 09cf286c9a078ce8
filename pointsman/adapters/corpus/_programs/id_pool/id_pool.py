"""Numbers that are lent: always the smallest free one; what is given back can be lent again.

Topics: threads, heaps, resources
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from threading import Lock


class NotLent(ValueError):
    """The number is not out."""


class IdPool:
    """Numbers from `first` on, at most `size` of them; `mark` is told each one while it is being lent."""

    def __init__(self, size: int, first: int = 1, mark: Callable[[int], None] = lambda number: None) -> None:
        self.end = first + size
        self.next = first
        self.mark = mark
        self.free: list[int] = []
        self.out: set[int] = set()
        self.lock = Lock()

    def take(self) -> int:
        """The smallest free number; raises RuntimeError if there is none."""
        with self.lock:
            if self.free:
                number = self.free[0]
                self.mark(number)
                heappop(self.free)
            elif self.next < self.end:
                number = self.next
                self.mark(number)
                self.next = number + 1
            else:
                raise RuntimeError("no number is left")
            self.out.add(number)
            return number

    def give_back(self, number: int) -> None:
        """Raises NotLent for a number that is not out."""
        with self.lock:
            try:
                self.out.remove(number)
            except KeyError as error:
                raise NotLent(number) from error
            heappush(self.free, number)

    @contextmanager
    def lend(self, count: int = 1) -> Iterator[list[int]]:
        """So many numbers for a while; all are given back, also those that were taken before there were too few."""
        numbers: list[int] = []
        try:
            for _ in range(count):
                numbers.append(self.take())
            yield numbers
        finally:
            for number in numbers:
                self.give_back(number)
