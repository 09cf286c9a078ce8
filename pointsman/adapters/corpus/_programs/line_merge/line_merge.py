"""Sorted sources merged into one, read no further than is asked for.

Topics: iterators, sorting, performance
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import islice


def merge(sources: Iterable[Iterable[int]]) -> Iterator[int]:
    """All numbers in order; of each source only one number more is read than was given away."""
    heads: list[tuple[int, int, Iterator[int]]] = []
    for number, source in enumerate(sources):
        iterator = iter(source)
        for head in iterator:
            heappush(heads, (head, number, iterator))
            break
    while heads:
        head, number, iterator = heappop(heads)
        yield head
        for following in iterator:
            if following < head:
                raise ValueError(f"source {number} is not sorted")
            heappush(heads, (following, number, iterator))
            break


def distinct(numbers: Iterable[int]) -> Iterator[int]:
    """Sorted numbers, each once."""
    last: int | None = None
    for number in numbers:
        if last is None or number != last:
            yield number
        last = number


def first(numbers: Iterable[int], count: int) -> list[int]:
    """The first numbers, fewer where there are not so many."""
    return list(islice(numbers, count))


def any_above(numbers: Iterable[int], limit: int, weigh: Callable[[int], int]) -> bool:
    """Whether the weight of any number is above `limit`; stops at the first."""
    return any(weigh(number) > limit for number in numbers)


def take_until(numbers: Iterable[int], stop: Callable[[int], bool]) -> list[int]:
    """The numbers before the first at which `stop` holds."""
    taken = []
    for number in numbers:
        if stop(number):
            break
        taken.append(number)
    return taken
