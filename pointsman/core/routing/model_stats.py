"""How a model has done lately: sums that fade with time, so that the past counts less the longer it is ago."""

from __future__ import annotations

import attrs

HALF_LIFE = 300.0
"""Seconds after which an observation counts half."""

_FORGOTTEN = 0.1


@attrs.frozen(kw_only=True)
class Sample:
    """One call: whether it went well, seconds to the first output and in all, and how much came.

    `fingerprint` is the model as the provider named it in its answer.
    """

    ok: bool
    seconds: float
    first_output: float | None = None
    output_tokens: int | None = None
    fingerprint: str = ""


@attrs.frozen(kw_only=True)
class Observed:
    """Faded sums as of the Unix time `at`; `calls` is the faded number of calls.

    `fingerprint` is how the provider named the model in its last answer; empty where there was none yet.
    """

    at: float = 0.0
    calls: float = 0.0
    errors: float = 0.0
    seconds: float = 0.0
    firsts: float = 0.0
    first_seconds: float = 0.0
    tokens: float = 0.0
    token_seconds: float = 0.0
    fingerprint: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is enough to go by; what is long ago is forgotten, and the model gets a new random."""
        return self.calls >= _FORGOTTEN

    @property
    def error_rate(self) -> float:
        """Failed calls of all, 0 to 1."""
        return self.errors / self.calls if self.calls else 0.0

    @property
    def first_output(self) -> float | None:
        """Mean seconds to the first output."""
        return self.first_seconds / self.firsts if self.firsts else None

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens a second, over the calls that told their tokens."""
        return self.tokens / self.token_seconds if self.token_seconds else None

    def expected_seconds(self, output_tokens: int) -> float | None:
        """How long an answer of so many tokens should take, longer where calls tend to fail; None where unknown."""
        if not self.is_known:
            return None
        good = self.calls - self.errors
        if good < _FORGOTTEN / 2:
            return FAILING
        speed, first = self.tokens_per_second, self.first_output
        mean = self.seconds / good
        by_speed = (first or 0.0) + output_tokens / speed if speed else mean
        return by_speed / max(0.01, 1.0 - self.error_rate)


FAILING = 3600.0
"""The expected seconds of a model that only fails."""

UNOBSERVED = Observed()


def fade(observed: Observed, now: float, half_life: float = HALF_LIFE) -> Observed:
    """`observed` as it counts at the time `now`."""
    passed = max(0.0, now - observed.at)
    if not observed.calls or not passed:
        return observed if observed.at >= now else attrs.evolve(observed, at=now)
    keep = 0.5 ** (passed / half_life)
    return Observed(
        at=now,
        calls=observed.calls * keep,
        errors=observed.errors * keep,
        seconds=observed.seconds * keep,
        firsts=observed.firsts * keep,
        first_seconds=observed.first_seconds * keep,
        tokens=observed.tokens * keep,
        token_seconds=observed.token_seconds * keep,
        fingerprint=observed.fingerprint,
    )


def observe(observed: Observed, sample: Sample, now: float, half_life: float = HALF_LIFE) -> Observed:
    """`observed` and one more call, at the time `now`. Only calls that went well say how fast the model is."""
    keep = 0.5 ** (max(0.0, now - observed.at) / half_life)
    at = max(now, observed.at)
    if not sample.ok:
        past = fade(observed, now, half_life)
        return attrs.evolve(past, calls=past.calls + 1, errors=past.errors + 1)
    first, tokens = sample.first_output, sample.output_tokens
    writing = sample.seconds - (first or 0.0)
    timed = tokens is not None and tokens > 0 and writing > 0
    return Observed(
        at=at,
        calls=observed.calls * keep + 1,
        errors=observed.errors * keep,
        seconds=observed.seconds * keep + sample.seconds,
        firsts=observed.firsts * keep + (first is not None),
        first_seconds=observed.first_seconds * keep + (first or 0.0),
        tokens=observed.tokens * keep + (tokens or 0 if timed else 0),
        token_seconds=observed.token_seconds * keep + (writing if timed else 0.0),
        fingerprint=sample.fingerprint or observed.fingerprint,
    )


def merge(one: Observed, other: Observed, now: float, half_life: float = HALF_LIFE) -> Observed:
    """What two have seen of a model, each its own calls, as if one had seen it all, at the time `now`."""
    first, second = fade(one, now, half_life), fade(other, now, half_life)
    return Observed(
        at=max(first.at, second.at),
        calls=first.calls + second.calls,
        errors=first.errors + second.errors,
        seconds=first.seconds + second.seconds,
        firsts=first.firsts + second.firsts,
        first_seconds=first.first_seconds + second.first_seconds,
        tokens=first.tokens + second.tokens,
        token_seconds=first.token_seconds + second.token_seconds,
        fingerprint=first.fingerprint or second.fingerprint,
    )
