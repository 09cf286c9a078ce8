"""Checks of sources."""

from collections.abc import Callable

from source_group import copy, first_line, opened, read_all
from source_kinds import Broken, Source

TEXTS = {"a": "123", "b": "", "c": "4", "bad": "5!", "worse": "!"}


class Shelf:
    """Opens sources and keeps them."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def open(self, name: str) -> Source:
        if name not in TEXTS:
            raise KeyError(name)
        self.sources[name] = Source(TEXTS[name])
        return self.sources[name]

    def closed(self) -> list[tuple[str, int]]:
        return [(name, source.closed) for name, source in self.sources.items()]


def outcome(run: Callable[[], object]) -> object:
    try:
        return run()
    except Exception as error:
        return type(error).__name__


def check_read() -> object:
    found = []
    for names in ([], ["a"], ["b"], ["a", "b", "c"], ["c", "a"]):
        shelf, log = Shelf(), list[str]()
        found.append([read_all(shelf.open, names, log), shelf.closed(), log])
    return found


def check_broken_while_reading() -> object:
    found = []
    for names in (["a", "bad"], ["worse", "a"], ["a", "nothing", "c"]):
        shelf, log = Shelf(), list[str]()
        found.append([outcome(lambda s=shelf, n=names, g=log: read_all(s.open, n, g)), shelf.closed(), log])
    return found


def check_without_a_log() -> object:
    return [read_all(Shelf().open, ["c"]), read_all(Shelf().open, ["c"], None)]


def check_first_line() -> object:
    found = []
    for names in ([], ["b"], ["b", "c", "a"], ["worse", "a"], ["worse"], ["bad"], ["worse", "nothing"]):
        shelf = Shelf()
        found.append([outcome(lambda s=shelf, n=names: first_line(s.open, n)), shelf.closed()])
    return found


def check_copied() -> object:
    found = []
    for name in ("a", "b", "bad", "worse"):
        source, target = Source(TEXTS[name]), ["0"]
        found.append([copy(source, target), target, source.closed])
    return found


def check_copied_after_its_end() -> object:
    source, target = Source("1"), ["0"]
    source.close()
    return [outcome(lambda: copy(source, target)), target, source.closed]


def check_opened() -> object:
    shelf, log = Shelf(), list[str]()

    def fail() -> None:
        with opened(shelf.open, "a", log):
            log.append("in")
            raise LookupError("x")

    return [outcome(fail), outcome(lambda: opened(shelf.open, "q", log).__enter__()), log, shelf.closed()]


def check_sources() -> object:
    source = Source("1!")
    steps = [outcome(source.read), outcome(source.read), outcome(source.read)]
    source.close()
    return [steps, outcome(source.read), source.closed, issubclass(Broken, OSError)]
