"""Sums from coins: the fewest coins, how many ways, and what a machine can give back.

Topics: money, recursion, algorithms
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache


class NoChange(ValueError):
    """The sum cannot be made of the coins."""


def fewest(amount: int, coins: Iterable[int]) -> list[int]:
    """The fewest coins for the amount, the largest first; raises NoChange."""
    values = sorted(set(coins), reverse=True)
    if amount < 0 or any(value <= 0 for value in values):
        raise ValueError("amounts and coins are positive")
    best: list[int | None] = [0] + [None] * amount
    last = [0] * (amount + 1)
    for total in range(1, amount + 1):
        for value in values:
            before = best[total - value] if value <= total else None
            now = best[total]
            if before is not None and (now is None or before + 1 < now):
                best[total] = before + 1
                last[total] = value
    if best[amount] is None:
        raise NoChange(str(amount))
    found = []
    while amount:
        found.append(last[amount])
        amount -= last[amount]
    return sorted(found, reverse=True)


def ways(amount: int, coins: Iterable[int]) -> int:
    """In how many ways the amount can be made, whatever the order."""
    values = tuple(sorted(set(coins)))

    @cache
    def count(left: int, kinds: int) -> int:
        if left == 0:
            return 1
        if left < 0 or kinds == 0:
            return 0
        return count(left, kinds - 1) + count(left - values[kinds - 1], kinds)

    return count(amount, len(values))


def give_back(amount: int, box: Mapping[int, int], used: Counter[int] | None = None) -> Counter[int]:
    """Coins from a box that has so many of each, large ones first where that works; raises NoChange."""
    used = Counter() if used is None else used
    for value in sorted(box, reverse=True):
        if amount and value <= amount and used[value] < box[value]:
            more = Counter(used)
            more[value] += 1
            try:
                return give_back(amount - value, box, more)
            except NoChange:
                continue
    if amount:
        raise NoChange(str(amount))
    return used
