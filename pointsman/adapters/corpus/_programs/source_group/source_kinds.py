"""Sources of lines."""

from collections import deque
from collections.abc import Iterable


class Broken(OSError):
    """A source cannot be read any more."""


class Source:
    """Lines that are read one by one; after a `!` it is broken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = deque(lines)
        self.closed = 0

    def read(self) -> str | None:
        """The next line; None at the end."""
        if self.closed:
            raise ValueError("the source is closed")
        if not self._lines:
            return None
        line = self._lines.popleft()
        if line == "!":
            raise Broken("the line is cut")
        return line

    def close(self) -> None:
        """End the use of it."""
        self.closed += 1
