"""Paired differences: the interval covers, equal models are seldom told apart, and the same rows say the same."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.evaluation.resampling import cases_to_show, holm, paired_difference

_values = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.lists(st.sampled_from([-1.0, 0.0, 1.0])))


def world(seed: int, programs: int, each: int, first: float, second: float) -> dict[str, list[float]]:
    """Differences of two models whose luck depends on the program too, as it does for real ones."""
    chance = random.Random(seed)
    found: dict[str, list[float]] = {}
    for program in range(programs):
        shared, own = chance.gauss(0, 1.0), chance.gauss(0, 0.8)

        def share(base: float, luck: float) -> float:
            return 1 / (1 + math.exp(-(math.log(base / (1 - base)) + luck)))

        a, b = share(first, shared + own / 2), share(second, shared - own / 2)
        found[f"p{program}"] = [float(chance.random() < a) - float(chance.random() < b) for _ in range(each)]
    return found


def test_equal_models_seem_different_no_more_often_than_is_said() -> None:
    found = [paired_difference(world(seed, 20, 4, 0.7, 0.7), str(seed), draws=400) for seed in range(200)]
    assert sum(one.p < 0.05 for one in found) <= 16
    outside = sum(not (one.interval.low or 0) <= 0 <= (one.interval.high or 0) for one in found)
    assert outside <= 16


def test_a_large_difference_is_shown() -> None:
    found = [paired_difference(world(seed, 50, 4, 0.8, 0.6), str(seed), draws=400) for seed in range(40)]
    assert sum(one.p < 0.05 and (one.interval.low or 0) > 0 for one in found) >= 34


@settings(max_examples=60, deadline=None)
@given(_values)
def test_it_is_bounded_and_holds_its_mean(by_program: dict[str, list[float]]) -> None:
    found = paired_difference(by_program, draws=200)
    assert 0 < found.p <= 1
    assert found.cases == sum(map(len, by_program.values()))
    mean, low, high = found.interval.mean, found.interval.low, found.interval.high
    if low is not None and mean is not None and high is not None:
        assert -1 <= low <= mean + 1e-9
        assert mean - 1e-9 <= high <= 1


@settings(max_examples=30, deadline=None)
@given(_values)
def test_the_other_way_round_it_is_the_opposite(by_program: dict[str, list[float]]) -> None:
    found = paired_difference(by_program, draws=200)
    turned = paired_difference({name: [-one for one in values] for name, values in by_program.items()}, draws=200)
    assert turned.p == found.p
    if found.interval.mean is not None:
        assert turned.interval.mean == pytest.approx(-found.interval.mean)


def test_the_same_rows_in_another_order_give_the_same() -> None:
    rows = world(3, 15, 4, 0.7, 0.5)
    assert paired_difference(rows, "s") == paired_difference(dict(reversed(rows.items())), "s")


def test_few_programs_never_show_anything() -> None:
    """Five programs, one model right in all and the other in none: by chance that is one of 16."""
    found = paired_difference({f"p{number}": [1.0, 1.0] for number in range(5)})
    assert found.p == pytest.approx(1 / 16)


def test_where_no_case_differs_a_difference_is_still_possible() -> None:
    found = paired_difference({f"p{number}": [0.0] for number in range(10)})
    assert found.p == 1
    assert found.interval.high == pytest.approx(0.278, abs=0.01)
    assert (found.interval.low or 0) < 0


def test_holm_makes_p_values_larger_for_their_number() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_never_lowers_and_keeps_the_order(values: dict[str, float]) -> None:
    adjusted = holm(values)
    assert all(values[name] <= adjusted[name] <= 1 for name in values)
    ordered = sorted(values, key=lambda name: values[name])
    assert [adjusted[name] for name in ordered] == sorted(adjusted.values())


def test_the_cases_that_are_said_to_show_a_gap_do_so() -> None:
    """Planned from a small run, a run of that size sees a gap of 20 points most of the time."""
    needed = cases_to_show(paired_difference(world(1, 40, 4, 0.7, 0.6), draws=400), 0.2)
    assert needed is not None
    assert 60 <= needed <= 250
    found = [paired_difference(world(seed, needed // 4, 4, 0.8, 0.6), str(seed), draws=400) for seed in range(40)]
    assert sum(one.p < 0.05 for one in found) >= 24
    assert cases_to_show(found[0], 0.0) is None
