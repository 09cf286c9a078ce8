"""Checks of pairs and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pair_sums import count_pairs, first_twice, missing, most_common_gap, sums_of_window


class Marked:
    """An item that counts how often it is compared with another one."""

    comparisons = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        Marked.comparisons += 1
        return isinstance(other, Marked) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def compared(run: Callable[[], object]) -> int:
    Marked.comparisons = 0
    run()
    return Marked.comparisons


def check_pairs() -> object:
    return [count_pairs(numbers, 4) for numbers in ([], [4], [2, 2], [2, 2, 2], [0, 4, 1, 3, 5, -1], [4, 0, 0])]


def check_first_twice() -> object:
    return [first_twice(items) for items in ([], [1], [1, 2], [1, 2, 1, 2], [0, 0], ["a", "A", "a"])]


def check_reads_no_further() -> object:
    taken = []

    def items() -> Iterator[int]:
        for number in (1, 2, 1, 3, 4):
            taken.append(number)
            yield number

    return [first_twice(items()), taken]


def check_missing() -> object:
    return [missing([3, 1, 3, 2], []), missing([], [1]), missing([1, 2, 2], [2]), missing("hello", "hey")]


def check_windows() -> object:
    return [list(sums_of_window([3, 1, 4, 1, 5], size)) for size in (1, 2, 5, 6)] + [list(sums_of_window([], 1))]


def check_no_window() -> object:
    try:
        return list(sums_of_window([1], 0))
    except ValueError as error:
        return type(error).__name__


def check_gaps() -> object:
    return [most_common_gap(numbers) for numbers in ([], [5], [5, 5], [1, 3, 4, 6], [1, 2, 4, 7], [10, 4, 7, 8])]


def check_comparisons() -> object:
    items = [Marked(number) for number in range(300)]
    others = [Marked(number) for number in range(300)]
    return [
        compared(lambda: first_twice(items)) <= 600,
        compared(lambda: missing(items, others)) <= 600,
    ]
