"""Connections that are used again: at most so many idle ones are kept, broken ones are closed.

Topics: resources, networks, errors
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from pool_line import Broken, Line, Unreachable


class Pool:
    """Keeps idle lines by host."""

    def __init__(
        self, connect: Callable[[str], Line], keep: int = 2, idle: dict[str, list[Line]] | None = None
    ) -> None:
        self.connect = connect
        self.keep = keep
        self.idle = {} if idle is None else idle

    @contextmanager
    def line(self, host: str) -> Iterator[Line]:
        """A line for a while; it is kept if nothing broke and there is room, else closed."""
        lines = self.idle.setdefault(host, [])
        line = lines.pop() if lines else self.connect(host)
        good = False
        try:
            yield line
            good = True
        finally:
            if good and len(lines) < self.keep:
                lines.append(line)
            else:
                line.close()

    def ask(self, host: str, question: str, attempts: int = 2) -> str:
        """The answer; a broken line is replaced by another, up to `attempts` times, then raises Unreachable."""
        for attempt in range(attempts):
            try:
                with self.line(host) as line:
                    return line.ask(question)
            except Broken as error:
                if attempt + 1 == attempts:
                    raise Unreachable(host) from error
        raise ValueError("at least one attempt is needed")

    def ask_once(self, host: str, question: str) -> str:
        """The answer over a line of its own."""
        with closing(self.connect(host)) as line:
            return line.ask(question)

    def close(self) -> int:
        """Close all idle lines; how many there were."""
        lines = [line for lines in self.idle.values() for line in lines]
        self.idle.clear()
        for line in lines:
            line.close()
        return len(lines)
