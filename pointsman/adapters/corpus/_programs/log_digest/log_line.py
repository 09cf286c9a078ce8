"""One line of a log: `2026-03-01T08:15:00 WARN [disk] message`."""

from typing import NamedTuple

LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")


class LogLine(NamedTuple):
    """The parts of a line."""

    time: str
    level: str
    source: str
    message: str


def parse_line(text: str) -> LogLine | None:
    """The parts, None for a text that is no line of a log."""
    parts = text.split(None, 2)
    if len(parts) < 3 or parts[1] not in LEVELS or len(parts[0]) != 19:
        return None
    time, level, rest = parts
    source, message = "", rest
    if rest.startswith("["):
        source, _, message = rest[1:].partition("]")
    return LogLine(time, level, source, message.strip())
