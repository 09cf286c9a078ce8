"""A digest of log files: how many lines of each level by hour, and the longest message.

Topics: parsing, files, text
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from log_line import LogLine, parse_line


def read_log(path: Path) -> tuple[list[LogLine], int]:
    """The lines of the file that can be read, and the number of the others; bad bytes spoil no line."""
    lines: list[LogLine] = []
    bad = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for raw in file:
            if not raw.strip():
                continue
            line = parse_line(raw.rstrip("\n"))
            if line is None:
                bad += 1
            else:
                lines.append(line)
    return lines, bad


def by_hour(lines: Iterable[LogLine]) -> dict[str, dict[str, int]]:
    """Hour → level → number of lines, hours in order."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts[line.time[:13]][line.level] += 1
    return {hour: dict(counts[hour]) for hour in sorted(counts)}


def longest(lines: Iterable[LogLine], level: str) -> str:
    """The longest message of a level, the first of equal ones, "" if there is none."""
    return max((line.message for line in lines if line.level == level), key=len, default="")
