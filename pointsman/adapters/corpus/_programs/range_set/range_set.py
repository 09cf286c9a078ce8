"""Sets of numbers as ranges: added, taken away, gaps, overlaps; each range from start on and before end.

Topics: intervals, search
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]


class RangeSet:
    """Ranges in order that do not touch each other."""

    def __init__(self, ranges: Iterable[Range] | None = None) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in ranges or ():
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add a range; those that it overlaps or touches become one with it. Raises ValueError if it is empty."""
        if start >= end:
            raise ValueError(f"{start} to {end} is empty")
        first = bisect_left(self.ends, start)
        last = bisect_right(self.starts, end)
        if first < last:
            start, end = min(start, self.starts[first]), max(end, self.ends[last - 1])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]

    def remove(self, start: int, end: int) -> None:
        """Take a range away; what it covers in part is cut."""
        first = bisect_right(self.ends, start)
        last = bisect_left(self.starts, end)
        if first >= last or start >= end:
            return
        left = [(self.starts[first], start)] if self.starts[first] < start else []
        right = [(end, self.ends[last - 1])] if self.ends[last - 1] > end else []
        self.starts[first:last] = [one for one, _ in left + right]
        self.ends[first:last] = [one for _, one in left + right]

    def __iter__(self) -> Iterator[Range]:
        return zip(self.starts, self.ends, strict=True)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self.starts, number) - 1
        return place >= 0 and number < self.ends[place]

    def size(self) -> int:
        """How many numbers."""
        return sum(end - start for start, end in self)

    def gaps(self, start: int, end: int) -> list[Range]:
        """What is missing between start and end."""
        missing = RangeSet([(start, end)])
        for one, other in self:
            missing.remove(one, other)
        return list(missing)
