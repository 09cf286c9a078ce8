"""Token counts in one normal form. None means unknown, which is not zero, and sums keep the mark."""

from __future__ import annotations

from decimal import Decimal

import attrs


@attrs.frozen
class Usage:
    """Tokens of one answer, or of several summed.

    `input` is everything read, with `cached_input` (read from the provider's cache) and `cache_write` (written to it)
    as parts of it; `output` is everything written, with `reasoning` as a part of it. `estimated` marks a count that
    the provider did not give. `cache_write_1h` is the part of `cache_write` that was written to be kept for an hour
    instead of five minutes, which costs more. `audio_input` is the part of `input`, and `audio_output` that of
    `output`, that is sound. `told_cost` is what the provider itself says the answer cost, in US dollars.
    """

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    cache_write_1h: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    told_cost: Decimal | None = None

    @property
    def total(self) -> int | None:
        """Input and output together, unknown if either is."""
        return None if self.input is None or self.output is None else self.input + self.output

    def midway(self) -> Usage:
        """As it was told while the answer was being written: what was read stands, what was written is more by now."""
        return attrs.evolve(self, output=None, reasoning=None, audio_output=None, told_cost=None)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            add(self.input, other.input),
            add(self.output, other.output),
            add(self.cached_input, other.cached_input),
            add(self.cache_write, other.cache_write),
            add(self.reasoning, other.reasoning),
            self.estimated or other.estimated,
            add(self.cache_write_1h, other.cache_write_1h),
            _add_known(self.audio_input, other.audio_input),
            _add_known(self.audio_output, other.audio_output),
            None if self.told_cost is None or other.told_cost is None else self.told_cost + other.told_cost,
        )


def add(first: int | None, second: int | None) -> int | None:
    """The sum, unknown if either is."""
    return None if first is None or second is None else first + second


def _add_known(first: int | None, second: int | None) -> int | None:
    """The sum of what is known: who says nothing of sound has none."""
    return None if first is None and second is None else (first or 0) + (second or 0)


def difference(whole: int | None, part: int | None) -> int | None:
    """`whole` without `part`, at least 0; an unknown part takes nothing away."""
    return None if whole is None else max(0, whole - (part or 0))


NOTHING = Usage(0, 0, 0, 0, 0, cache_write_1h=0)
UNKNOWN = Usage()
