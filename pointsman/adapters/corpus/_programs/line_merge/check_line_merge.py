"""Checks of merged sources."""

from collections.abc import Iterator

from line_merge import any_above, distinct, first, merge, take_until


class Source:
    """Numbers that remember how many were taken."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        for number in self.numbers:
            self.taken += 1
            yield number


def check_merged() -> object:
    cases = [[], [[]], [[1]], [[2], [1]], [[1, 1], [1]], [[1, 5, 9], [2, 5], [0, 10]], [[-3, -1], [], [-2]]]
    return [list(merge(case)) for case in cases]


def check_not_sorted() -> object:
    found: list[object] = []
    try:
        for number in merge([[1, 3], [2, 5, 4, 6]]):
            found.append(number)
    except ValueError as error:
        found.append(str(error))
    return found


def check_how_far_merge_reads() -> object:
    sources = [Source(1, 2, 3, 4), Source(10, 20, 30)]
    numbers = merge(sources)
    start = [source.taken for source in sources]
    taken = [next(numbers), next(numbers), next(numbers)]
    return [start, taken, [source.taken for source in sources]]


def check_distinct() -> object:
    cases = [[], [0], [0, 0], [0, 1, 1, 1, 2, 0], [1, 2], [-1, -1, 0]]
    source = Source(1, 1, 2, 3)
    numbers = distinct(source)
    return [[list(distinct(case)) for case in cases], next(numbers), source.taken, next(numbers), source.taken]


def check_first() -> object:
    source = Source(1, 2, 3, 4, 5)
    return [first(source, 2), source.taken, first([], 3), first([1], 3), first([1, 2], 0)]


def check_above() -> object:
    weighed: list[int] = []

    def weigh(number: int) -> int:
        weighed.append(number)
        return number * number

    found = [any_above([1, 3, 2, 9], 8, weigh), any_above([3, 2], 9, weigh), any_above([], 0, weigh)]
    return [found, weighed]


def check_until() -> object:
    source = Source(1, 2, 3, 4)
    taken = take_until(source, lambda number: number == 3)
    return [taken, source.taken, take_until([], bool), take_until([1], bool), take_until([0, 0], bool)]
