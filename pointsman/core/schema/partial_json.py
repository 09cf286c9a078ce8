"""What can be read of JSON that is still being written: everything that is surely there. Pure and total."""

from __future__ import annotations

import re

import attrs
from returns.result import Result, Success

from pointsman.core.json import Json, loads

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BEGUN = re.compile(r'"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}$")
_SCALAR = re.compile(r"[-+.\w]+")


def partial_json(text: str) -> Json:
    """The value that `text` has begun; None where nothing can be said yet, or where it is not JSON.

    A text that is still open counts as far as it has come; a number, a literal or a name that may go on does not.
    """
    reader = _Reader(text)
    reader.read()
    whole = reader.close_whole()
    value: Result[Json | None, str] = loads(whole) if whole else Success(None)
    return value.value_or(None)


@attrs.define
class _Reader:
    """Walks over the text, in linear time.

    `end` is where the longest beginning that could be closed ends, `tail` the rest of a text that is still open there,
    and `open` what closes it: nothing is opened or closed without a new `end`.
    """

    text: str
    place: int = 0
    open: list[str] = attrs.field(factory=list)
    end: int = 0
    tail: str = ""

    def read(self) -> None:
        """Go as far as the text is JSON."""
        going = self._value()
        while going and self.open:
            going = self._inside()

    def close_whole(self) -> str:
        """The longest beginning that could be closed, closed; empty where there is none."""
        return self.text[: self.end] + self.tail + "".join(reversed(self.open)) if self.end or self.tail else ""

    def _next(self) -> str:
        found = _SPACE.match(self.text, self.place)
        self.place = found.end() if found else self.place
        return self.text[self.place : self.place + 1]

    def _safe(self) -> bool:
        self.end = self.place
        return True

    def _value(self) -> bool:
        """A value: false where the text ends within it, or it is none."""
        first = self._next()
        if first in ("{", "["):
            self.place += 1
            self.open.append("}" if first == "{" else "]")
            return self._safe()
        if first == '"':
            return self._string()
        found = _SCALAR.match(self.text, self.place)
        if found is None or (found.end() == len(self.text)):
            return False
        self.place = found.end()
        return self._safe()

    def _string(self) -> bool:
        found = _STRING.match(self.text, self.place)
        if found is not None:
            self.place = found.end()
            return self._safe()
        begun = _BEGUN.match(self.text, self.place)
        if begun is not None:
            self.end = self.place
            self.tail = _HALF_PAIR.sub("", begun.group()) + '"'
        return False

    def _inside(self) -> bool:
        """What follows within an object or a list: its end, or the next of its values."""
        close, fresh = self.open[-1], self.text[self.place - 1 : self.place] in ("{", "[")
        mark = self._next()
        if mark == close:
            self.place += 1
            self.open.pop()
            return self._safe()
        if not fresh:
            if mark != ",":
                return False
            self.place += 1
        return self._name() and self._value() if close == "}" else self._value()

    def _name(self) -> bool:
        self._next()
        found = _STRING.match(self.text, self.place)
        if found is None:
            return False
        self.place = found.end()
        if self._next() != ":":
            return False
        self.place += 1
        return True
