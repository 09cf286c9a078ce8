"""The largest of the last values, sums over windows, and rows that add up.

Topics: sliding windows, algorithms
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate


def maxima(values: Iterable[int], width: int) -> Iterator[int]:
    """The largest of each `width` values in a row; none if there are fewer."""
    if width < 1:
        raise ValueError("a window has at least one value")
    best: deque[tuple[int, int]] = deque()
    for place, value in enumerate(values):
        while best and best[-1][1] <= value:
            best.pop()
        best.append((place, value))
        if best[0][0] <= place - width:
            best.popleft()
        if place >= width - 1:
            yield best[0][1]


def averages(values: Sequence[float], width: int) -> list[float]:
    """The averages of each `width` values in a row, rounded to three digits."""
    sums = [0.0, *accumulate(values)]
    return [round((sums[end] - sums[end - width]) / width, 3) for end in range(width, len(sums))]


def longest_within(values: Sequence[int], limit: int) -> tuple[int, int]:
    """Start and end of the longest row of values (none negative) whose sum is at most the limit, the first of them."""
    best, start, total = (0, 0), 0, 0
    for end, value in enumerate(values, start=1):
        total += value
        while total > limit and start < end:
            total -= values[start]
            start += 1
        if end - start > best[1] - best[0]:
            best = (start, end)
    return best


def rows_with_sum(values: Iterable[int], goal: int) -> int:
    """How many rows of values next to each other have that sum; values may be negative."""
    seen = {0: 1}
    total = count = 0
    for value in values:
        total += value
        count += seen.get(total - goal, 0)
        seen[total] = seen.get(total, 0) + 1
    return count
