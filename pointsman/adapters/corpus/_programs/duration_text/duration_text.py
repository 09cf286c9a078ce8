"""Durations such as `1h 30m`, read and written.

Topics: parsing, time
"""

import re

UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z])")


class BadDuration(ValueError):
    """A text is no duration."""


def parse_duration(text: str) -> float:
    """Seconds in `text`: numbers with units, each unit once, the larger ones first; a sign before them."""
    rest = text.strip().lower()
    sign = -1 if rest.startswith("-") else 1
    rest = rest.removeprefix("-")
    total, last = 0.0, 10**9
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise BadDuration(f"what is {rest!r}?")
        number, unit = part.groups()
        try:
            size = UNITS[unit]
        except KeyError as error:
            raise BadDuration(f"no unit is called {unit}") from error
        if size >= last:
            raise BadDuration("the larger units come first")
        total += float(number) * size
        last = size
        rest = rest[part.end() :].lstrip()
    if last == 10**9:
        raise BadDuration("there is no number")
    return sign * total


def format_duration(seconds: float, most: int = 2) -> str:
    """`seconds` in at most so many units, rounded to whole seconds."""
    left = round(abs(seconds))
    parts: list[str] = []
    for unit, size in UNITS.items():
        number, left = divmod(left, size)
        if number and len(parts) < most:
            parts.append(f"{number}{unit}")
    sign = "-" if seconds < 0 and parts else ""
    return sign + (" ".join(parts) or "0s")
