"""Several sources used together: opened one after the other, closed in any case, read in turn.

Topics: resources, context managers
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from source_kinds import Broken, Source

Open = Callable[[str], Source]


@contextmanager
def opened(open_source: Open, name: str, log: list[str]) -> Iterator[Source]:
    """A source that is closed at the end; the log says so."""
    source = open_source(name)
    log.append(f"+{name}")
    try:
        yield source
    finally:
        source.close()
        log.append(f"-{name}")


def read_all(open_source: Open, names: list[str], log: list[str] | None = None) -> list[str]:
    """A line of each source in turn, until none has any left. All are closed before this returns or raises."""
    log = [] if log is None else log
    lines: list[str] = []
    with ExitStack() as stack:
        sources = [stack.enter_context(opened(open_source, name, log)) for name in names]
        while sources:
            for source in list(sources):
                line = source.read()
                if line is None:
                    sources.remove(source)
                else:
                    lines.append(line)
    log.append(f"{len(lines)} lines")
    return lines


def first_line(open_source: Open, names: list[str]) -> str | None:
    """The first line that can be read; a broken source is passed over."""
    for name in names:
        with suppress(Broken), closing(open_source(name)) as source:
            line = source.read()
            if line is not None:
                return line
    return None


def copy(source: Source, target: list[str]) -> int:
    """Put all lines of `source` into `target`, or none; how many there were. The source is closed."""
    before = len(target)
    try:
        while (line := source.read()) is not None:
            target.append(line)
    except Broken:
        del target[before:]
    finally:
        source.close()
    return len(target) - before
