"""The last lines of a file, and what was added to it since the last look.

Topics: files, text, encodings
"""

from collections import deque
from pathlib import Path


def tail(path: Path, count: int = 10) -> list[str]:
    """The last `count` lines without their ends; none of a file that is not there."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, maxlen=count)]
    except FileNotFoundError:
        return []


class Follower:
    """Gives the whole lines that were added to a file; a last line without an end waits for it."""

    def __init__(self, path: Path, read: list[str] | None = None) -> None:
        self.path = path
        self.place = 0
        self.rest = b""
        self.read = [] if read is None else read

    def look(self) -> list[str]:
        """The new lines; a file that became shorter is read from its start."""
        if self.path.stat().st_size < self.place:
            self.place, self.rest = 0, b""
        with open(self.path, "rb") as file:
            file.seek(self.place)
            added = file.read()
            self.place = file.tell()
        *whole, self.rest = (self.rest + added).split(b"\n")
        lines = [line.decode("utf-8", errors="replace") for line in whole]
        self.read.extend(lines)
        return lines
