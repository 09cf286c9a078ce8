"""Shares and means with the bounds between which they lie with 95 % confidence. Pure; knows not of what."""

from __future__ import annotations

import math

import attrs


@attrs.frozen
class Interval:
    """A mean and the bounds between which it lies with 95 % confidence; None where nothing can be said."""

    mean: float | None = None
    low: float | None = None
    high: float | None = None


Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: 95 % lie between minus this and this."""


def proportion(good: float, total: float) -> Interval:
    """A share with its Wilson score interval, which is honest also for few calls and for shares near 0 and 1.

    The numbers need not be whole: cases that are not independent count as fewer than they are.
    """
    if not total:
        return Interval()
    share, square = good / total, Z95 * Z95
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = Z95 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return Interval(share, max(0.0, centre - spread), min(1.0, centre + spread))


def mean_interval(values: list[float]) -> Interval:
    """A mean with its interval by Student's t; no bounds for fewer than two values."""
    count = len(values)
    if not count:
        return Interval()
    mean = math.fsum(values) / count
    if count < 2:
        return Interval(mean)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    spread = student(count - 1) * deviation / math.sqrt(count)
    return Interval(mean, mean - spread, mean + spread)


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t with `freedom` degrees of freedom, at least 1.

    By the first terms of its Cornish-Fisher expansion; small ones by table.
    """
    if freedom <= len(_SMALL):
        return _SMALL[freedom - 1]
    z, n = Z95, freedom
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n * n)


_SMALL = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
