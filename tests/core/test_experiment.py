"""Experiments: who gets which variant, what a variant changes, and what may be said of the results."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.chat.message import assistant, system, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.interval import Interval, mean_interval, proportion
from pointsman.core.money.cost import UNKNOWN_COST, Cost
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.routing.experiment import (
    Experiment,
    Variant,
    apply_variant,
    assign_variant,
    concerns,
    results,
)

A, B, C = Variant(name="a", weight=1.0), Variant(name="b", weight=3.0), Variant(name="c", weight=0.0)
KEYS = [f"caller {number}" for number in range(10_000)]


@given(st.text(max_size=20), st.floats(0, 1), st.lists(st.floats(-1, 5), max_size=4))
def test_the_same_caller_always_gets_the_same_variant(key: str, share: float, weights: list[float]) -> None:
    variants = tuple(Variant(name=str(n), weight=weight) for n, weight in enumerate(weights))
    first = assign_variant(Experiment(name="e", variants=variants, share=share), key)
    assert first == assign_variant(Experiment(name="e", variants=tuple(variants), share=share), key)
    assert first is None or (first in variants and first.weight > 0)


def test_callers_are_shared_out_by_the_weights() -> None:
    experiment = Experiment(name="e", variants=(A, C, B))
    found = Counter(variant.name for key in KEYS if (variant := assign_variant(experiment, key)))
    assert sum(found.values()) == len(KEYS)
    assert found["b"] == pytest.approx(7500, abs=130)
    assert found["c"] == 0


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.1, 1000), (0.5, 5000), (1.0, 10_000)])
def test_so_many_of_the_callers_take_part(share: float, expected: int) -> None:
    experiment = Experiment(name="e", variants=(A, B), share=share)
    found = sum(assign_variant(experiment, key) is not None for key in KEYS)
    assert found == pytest.approx(expected, abs=0 if share in (0.0, 1.0) else 150)


def test_who_takes_part_in_a_small_share_takes_part_in_a_larger_one_with_the_same_variant() -> None:
    small, large = (Experiment(name="e", variants=(A, B), share=share) for share in (0.2, 0.7))
    for key in KEYS[:2000]:
        variant = assign_variant(small, key)
        assert variant is None or assign_variant(large, key) == variant


def test_taking_part_and_the_variant_are_independent_and_so_are_two_experiments() -> None:
    half = Experiment(name="e", variants=(A, attrs.evolve(B, weight=1.0)), share=0.5)
    other = attrs.evolve(half, name="f", share=1.0)
    taking_part = [key for key in KEYS if assign_variant(half, key)]
    found = Counter((assign_variant(half, key) or A).name for key in taking_part)
    assert found["a"] / len(taking_part) == pytest.approx(0.5, abs=0.03)
    both = sum((assign_variant(half, key) or A).name == (assign_variant(other, key) or A).name for key in taking_part)
    assert both / len(taking_part) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(name="e"),
        Experiment(name="e", variants=(C,)),
        Experiment(name="e", variants=(Variant(name="x", weight=-1.0),)),
        Experiment(name="e", variants=(A, B), enabled=False),
    ],
)
def test_nobody_takes_part_where_there_is_nothing_to_take_part_in(experiment: Experiment) -> None:
    assert {assign_variant(experiment, key) for key in KEYS[:100]} == {None}


@pytest.mark.parametrize(
    ("experiment", "task", "expected"),
    [
        (Experiment(name="e"), None, True),
        (Experiment(name="e"), "analysis", True),
        (Experiment(name="e", task="analysis"), "analysis", True),
        (Experiment(name="e", task="analysis"), "general", False),
        (Experiment(name="e", task="analysis"), None, False),
        (Experiment(name="e", enabled=False), None, False),
    ],
)
def test_an_experiment_concerns_the_requests_of_its_task(
    experiment: Experiment, task: str | None, expected: bool
) -> None:
    assert concerns(experiment, ChatRequest("m", (), options=CallOptions(task=task))) is expected


REQUEST = ChatRequest(
    "m",
    (system("be brief"), user("hello"), assistant("hi"), system("and kind"), user("so?")),
    temperature=0.5,
    max_tokens=10,
    seed=3,
)


@pytest.mark.parametrize(
    ("variant", "changed"),
    [
        (Variant(name="v"), {}),
        (Variant(name="v", model="n"), {"model": "n"}),
        (Variant(name="v", temperature=0.0), {"temperature": 0.0}),
        (Variant(name="v", max_tokens=99), {"max_tokens": 99}),
        (
            Variant(name="v", system="be long"),
            {"messages": (system("be long"), user("hello"), assistant("hi"), user("so?"))},
        ),
        (
            Variant(name="v", system=""),
            {"messages": (system(""), user("hello"), assistant("hi"), user("so?"))},
        ),
        (
            Variant(name="v", model="n", temperature=1.0, max_tokens=1),
            {"model": "n", "temperature": 1.0, "max_tokens": 1},
        ),
    ],
)
def test_a_variant_replaces_only_what_it_gives(variant: Variant, changed: dict[str, object]) -> None:
    found, before = attrs.asdict(apply_variant(REQUEST, variant), recurse=False), attrs.asdict(REQUEST, recurse=False)
    assert found == {**before, **changed}


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_the_interval_of_a_share_is_wilsons(good: int, total: int, low: float, high: float) -> None:
    """The first four are the worked examples of Newcombe, Statistics in Medicine 17 (1998), p. 857-872, table I."""
    found = proportion(good, total)
    assert found.mean == good / total
    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_bounds_of_a_share_solve_wilsons_equation(good: int, more: int) -> None:
    total = good + more
    found = proportion(good, total)
    assert found.mean is not None
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= 1.0
    for bound in (found.low, found.high):
        away = abs(found.mean - bound)
        assert away == pytest.approx(1.9599639845 * math.sqrt(bound * (1 - bound) / total), abs=1e-6)


def test_of_nothing_nothing_can_be_said() -> None:
    assert proportion(0, 0) == Interval()
    assert mean_interval([]) == Interval()
    assert mean_interval([3.5]) == Interval(3.5)


STUDENT = {1: 12.7062, 2: 4.3027, 5: 2.5706, 10: 2.2281, 11: 2.2010, 15: 2.1314, 20: 2.0860, 30: 2.0423, 60: 2.0003}
"""The 97.5 % points as any table has them."""


@pytest.mark.parametrize(("freedom", "point"), [*STUDENT.items(), (120, 1.9799), (1000, 1.9623)])
def test_the_interval_of_a_mean_is_students(freedom: int, point: float) -> None:
    count = freedom + 1
    values = [float(number) for number in range(count)]
    deviation = math.sqrt(count * (count + 1) / 12)
    found = mean_interval(values)
    assert found.mean == pytest.approx(freedom / 2)
    assert found.low is not None
    assert found.high is not None
    assert found.high - freedom / 2 == pytest.approx(freedom / 2 - found.low)
    assert (found.high - found.low) / 2 == pytest.approx(point * deviation / math.sqrt(count), rel=1.2e-3)


def test_the_intervals_factor_falls_with_every_value_more() -> None:
    def factor(count: int) -> float:
        """Half the width for values of which half are 0 and half are 1, by their standard error."""
        found = mean_interval([float(number % 2) for number in range(2 * count)])
        assert found.high is not None
        return (found.high - 0.5) / math.sqrt(0.25 / (2 * count - 1))

    factors = [factor(count) for count in range(1, 60)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] > 1.96


def a_record(
    name: str, variant: str, outcome: str = "ok", ms: float = 10.0, cost: Cost = UNKNOWN_COST, attempts: int = 1
) -> UsageRecord:
    return UsageRecord(
        id="x",
        time=0.0,
        experiment=name,
        variant=variant,
        outcome=outcome,
        latency_ms=ms,
        cost=cost,
        attempts=attempts,
    )


def test_results_count_each_variant_by_itself_and_only_what_belongs_to_an_experiment() -> None:
    records = [
        a_record("e", "b", ms=10.0, cost=Cost(Decimal("0.5"))),
        a_record("e", "b", ms=30.0, cost=Cost(Decimal("0.1"), False)),
        a_record("e", "b", outcome="NetworkError", ms=9999.0),
        a_record("e", "a"),
        a_record("d", "b", outcome="Cancelled"),
        a_record("", "b"),
    ]
    found = results(records)
    assert [(row.experiment, row.variant, row.calls, row.priced) for row in found] == [
        ("d", "b", 0, 0),
        ("e", "a", 1, 0),
        ("e", "b", 3, 1),
    ]
    assert found[0].success == proportion(0, 0)
    assert found[2].success == proportion(2, 3)
    assert found[2].latency_ms == mean_interval([10.0, 30.0])
    assert found[2].dollars == Interval(0.5)
    assert found[0].latency_ms == Interval()


def test_what_we_refused_and_what_the_caller_left_says_nothing_of_a_variant() -> None:
    good = [a_record("e", "a", cost=Cost(Decimal("0.5"))) for _ in range(3)]
    refused = ("BudgetExceeded", "RateLimitExceeded")
    ours = [a_record("e", "a", outcome=tag, attempts=0, cost=Cost(Decimal(0))) for tag in refused]
    left = [a_record("e", "a", outcome="Cancelled", attempts=1, cost=Cost(Decimal(0)))]
    (row,) = results([*good, *ours, *left])
    assert (row.calls, row.success.mean, row.dollars.mean, row.priced) == (3, 1.0, 0.5, 3)
    theirs = a_record("e", "a", outcome="RateLimitExceeded", attempts=2)
    assert results([*good, theirs])[0].success.mean == 0.75
