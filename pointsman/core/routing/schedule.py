"""When to go on, as a pure decision: schedules that compose. Knows no clock and no random; it is told of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

_MOST_DOUBLINGS = 60
"""Beyond it a growing delay grows no more, and no float overflows."""


@attrs.frozen
class Try:
    """What a schedule decides on: the try that has just ended."""

    number: int
    """Counted from 0."""
    outcome: object
    """Its error, for `retry`; its value, for `repeat`."""
    elapsed: float = 0.0
    """Seconds since the first try began."""
    random: float = 0.0
    """A random number of at least 0 and below 1."""


Delay: TypeAlias = Callable[[Try], float | None]
"""Seconds to wait before the next try, or None to stop."""


@attrs.frozen
class Schedule:
    """When to go on after a try, and after how long. A value, to be used many times; composes with `&` and `|`."""

    delay: Delay

    def both(self, other: Schedule) -> Schedule:
        """Goes on while both do, and waits the longer time; also written `a & b`."""

        def longer(ended: Try) -> float | None:
            one, two = self.delay(ended), other.delay(ended)
            return None if one is None or two is None else max(one, two)

        return Schedule(longer)

    def either(self, other: Schedule) -> Schedule:
        """Goes on while either does, and waits the shorter time; also written `a | b`."""

        def shorter(ended: Try) -> float | None:
            delays = (self.delay(ended), other.delay(ended))
            return min((delay for delay in delays if delay is not None), default=None)

        return Schedule(shorter)

    __and__ = both
    __or__ = either

    def jittered(self, part: float = 0.25) -> Schedule:
        """Each wait less up to `part` of itself, by random: many callers do not come back at one moment."""
        return self._map(lambda delay, ended: delay * (1 - part * ended.random))

    def at_most(self, seconds: float) -> Schedule:
        """No single wait is longer than that."""
        return self._map(lambda delay, ended: min(delay, seconds))

    def only_after(self, test: Callable[[object], bool]) -> Schedule:
        """Stops at the first error (of `retry`) or value (of `repeat`) that `test` says no to."""
        return Schedule(lambda ended: self.delay(ended) if test(ended.outcome) else None)

    def _map(self, change: Callable[[float, Try], float]) -> Schedule:
        def delay(ended: Try) -> float | None:
            own = self.delay(ended)
            return None if own is None else change(own, ended)

        return Schedule(delay)


def recurs(times: int) -> Schedule:
    """That many times more, without a wait."""
    return Schedule(lambda ended: 0.0 if ended.number < times else None)


def spaced(seconds: float) -> Schedule:
    """For ever, with that many seconds between an end and the next start."""
    return Schedule(lambda ended: seconds)


def exponential(first: float, factor: float = 2.0) -> Schedule:
    """For ever: `first` seconds, then each wait `factor` times the one before."""
    return Schedule(lambda ended: first * factor ** min(ended.number, _MOST_DOUBLINGS))


def up_to(seconds: float) -> Schedule:
    """As long as fewer seconds than that have passed since the first try began."""
    return Schedule(lambda ended: 0.0 if ended.elapsed < seconds else None)


def while_retryable() -> Schedule:
    """What the error itself says: stops where no retry can help (`retryable`), waits what it asks for (`retry_after`).

    An error that says nothing of either, such as one of your own, is tried again without a wait.
    """
    return Schedule(_as_the_error_says)


def _as_the_error_says(ended: Try) -> float | None:
    if not getattr(ended.outcome, "retryable", True):
        return None
    return float(getattr(ended.outcome, "retry_after", None) or 0.0)


POLITE = (exponential(0.5).at_most(8.0).jittered() & recurs(2)) & while_retryable()
"""What pointsman itself does around a provider when the settings say nothing."""
