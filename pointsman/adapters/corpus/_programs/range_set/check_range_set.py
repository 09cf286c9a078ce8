"""Checks of ranges."""

from range_set import RangeSet

BASE = ((0, 2), (4, 6), (8, 10))


def check_add() -> object:
    added = (
        (2, 4),
        (3, 4),
        (2, 3),
        (1, 9),
        (-5, -1),
        (-5, 0),
        (11, 12),
        (10, 12),
        (4, 6),
        (5, 5 + 1),
        (-9, 99),
        (6, 8),
    )
    return [list(RangeSet([*BASE, one])) for one in added]


def check_remove() -> object:
    found = []
    for start, end in (
        (0, 2),
        (1, 5),
        (2, 4),
        (4, 6),
        (5, 9),
        (-9, 99),
        (0, 1),
        (1, 2),
        (9, 9),
        (5, 3),
        (4, 5),
        (10, 12),
    ):
        ranges = RangeSet(BASE)
        ranges.remove(start, end)
        found.append(list(ranges))
    return found


def check_split() -> object:
    ranges = RangeSet([(0, 10)])
    ranges.remove(3, 5)
    ranges.remove(8, 9)
    return [list(ranges), ranges.size()]


def check_contains() -> object:
    ranges = RangeSet(BASE)
    return [[number in ranges for number in range(-1, 12)], 1 in RangeSet()]


def check_empty() -> object:
    found = []
    for start, end in ((1, 1), (2, 1), (1, 2)):
        try:
            found.append(str(list(RangeSet([(start, end)]))))
        except ValueError:
            found.append("ValueError")
    return [found, RangeSet().size(), list(RangeSet())]


def check_gaps() -> object:
    ranges = RangeSet(BASE)
    return [ranges.gaps(start, end) for start, end in ((0, 10), (-2, 12), (2, 4), (1, 5), (4, 6), (3, 9))] + [
        list(ranges)
    ]


def check_every_set_is_new() -> object:
    one, other = RangeSet(), RangeSet()
    one.add(1, 2)
    return [list(one), list(other), list(RangeSet())]


def check_few_comparisons() -> object:
    class Number(int):
        compared = 0

        def __lt__(self, other: int) -> bool:
            Number.compared += 1
            return int.__lt__(self, other)

        def __gt__(self, other: int) -> bool:
            Number.compared += 1
            return int.__gt__(self, other)

        def __le__(self, other: int) -> bool:
            Number.compared += 1
            return int.__le__(self, other)

        def __ge__(self, other: int) -> bool:
            Number.compared += 1
            return int.__ge__(self, other)

    ranges = RangeSet()
    ranges.starts = [Number(10 * number) for number in range(3000)]
    ranges.ends = [Number(10 * number + 5) for number in range(3000)]
    found = [Number(20002) in ranges, Number(20007) in ranges]
    ranges.add(Number(15001), Number(15003))
    return [found, len(ranges.starts), Number.compared < 100]
