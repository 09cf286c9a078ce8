"""How far words are apart, which known word was meant, and the steps between two words.

Topics: text, recursion, search
"""

from collections.abc import Callable, Iterable
from functools import cache


def equal_cost(one: str, other: str) -> int:
    """0 for equal letters, else 1."""
    return 0 if one == other else 1


def distance(left: str, right: str, cost: Callable[[str, str], int] = equal_cost) -> int:
    """The cheapest way to make one word of the other; a letter more or less costs 1, another letter `cost`."""

    @cache
    def rest(first: int, second: int) -> int:
        if first == len(left):
            return len(right) - second
        if second == len(right):
            return len(left) - first
        return min(
            rest(first + 1, second) + 1,
            rest(first, second + 1) + 1,
            rest(first + 1, second + 1) + cost(left[first], right[second]),
        )

    return rest(0, 0)


def within(left: str, right: str, limit: int) -> bool:
    """Whether the distance is at most the limit; most words are told apart by their lengths alone."""
    if abs(len(left) - len(right)) > limit:
        return False
    row = list(range(len(right) + 1))
    for count, letter in enumerate(left, start=1):
        last, row = row, [count]
        for place, other in enumerate(right, start=1):
            row.append(min(last[place] + 1, row[-1] + 1, last[place - 1] + (letter != other)))
        if min(row) > limit:
            return False
    return row[-1] <= limit


def suggest(word: str, known: Iterable[str], limit: int = 2, count: int = 3) -> list[str]:
    """Known words that are near, the nearest first, equal ones by alphabet; the word itself if it is known."""
    words = set(known)
    if word in words:
        return [word]
    near = [
        (distance(word.lower(), other.lower()), other) for other in words if within(word.lower(), other.lower(), limit)
    ]
    return [other for _, other in sorted(near)[:count]]
