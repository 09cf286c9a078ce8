"""Paired differences between two models, program by program: bootstrap interval and sign-flip test. Pure.

Cases of one program go well or badly together, so that programs are drawn and not cases: with single cases, equal
models seemed different in 12 of 100 runs instead of 5. Random numbers come from a hash, so that the same rows give the
same interval everywhere.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping, Sequence
from itertools import compress

import attrs

from pointsman.core.interval import Z95, Interval, proportion, student

DRAWS = 4000
"""Of the bootstrap and of the test: enough for the third digit of a p-value."""


@attrs.frozen(kw_only=True)
class PairedDifference:
    """How much larger the share of the first model is than that of the second, on the same cases.

    `p` is the chance of a difference at least as large between equal models. `deviation` is that of the difference for
    a single program, as if each had its mean number of cases; with it `cases_to_show` says what more cases would do.
    """

    interval: Interval
    p: float
    cases: int
    programs: int
    deviation: float

    @property
    def half_width(self) -> float | None:
        """The larger distance from the difference to a bound of its interval."""
        mean, low, high = self.interval.mean, self.interval.low, self.interval.high
        return None if mean is None or low is None or high is None else max(high - mean, mean - low)


def paired_difference(
    by_program: Mapping[str, Sequence[float]], seed: str = "", draws: int = DRAWS
) -> PairedDifference:
    """The difference whose single values (first minus second, -1 to 1, one a case) are given by program.

    The bootstrap's spread is widened by Student's t for few programs. Where no case differs, the bound is that of a
    share of none among so many programs.
    """
    programs = [by_program[name] for name in sorted(by_program) if by_program[name]]
    cases, count = sum(map(len, programs)), len(programs)
    if count < 2:
        mean = math.fsum(programs[0]) / cases if cases else None
        return PairedDifference(interval=Interval(mean), p=1.0, cases=cases, programs=count, deviation=0.0)
    sums, sizes = [math.fsum(values) for values in programs], [float(len(values)) for values in programs]
    mean = math.fsum(sums) / cases
    deviation = _deviation(sums, sizes, mean)
    if not any(sums):
        bound = proportion(0, count).high or 1.0
        return PairedDifference(
            interval=Interval(mean, -bound, bound), p=1.0, cases=cases, programs=count, deviation=deviation
        )
    low, high = _bootstrap(sums, sizes, mean, seed, draws)
    p = _sign_flip(sums, seed, draws)
    return PairedDifference(interval=Interval(mean, low, high), p=p, cases=cases, programs=count, deviation=deviation)


def _deviation(sums: Sequence[float], sizes: Sequence[float], mean: float) -> float:
    """Of the difference of one program; the mean of several has it divided by the root of their number."""
    usual = math.fsum(sizes) / len(sizes)
    residues = [(total - size * mean) / usual for total, size in zip(sums, sizes, strict=True)]
    return math.sqrt(math.fsum(value * value for value in residues) / (len(sums) - 1))


def _bootstrap(
    sums: Sequence[float], sizes: Sequence[float], mean: float, seed: str, draws: int
) -> tuple[float, float]:
    count = len(sums)
    numbers = _numbers(f"bootstrap|{seed}", draws * count)
    alike = len(set(sizes)) == 1
    means = []
    for start in range(0, draws * count, count):
        picks = [number % count for number in numbers[start : start + count]]
        total = sum(map(sums.__getitem__, picks))
        size = sizes[0] * count if alike else sum(map(sizes.__getitem__, picks))
        means.append(total / size)
    means.sort()
    wider = math.sqrt(count / (count - 1)) * student(count - 1) / Z95
    low, high = means[int(0.025 * draws)], means[min(draws - 1, int(0.975 * draws))]
    return max(-1.0, mean - (mean - low) * wider), min(1.0, mean + (high - mean) * wider)


def _sign_flip(sums: Sequence[float], seed: str, draws: int) -> float:
    """How often the sum is as far from zero when each program could as well have the opposite sign.

    Between equal models that is so, whatever the programs are like, so that the test is exact.
    """
    values = [value for value in sums if value]
    count, total = len(values), math.fsum(values)
    furthest = abs(total) - 1e-9
    if count <= 11:
        subsets = [0.0]
        for value in values:
            subsets += [subset + value for subset in subsets]
        return sum(abs(total - 2 * subset) >= furthest for subset in subsets) / len(subsets)
    bits = bytes(_LOWEST_BIT[byte] for byte in range(256))
    signs = hashlib.shake_256(f"signs|{seed}".encode()).digest(draws * count).translate(bits)
    hits = sum(
        abs(total - 2 * sum(compress(values, signs[start : start + count]))) >= furthest
        for start in range(0, draws * count, count)
    )
    return (hits + 1) / (draws + 1)


_LOWEST_BIT = tuple(byte & 1 for byte in range(256))


def _numbers(seed: str, count: int) -> Sequence[int]:
    """So many numbers below 2**32, evenly spread, the same for the same seed on every machine."""
    return struct.unpack(f"<{count}I", hashlib.shake_256(seed.encode()).digest(4 * count))


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """P-values made larger for their number, by Holm's steps: of all that are below 0.05, 5 % at most are by chance."""
    adjusted, highest = dict[str, float](), 0.0
    for place, name in enumerate(sorted(values, key=lambda one: (values[one], one))):
        highest = max(highest, min(1.0, values[name] * (len(values) - place)))
        adjusted[name] = highest
    return adjusted


_POWER = 0.8416212335729143
"""The 80 % point of the normal distribution."""


def cases_to_show(found: PairedDifference, gap: float) -> int | None:
    """How many cases in all would show a difference of `gap` four times of five; None where nothing is known of it."""
    if gap <= 0 or found.programs < 2:
        return None
    deviation = found.deviation or math.sqrt((proportion(0, found.programs).high or 1.0) / 2)
    programs = ((Z95 + _POWER) * deviation / gap) ** 2
    return math.ceil(programs * found.cases / found.programs)
