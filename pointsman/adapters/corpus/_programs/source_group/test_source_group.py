from source_group import copy, first_line, read_all
from source_kinds import Source

BOOKS = {"a": ["one", "three"], "b": ["two"], "bad": ["!"]}


def test_sources_are_read_in_turn_and_closed() -> None:
    log: list[str] = []
    assert read_all(lambda name: Source(BOOKS[name]), ["a", "b"], log) == ["one", "two", "three"]
    assert log == ["+a", "+b", "-b", "-a", "3 lines"]


def test_a_broken_source_is_passed_over() -> None:
    assert first_line(lambda name: Source(BOOKS[name]), ["bad", "b"]) == "two"


def test_a_source_is_copied() -> None:
    source, target = Source(["x", "y"]), ["w"]
    assert copy(source, target) == 2
    assert target == ["w", "x", "y"]
    assert source.closed == 1
