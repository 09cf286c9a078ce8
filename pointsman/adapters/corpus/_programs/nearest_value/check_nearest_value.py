"""Checks of series."""

from nearest_value import Series, running_median


def series() -> Series:
    return Series([(20, 3.0), (10, 1.0), (40, 7.0)])


def check_at() -> object:
    found: list[object] = []
    for time in (9, 10, 19, 20, 39.9, 40, 99):
        try:
            found.append(series().at(time))
        except LookupError:
            found.append("LookupError")
    return found


def check_nearest() -> object:
    return [series().nearest(time) for time in (0, 10, 14, 15, 16, 29, 30, 31, 40, 99)] + [Series().nearest(1)]


def check_between() -> object:
    spans = ((0, 99), (10, 20), (10, 20.1), (10.1, 20), (20, 20), (40, 41), (41, 50), (30, 10))
    return [series().between(start, end) for start, end in spans]


def check_linear() -> object:
    return [series().linear(time) for time in (0, 10, 12.5, 20, 25, 40, 50)]


def check_no_points() -> object:
    found = []
    for act in (Series().linear, Series().at):
        try:
            found.append(str(act(1)))
        except LookupError as error:
            found.append(type(error).__name__)
    return [found, Series().between(0, 9)]


def check_add() -> object:
    made = Series()
    for time, value in ((5, 1.0), (1, 2.0), (3, 9.0), (3, 3.0), (5, 4.0), (9, 5.0)):
        made.add(time, value)
    return [made.points, Series().points]


def check_the_input_stays() -> object:
    points = [(2.0, 1.0), (1.0, 2.0)]
    Series(points).add(0, 0)
    return points


def check_medians() -> object:
    return [running_median(values) for values in ([], [2.0], [1.0, 2.0, 4.0, 8.0], [9.0, 1.0, 5.0, 1.0], [3.0] * 3)]


def check_few_comparisons() -> object:
    class Time(float):
        compared = 0

        def __lt__(self, other: float) -> bool:
            Time.compared += 1
            return float.__lt__(self, other)

        def __gt__(self, other: float) -> bool:
            Time.compared += 1
            return float.__gt__(self, other)

        def __le__(self, other: float) -> bool:
            Time.compared += 1
            return float.__le__(self, other)

    made = Series()
    made.points = [(Time(number), float(number)) for number in range(4096)]
    return [made.at(3000.5), made.linear(2000.5), made.nearest(Time(1.25)) == (1.0, 1.0), Time.compared < 120]
