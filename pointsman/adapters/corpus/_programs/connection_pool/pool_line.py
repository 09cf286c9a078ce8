"""What a pool keeps, and how it fails."""

from typing import Protocol


class Line(Protocol):
    """A connection to a host."""

    def ask(self, question: str) -> str:
        """The answer; raises Broken."""
        ...

    def close(self) -> None:
        """It cannot be used any more."""
        ...


class Broken(ConnectionError):
    """The line broke while it was used."""


class Unreachable(OSError):
    """No line to the host works."""
