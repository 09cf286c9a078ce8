"""How much work a schema may cause: it may be anybody's, and so may be what is compared with it. Pure.

A regular expression that tries all ways of matching takes time that doubles with each letter, and holds the
interpreter meanwhile; references may lead round so that each step doubles the next.
"""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

_MOST_OF_ONE = 100_000
"""Steps that one match may take."""
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_EXACT = re.compile(r"\{\d+\}")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


@attrs.define
class Effort:
    """Steps that may still be made. Once there are none left, nothing more is found wrong."""

    left: int = 100_000

    def spend(self, steps: int = 1) -> bool:
        """Take so many; says whether there were as many."""
        self.left -= steps
        return self.left >= 0

    def match(self, pattern: str, text: str) -> bool:
        """Whether `pattern` is in `text`; also where that takes too long to tell, or it is no pattern of Python's."""
        degree = _degree(pattern)
        if degree is None or not self.spend(steps := min(_MOST_OF_ONE + 1, (len(text) + 1) ** degree)):
            return True
        if steps > _MOST_OF_ONE:
            return True
        try:
            return re.search(pattern, text) is not None
        except (re.error, RecursionError, OverflowError):
            return True


@lru_cache(maxsize=256)
def _degree(pattern: str) -> int | None:
    """The power of the length of a text to which a search of `pattern` may take; None where it may be any.

    A search begins everywhere, unless at the beginning alone; each repetition may end anywhere; one of what is repeated
    within, or of a choice, is tried in all ways.
    """
    if len(pattern) > 1000:
        return None
    plain = _ESCAPED.sub("x", _CLASS.sub("x", pattern))
    degree, groups, last = int(not plain.startswith("^") or "|" in plain), [False], False
    for at, letter in enumerate(plain):
        if letter == "(":
            groups.append(False)
        elif letter == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] = groups[-1] or last
        elif letter == "|":
            groups[-1] = True
        elif letter in "*+{?" and plain[at - 1 : at] not in ("", "(", "*", "+", "?", "}"):
            if plain[at - 1] == ")" and last:
                return None
            if not _EXACT.match(plain, at):
                degree, groups[-1] = degree + 1, True
    return degree
