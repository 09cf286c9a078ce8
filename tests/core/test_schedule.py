"""When to go on: what schedules say by themselves, and what they say together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pointsman import AuthenticationFailed, ModelUnavailable, RateLimitExceeded
from pointsman.core.routing.schedule import (
    POLITE,
    Schedule,
    Try,
    exponential,
    recurs,
    spaced,
    up_to,
    while_retryable,
)

NUMBERS = st.floats(0, 1e6)
TRIES = st.builds(Try, st.integers(0, 2000), st.none(), NUMBERS, st.floats(0, 1, exclude_max=True))
LEAVES = st.one_of(
    st.builds(recurs, st.integers(0, 10)),
    st.builds(spaced, NUMBERS),
    st.builds(exponential, NUMBERS),
    st.builds(up_to, NUMBERS),
)
SCHEDULES = st.recursive(
    LEAVES, lambda inner: st.one_of(inner.map(Schedule.jittered), st.builds(Schedule.both, inner, inner))
)


def delays(schedule: Schedule, *, tries: int = 5, random: float = 0.0) -> list[float | None]:
    return [schedule.delay(Try(number, None, number * 10.0, random)) for number in range(tries)]


def test_each_says_when_to_go_on() -> None:
    assert delays(recurs(2)) == [0, 0, None, None, None]
    assert delays(spaced(7.0)) == [7.0] * 5
    assert delays(exponential(0.5)) == [0.5, 1, 2, 4, 8]
    assert delays(exponential(1.0, 3.0).at_most(10.0)) == [1, 3, 9, 10, 10]
    assert delays(up_to(25.0)) == [0, 0, 0, None, None]
    assert exponential(1.0).delay(Try(5000, None)) is not None


def test_jitter_takes_a_part_away() -> None:
    assert delays(spaced(8.0).jittered(0.5), random=0.5) == [6.0] * 5


def test_both_go_on_together_and_either_alone() -> None:
    assert delays(spaced(5.0) & recurs(2)) == [5, 5, None, None, None]
    assert delays(spaced(5.0) | recurs(2)) == [0, 0, 5, 5, 5]


def test_it_can_look_at_the_outcome() -> None:
    polling = spaced(1.0).only_after(lambda value: value == "queued")
    assert polling.delay(Try(0, "queued")) == 1.0
    assert polling.delay(Try(0, "done")) is None


def test_errors_say_whether_and_when() -> None:
    assert while_retryable().delay(Try(0, RateLimitExceeded(retry_after=9.0))) == 9.0
    assert while_retryable().delay(Try(0, ModelUnavailable())) == 0.0
    assert while_retryable().delay(Try(0, AuthenticationFailed())) is None
    assert while_retryable().delay(Try(0, "an error of one's own")) == 0.0
    assert POLITE.delay(Try(0, RateLimitExceeded(retry_after=9.0), random=0.9)) == 9.0
    assert POLITE.delay(Try(2, ModelUnavailable())) is None


@given(SCHEDULES, SCHEDULES, SCHEDULES, TRIES)
def test_composition_has_the_laws_of_a_lattice(a: Schedule, b: Schedule, c: Schedule, ended: Try) -> None:
    assert (a & b).delay(ended) == (b & a).delay(ended)
    assert (a | b).delay(ended) == (b | a).delay(ended)
    assert ((a & b) & c).delay(ended) == (a & (b & c)).delay(ended)
    assert ((a | b) | c).delay(ended) == (a | (b | c)).delay(ended)
    assert (a & a).delay(ended) == a.delay(ended) == (a | a).delay(ended)
    assert (a | (a & b)).delay(ended) == a.delay(ended) == (a & (a | b)).delay(ended)


@given(SCHEDULES, TRIES)
def test_no_wait_is_negative_and_at_most_is_kept_to(schedule: Schedule, ended: Try) -> None:
    delay = schedule.at_most(3.0).delay(ended)
    assert delay is None or 0 <= delay <= 3.0
