"""Pairs and groups of numbers by their sum and difference, in one pass each.

Topics: counting, dictionaries
"""

from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence


def count_pairs(numbers: Iterable[int], total: int) -> int:
    """How many pairs of different places have the sum `total`."""
    seen: dict[int, int] = {}
    pairs = 0
    for number in numbers:
        pairs += seen.get(total - number, 0)
        seen[number] = seen.get(number, 0) + 1
    return pairs


def first_twice(items: Iterable[Hashable]) -> Hashable | None:
    """The first item that equals an earlier one; None where all differ. Reads no further."""
    seen: set[Hashable] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None


def missing(wanted: Iterable[Hashable], present: Iterable[Hashable]) -> list[Hashable]:
    """The items of `wanted` that are not in `present`, in their order, each once."""
    there = set(present)
    found = []
    for item in wanted:
        if item not in there:
            there.add(item)
            found.append(item)
    return found


def sums_of_window(numbers: Sequence[int], size: int) -> Iterator[int]:
    """The sum of every `size` neighbours."""
    if size < 1:
        raise ValueError("a window has at least one number")
    window: deque[int] = deque()
    total = 0
    for number in numbers:
        window.append(number)
        total += number
        if len(window) > size:
            total -= window.popleft()
        if len(window) == size:
            yield total


def most_common_gap(numbers: Iterable[int]) -> int | None:
    """The difference of neighbours that occurs most, the smallest of several; None with fewer than two numbers."""
    ordered = sorted(numbers)
    gaps = Counter(later - earlier for earlier, later in zip(ordered, ordered[1:], strict=False))
    return min(gaps, key=lambda gap: (-gaps[gap], gap), default=None)
