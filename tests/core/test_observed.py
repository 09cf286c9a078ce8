"""How a model has done lately: the faded sums against their closed form."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.routing.model_stats import FAILING, HALF_LIFE, UNOBSERVED, Observed, Sample, fade, observe

samples = st.builds(
    Sample,
    ok=st.booleans(),
    seconds=st.floats(0.1, 100),
    first_output=st.none() | st.floats(0, 0.05),
    output_tokens=st.none() | st.integers(0, 1000),
)
calls = st.lists(st.tuples(st.floats(0, 1000), samples), max_size=12)


def after(found: list[tuple[float, Sample]], start: float = 1000.0) -> tuple[Observed, list[float]]:
    """What is known after the calls, each so many seconds after the one before, and when they were."""
    now, observed, times = start, UNOBSERVED, []
    for step, sample in found:
        now += step
        times.append(now)
        observed = observe(observed, sample, now)
    return observed, times


@given(calls)
def test_every_sum_is_that_of_the_calls_each_halved_by_its_age(found: list[tuple[float, Sample]]) -> None:
    observed, times = after(found)
    pairs = [(0.5 ** ((times[-1] - time) / HALF_LIFE), s) for time, (_, s) in zip(times, found, strict=True)]
    good = [(weight, s) for weight, s in pairs if s.ok]
    first = [(weight, s.first_output) for weight, s in good if s.first_output is not None]
    timed = [(weight, s, s.output_tokens) for weight, s in good if s.output_tokens]
    assert observed.calls == pytest.approx(sum(weight for weight, _ in pairs))
    assert observed.errors == pytest.approx(sum(weight for weight, s in pairs if not s.ok))
    assert observed.seconds == pytest.approx(sum(weight * s.seconds for weight, s in good))
    assert observed.firsts == pytest.approx(sum(weight for weight, _ in first))
    assert observed.first_seconds == pytest.approx(sum(weight * seconds for weight, seconds in first))
    assert observed.tokens == pytest.approx(sum(weight * tokens for weight, _, tokens in timed))
    spent = sum(weight * (s.seconds - (s.first_output or 0.0)) for weight, s, _ in timed)
    assert observed.token_seconds == pytest.approx(spent)


@given(calls, st.floats(0, 2000), st.floats(0, 2000))
def test_fading_in_two_steps_is_fading_in_one(found: list[tuple[float, Sample]], first: float, second: float) -> None:
    observed, _ = after(found)
    at = observed.at
    twice = attrs.astuple(fade(fade(observed, at + first), at + first + second))
    assert twice == pytest.approx(attrs.astuple(fade(observed, at + first + second)))


@given(calls, st.floats(0, 5000))
def test_time_alone_changes_no_mean_and_no_share(found: list[tuple[float, Sample]], step: float) -> None:
    observed, _ = after(found)
    later = fade(observed, observed.at + step)
    assert later.error_rate == pytest.approx(observed.error_rate)
    assert later.first_output == pytest.approx(observed.first_output)
    assert later.tokens_per_second == pytest.approx(observed.tokens_per_second)


def test_after_one_half_life_an_observation_counts_half() -> None:
    once = observe(UNOBSERVED, Sample(ok=True, seconds=8.0), 50.0)
    assert fade(once, 50.0 + HALF_LIFE) == Observed(at=50.0 + HALF_LIFE, calls=0.5, seconds=4.0)


@given(calls, st.floats(1, 500), samples)
def test_a_clock_that_goes_back_neither_ages_nor_rejuvenates(
    found: list[tuple[float, Sample]], back: float, sample: Sample
) -> None:
    observed, _ = after(found)
    assert fade(observed, observed.at - back) == observed
    late = observe(observed, sample, observed.at - back)
    assert late.at == observed.at
    assert late.calls == observed.calls + 1


def test_what_is_long_ago_is_forgotten() -> None:
    once = observe(UNOBSERVED, Sample(ok=True, seconds=8.0), 0.0)
    assert fade(once, 3 * HALF_LIFE).is_known
    assert not fade(once, 4 * HALF_LIFE).is_known
    assert fade(once, 4 * HALF_LIFE).expected_seconds(100) is None


@pytest.mark.parametrize(
    ("observed", "tokens", "expected"),
    [
        (UNOBSERVED, 100, None),
        (Observed(calls=2, seconds=6.0), 100, 3.0),
        (Observed(calls=2, seconds=6.0), 9, 3.0),
        (Observed(calls=2, seconds=6.0, tokens=100, token_seconds=5.0), 200, 10.0),
        (Observed(calls=2, seconds=6.0, firsts=2, first_seconds=1.0, tokens=100, token_seconds=5.0), 200, 10.5),
        (Observed(calls=4, errors=2, seconds=6.0), 100, 6.0),
        (Observed(calls=3, errors=3), 100, FAILING),
    ],
)
def test_the_expected_time_by_table(observed: Observed, tokens: int, expected: float | None) -> None:
    assert observed.expected_seconds(tokens) == expected


def test_nothing_observed_has_no_rates() -> None:
    assert UNOBSERVED.error_rate == 0.0
    assert UNOBSERVED.first_output is None
    assert UNOBSERVED.tokens_per_second is None


@given(calls)
def test_a_share_stays_a_share(found: list[tuple[float, Sample]]) -> None:
    observed, _ = after(found)
    assert 0.0 <= observed.error_rate <= 1.0 + 1e-9
    expected = observed.expected_seconds(100)
    assert expected is None or expected > 0
