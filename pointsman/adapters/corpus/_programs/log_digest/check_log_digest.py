"""Checks of the digest."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from log_digest import by_hour, longest, read_log
from log_line import LogLine, parse_line

STAMP = "2026-03-01T08:15:00"


def check_lines() -> object:
    texts = (
        f"{STAMP} INFO [web] hello  world ",
        f"{STAMP} ERROR no source",
        f"{STAMP} ERROR [open no end",
        f"{STAMP}   WARN   [a] [b] c",
        f"{STAMP} INFO []x",
    )
    return [tuple(parse_line(text) or ()) for text in texts]


def check_no_lines() -> object:
    texts = ("", STAMP, f"{STAMP} INFO", f"{STAMP} info [a] b", "2026-03-01 INFO [a] b", f"{STAMP}Z INFO a b", "a b c")
    return [parse_line(text) is None for text in texts]


def check_file() -> object:
    text = f"{STAMP} INFO [größe] 5 € für Zoë\n\n   \nTraceback\n{STAMP} ERROR x\n at line 3\n{STAMP} DEBUG last 😀"
    Path("a.log").write_bytes(text.encode())
    lines, bad = read_log(Path("a.log"))
    return [[tuple(line) for line in lines], bad]


def check_bad_bytes() -> object:
    Path("b.log").write_bytes(f"{STAMP} INFO a".encode() + b"\xff\xfe b\n" + f"{STAMP} WARN next\n".encode())
    lines, bad = read_log(Path("b.log"))
    return [[line.message for line in lines], bad]


def check_empty_file() -> object:
    Path("c.log").write_bytes(b"")
    return list(read_log(Path("c.log")))


def check_hours() -> object:
    times = ("2026-03-02T00:00:00", "2026-03-01T23:59:59", "2026-03-02T00:59:00", "2026-03-02T01:00:00")
    lines = [LogLine(time, level, "", "") for time, level in zip(times, ("INFO", "WARN", "INFO", "ERROR"), strict=True)]
    return list(by_hour(lines).items())


def check_longest() -> object:
    lines = [LogLine(STAMP, "INFO", "", text) for text in ("bb", "a", "cc", "")]
    return [longest(lines, "INFO"), longest(lines, "WARN"), longest([], "INFO")]


def leaks(run: Callable[[], object]) -> int:
    """How many files `run` left open."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            run()
        except Exception:
            seen.clear()
        gc.collect()
    return sum(issubclass(one.category, ResourceWarning) for one in seen)


def check_file_is_closed() -> object:
    Path("d.log").write_text("", encoding="utf-8")
    return leaks(lambda: read_log(Path("d.log")))
