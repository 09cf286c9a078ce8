"""Checks of look-ups in a sorted list."""

from __future__ import annotations

from sorted_search import first_at_least, index_of, nearest


class Counted:
    """A number that counts how often it is compared."""

    comparisons = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def __lt__(self, other: Counted) -> bool:
        Counted.comparisons += 1
        return self.value < other.value

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return isinstance(other, Counted) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def check_places() -> object:
    lists = [[2 * number for number in range(size)] for size in range(6)]
    return [[first_at_least(items, wanted) for wanted in range(-1, 12)] for items in lists]


def check_equal_items() -> object:
    return [first_at_least([1, 1, 1, 2, 2], wanted) for wanted in (0, 1, 2, 3)]


def check_indices() -> object:
    return [index_of([3, 5, 5, 9], wanted) for wanted in (2, 3, 4, 5, 9, 10)] + [index_of([], 1)]


def check_nearest() -> object:
    return [nearest([10, 20, 40], wanted) for wanted in (0, 10, 15, 16, 30, 31, 40, 99)]


def check_nearest_of_nothing() -> object:
    try:
        return nearest([], 1)
    except ValueError as error:
        return type(error).__name__


def check_comparisons() -> object:
    items = [Counted(number) for number in range(1024)]
    found = []
    for wanted in (0, 511, 1023, 2000):
        Counted.comparisons = 0
        found.append((index_of(items, Counted(wanted)), Counted.comparisons <= 12))
    return found
