"""Several log files, each in order of time, merged to one without reading them whole.

Topics: files, iterators, sorting
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TextIO

Entry = tuple[str, str, str]


def open_text(path: Path) -> TextIO:
    """The file, to be read."""
    return open(path, encoding="utf-8")


def entries(name: str, lines: Iterable[str]) -> Iterator[Entry]:
    """Time, name of the file, and text; a line that begins with a blank belongs to the one before."""
    time, text = "", ""
    for line in lines:
        if line[:1].isspace() and time:
            text += "\n" + line.strip()
            continue
        if time:
            yield time, name, text
        time, _, text = line.rstrip("\n").partition(" ")
    if time:
        yield time, name, text


def merged(
    paths: Sequence[Path], count: int | None = None, opener: Callable[[Path], TextIO] = open_text
) -> list[Entry]:
    """The first `count` entries of all files in order of time; equal times in the order of the files."""
    with ExitStack() as stack:
        streams = [entries(path.stem, stack.enter_context(opener(path))) for path in paths]
        return list(islice(merge(*streams, key=itemgetter(0)), count))


def by_day(found: Iterable[Entry]) -> dict[str, list[str]]:
    """Day → the files that have entries of it, sorted."""
    return {day: sorted({name for _, name, _ in group}) for day, group in groupby(found, key=lambda one: one[0][:10])}
