"""Checks of windows."""

from itertools import count, islice

from window_maximum import averages, longest_within, maxima, rows_with_sum

VALUES = (4, 2, 7, 7, 1, 0, 9, -3, -5, 2)


def check_maxima() -> object:
    return [list(maxima(VALUES, width)) for width in (1, 2, 3, 9, 10, 11)] + [list(maxima([], 1))]


def check_falling() -> object:
    return [list(maxima(range(9, 0, -1), 3)), list(maxima([5] * 4, 2)), list(maxima([-1, -2], 1))]


def check_width() -> object:
    found = []
    for width in (-1, 0, 1):
        try:
            found.append(str(list(maxima([1], width))))
        except ValueError:
            found.append("ValueError")
    return found


def check_endless() -> object:
    return list(islice(maxima(count(), 4), 3))


def check_averages() -> object:
    return [averages(VALUES, width) for width in (1, 3, 10, 11)] + [averages([], 2), averages([1.0005, 2], 1)]


def check_longest() -> object:
    rows: tuple[list[int], ...] = ([], [5], [1, 2, 3], [3, 1, 2, 1, 1], [9, 0, 0, 9], [2, 2, 2, 9, 2, 2, 2])
    return [[longest_within(row, limit) for limit in (0, 3, 4, 6, 99)] for row in rows]


def check_rows() -> object:
    return [
        [rows_with_sum(row, goal) for goal in (0, 1, 3, 6)]
        for row in ([], [3], [0, 0], [1, 2, 3, 0], [3, -3, 3], VALUES)
    ]


def check_a_wide_window() -> object:
    return sum(maxima((number * 7 % 1000 for number in range(20000)), 10000))


def check_long_rows() -> object:
    return [longest_within([1] * 20000, 10000), rows_with_sum([1] * 20000, 10000)]
