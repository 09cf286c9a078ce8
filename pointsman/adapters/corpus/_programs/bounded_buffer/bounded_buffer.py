"""A buffer between threads that holds at most so many items, and can be closed.

Topics: threads, queues
"""

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Condition, Thread


class Closed(Exception):
    """Nothing can be put into a closed buffer."""


class Buffer:
    """First in, first out; who finds it full or empty waits."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.items: deque[str] = deque()
        self.closed = False
        self.changed = Condition()

    def put(self, item: str, seconds: float | None = None) -> bool:
        """Whether there was room in time; raises Closed."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.closed or len(self.items) < self.size, seconds):
                return False
            if self.closed:
                raise Closed(item)
            self.items.append(item)
            self.changed.notify_all()
            return True

    def get(self, seconds: float | None = None) -> str | None:
        """The oldest item; None if there is none in time, or the buffer is closed and empty."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or bool(self.items), seconds)
            if not self.items:
                return None
            item = self.items.popleft()
            self.changed.notify_all()
            return item

    def close(self) -> None:
        """What is in it can still be taken."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def __iter__(self) -> Iterator[str]:
        while (item := self.get()) is not None:
            yield item


def feed(buffer: Buffer, items: Iterable[str]) -> Thread:
    """A thread that puts the items and closes the buffer at the end, whatever happens."""

    def run() -> None:
        try:
            for item in items:
                buffer.put(item)
        except Closed:
            return
        finally:
            buffer.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread
