"""Values that are made when they are first needed, once, also when several threads need them.

Topics: threads, caches, iterators
"""

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A value made by `make`; an error of `make` is not kept."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.make = make
        self.values: list[T] = []
        self.lock = Lock()

    def get(self) -> T:
        """The value, the same one each time."""
        with self.lock:
            if not self.values:
                self.values.append(self.make())
            return self.values[-1]

    def reset(self) -> bool:
        """Make it anew when it is needed next; whether there was one."""
        with self.lock:
            had = bool(self.values)
            self.values.clear()
            return had


class Replay(Generic[T]):
    """An iterable that can be gone through many times, though its source can only once."""

    def __init__(self, source: Iterable[T]) -> None:
        self.source = iter(source)
        self.items: list[T] = []
        self.lock = Lock()

    def item(self, place: int) -> T:
        """The item at a place, as far as needed from the source; raises IndexError behind its end."""
        with self.lock:
            while len(self.items) <= place:
                try:
                    self.items.append(next(self.source))
                except StopIteration as error:
                    raise IndexError(place) from error
            return self.items[place]

    def __iter__(self) -> Iterator[T]:
        place = 0
        while True:
            try:
                item = self.item(place)
            except IndexError:
                return
            yield item
            place += 1
