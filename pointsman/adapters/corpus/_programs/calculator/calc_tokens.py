"""The words of a calculation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

PATTERN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z_]\w*)|(?P<sign>[-+*/%^()]))", re.IGNORECASE)


class CalcError(ValueError):
    """What is wrong, and where."""

    def __init__(self, text: str, start: int) -> None:
        super().__init__(f"{text} at {start + 1}")
        self.start = start


class Token(NamedTuple):
    """A word, what it is, and where it begins."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """The words, an empty one at the end."""
    place = 0
    whole = text.rstrip()
    while place < len(whole):
        match = PATTERN.match(whole, place)
        if match is None:
            raise CalcError("a strange sign", place)
        kind = match.lastgroup or ""
        yield Token(kind, match[kind], match.start(kind))
        place = match.end()
    yield Token("end", "", len(whole))
