"""Sorted values with times: the value at a time, the nearest one, between two, and in the middle.

Topics: search, numbers, time series
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

Point = tuple[float, float]


class Series:
    """Points (time, value) in order of time."""

    def __init__(self, points: Iterable[Point] | None = None) -> None:
        self.points: list[Point] = sorted(points or [])

    def add(self, time: float, value: float) -> None:
        """A new point; one of the same time is replaced."""
        place = bisect_left(self.points, (time,))
        if place < len(self.points) and self.points[place][0] == time:
            self.points[place] = (time, value)
        else:
            self.points.insert(place, (time, value))

    def at(self, time: float) -> float:
        """The value of the last point that is not later; raises LookupError before the first."""
        place = bisect_right(self.points, time, key=lambda point: point[0])
        if not place:
            raise LookupError(f"nothing is known of {time}")
        return self.points[place - 1][1]

    def nearest(self, time: float) -> Point | None:
        """The point that is nearest in time, the earlier of two."""
        place = bisect_left(self.points, time, key=lambda point: point[0])
        near = self.points[max(place - 1, 0) : place + 1]
        return min(near, key=lambda point: abs(point[0] - time), default=None)

    def between(self, start: float, end: float) -> list[float]:
        """The values from start on and before end."""
        first = bisect_left(self.points, (start,))
        return [value for _, value in self.points[first : bisect_left(self.points, (end,))]]

    def linear(self, time: float) -> float:
        """The value on the line between the two points around; at the ends, that of the end."""
        place = bisect_left(self.points, time, key=lambda point: point[0])
        if place in (0, len(self.points)):
            return self.points[min(place, len(self.points) - 1)][1]
        (left, low), (right, high) = self.points[place - 1 : place + 1]
        return low + (high - low) * (time - left) / (right - left)


def running_median(values: Iterable[float]) -> list[float]:
    """The median of all values up to each one."""
    order: list[float] = []
    medians = []
    for value in values:
        insort(order, value)
        middle = len(order) // 2
        medians.append(order[middle] if len(order) % 2 else (order[middle - 1] + order[middle]) / 2)
    return medians
