"""Versions as `2.10.0-rc.1+build.5`: parsed, ordered by precedence, chosen by a range.

Topics: parsing, versions, sorting
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import total_ordering

PATTERN = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")


@total_ordering
@dataclass(frozen=True)
class Version:
    """A version; the build plays no part in order and equality."""

    release: tuple[int, int, int]
    pre: tuple[str, ...] = ()
    build: str = field(default="", compare=False)

    def key(self) -> tuple[object, ...]:
        """What versions are ordered by: numbers below words, and a pre-release below its release."""
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre)
        return (self.release, not self.pre, parts)

    def __lt__(self, other: "Version") -> bool:
        return self.key() < other.key()


def parse_version(text: str) -> Version:
    """The version that the whole text is; raises ValueError for anything else."""
    match = re.fullmatch(PATTERN, text.strip())
    if match is None:
        raise ValueError(f"not a version: {text}")
    major, minor, patch, pre, build = match.groups()
    return Version((int(major), int(minor), int(patch or 0)), tuple(pre.split(".")) if pre else (), build or "")


def newest(texts: Iterable[str], low: str, below: str, pre: bool = False) -> str | None:
    """The highest version from `low` on and below `below`; pre-releases only when they are wanted."""
    first, end = parse_version(low), parse_version(below)
    fitting = [one for one in texts if first <= parse_version(one) < end and (pre or not parse_version(one).pre)]
    return max(fitting, key=parse_version, default=None)
