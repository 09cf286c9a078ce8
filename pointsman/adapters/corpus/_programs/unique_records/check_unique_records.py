"""Checks of records."""

from collections.abc import Hashable, Iterator
from itertools import count, islice

from unique_records import merged, newest, shared, unique


class Key:
    """A key that counts comparisons."""

    compared = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        Key.compared += 1
        return isinstance(other, Key) and self.number == other.number

    def __hash__(self) -> int:
        return self.number


def check_unique() -> object:
    return [list(unique(items, len)) for items in ((), ("a",), ("a", "b", "cc", "", "dd", "ccc", ""))]


def check_every_call_begins_anew() -> object:
    seen: set[Hashable] = {2}
    first = [list(unique([1, 2, 1], int)), list(unique([1, 2, 1], int))]
    return [first, list(unique([1, 2, 3], int, seen)), sorted(map(str, seen))]


def check_late() -> object:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number // 2

    return [list(islice(unique(source(), int), 3)), len(taken)]


def check_newest() -> object:
    rows = [
        ("c", "0", "only"),
        ("b", "1", "x"),
        ("a", "2", "y"),
        ("b", "3", "z"),
        ("a", "2", "w"),
        ("b", "2", "v"),
        ("", "0", "u"),
    ]
    records = [{"id": key, "at": time, "value": value} for key, time, value in rows]
    return [[record["value"] for record in newest(records, "id", "at")], newest([], "id", "at")]


def check_merged() -> object:
    records = [
        {"a": "1", "b": "", "c": "x"},
        {"a": "1", "b": "2", "c": "y"},
        {"a": "2"},
        {"b": "3"},
        {"a": "1", "b": "", "d": "z"},
    ]
    return [merged(records, "a"), merged(records, "a", "b"), merged(records), records[0]]


def check_shared() -> object:
    return [
        shared(left, right)
        for left, right in (("", "a"), ("abcab", "bba"), ("aaa", "aa"), ("xyz", "zyx"), ("ab", "cd"))
    ]


def check_few_comparisons() -> object:
    keys = [Key(number % 1000) for number in range(3000)]
    Key.compared = 0
    found = [len(list(unique(keys, lambda key: key))), len(shared(keys, keys[:1500]))]
    return [found, Key.compared < 20000]


def check_many() -> object:
    return len(list(unique(range(25000), int)))
