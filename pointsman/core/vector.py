"""Vectors and how alike they are. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul


def unit(vector: Sequence[float]) -> tuple[float, ...]:
    """`vector` at length 1, so that `cosine` is a mere sum; one of length 0 stays."""
    length = math.sqrt(sum(map(mul, vector, vector)))
    return tuple(value / length for value in vector) if length else tuple(vector)


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    """How alike two unit vectors are, -1 to 1; those of different models (other dimensions) are not alike at all."""
    return sum(map(mul, first, second)) if len(first) == len(second) else -1.0
