"""Look-ups in a sorted list, with a number of comparisons that grows with the logarithm of its length.

Topics: search, lists
"""

from collections.abc import Sequence
from typing import Any


def first_at_least(items: Sequence[Any], wanted: Any) -> int:
    """The index of the first item that is not less than `wanted`; the length where there is none."""
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def index_of(items: Sequence[Any], wanted: Any) -> int:
    """The index of the first item that equals `wanted`, or -1."""
    place = first_at_least(items, wanted)
    if place == len(items) or items[place] != wanted:
        return -1
    return place


def nearest(items: Sequence[int], wanted: int) -> int:
    """The item with the smallest distance to `wanted`, the smaller of two; ValueError where there is none."""
    if not items:
        raise ValueError("no items")
    place = first_at_least(items, wanted)
    around = items[max(place - 1, 0) : place + 1]
    return min(around, key=lambda item: (abs(item - wanted), item))
