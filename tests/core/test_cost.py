"""Costs: how dollars are written, sums that are exact and keep the mark, and what usage costs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost, dollars, from_picodollars
from pointsman.core.money.price import FREE_PRICE, Price, Rates, cost_of, highest_cost, rates_for

costs = st.builds(Cost, st.decimals(0, 10**6, places=12), st.booleans())
picodollars = st.integers(-(10**24), 10**24)
rates = st.decimals(0, 1000, places=4)
maybe_rates = st.builds(
    Rates,
    input=rates,
    output=rates,
    cached_input=st.none() | rates,
    cache_write=st.none() | rates,
    cache_write_1h=st.none() | rates,
)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "$0"),
        ("0.000", "$0"),
        ("1.5", "$1.50"),
        ("1", "$1.00"),
        ("0.1", "$0.10"),
        ("0.25", "$0.25"),
        ("0.123456", "$0.1235"),
        ("0.000041", "$0.000041"),
        ("0.00004149", "$0.00004149"),
        ("0.000041494", "$0.00004149"),
        ("0.000000000001", "$0.000000000001"),
        ("0.0000000000001", "$0.00"),
        ("12.3456", "$12.35"),
        ("1.23456", "$1.235"),
        ("0.99999", "$1.00"),
        ("1234.5", "$1,234.50"),
        ("1234567.891", "$1,234,567.89"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_dollars_are_written_with_as_many_decimals_as_are_telling(amount: str, written: str) -> None:
    assert dollars(Decimal(amount)) == written


@given(st.decimals("1e-9", 10**6, places=12))
def test_what_is_written_is_near_what_is_meant(amount: Decimal) -> None:
    shown = Decimal(dollars(amount).removeprefix("$").replace(",", ""))
    assert abs(shown - amount) <= max(amount * Decimal("0.0005"), Decimal("5e-13"))


@pytest.mark.parametrize(
    ("cost", "written"),
    [
        (FREE, "$0"),
        (UNKNOWN_COST, "unknown"),
        (Cost(Decimal("0.5")), "$0.50"),
        (Cost(Decimal("0.5"), False), "at least $0.50"),
    ],
)
def test_a_cost_says_whether_it_is_whole(cost: Cost, written: str) -> None:
    assert str(cost) == written


@given(picodollars, st.booleans())
def test_picodollars_there_and_back_are_the_same(value: int, complete: bool) -> None:
    cost = from_picodollars(value, complete)
    assert cost.picodollars == value
    assert cost.complete is complete
    assert Fraction(cost.amount) == Fraction(value, 10**12)


@given(costs)
def test_a_cost_there_and_back_is_the_same(cost: Cost) -> None:
    assert from_picodollars(cost.picodollars, cost.complete) == cost


@given(costs, costs, costs)
def test_sums_are_exact_in_any_order_and_keep_the_mark(first: Cost, second: Cost, third: Cost) -> None:
    total = first + second + third
    assert total == third + (second + first)
    assert total.picodollars == first.picodollars + second.picodollars + third.picodollars
    assert total.complete == all(cost.complete for cost in (first, second, third))
    assert (total.usd is None) == (not total.complete)


@given(costs)
def test_nothing_added_changes_nothing_and_the_unknown_added_leaves_only_the_mark(cost: Cost) -> None:
    assert cost + FREE == cost
    assert cost + UNKNOWN_COST == Cost(cost.amount, False)


TIERED = Price(
    rates=Rates(input=Decimal(2), output=Decimal(8), cached_input=Decimal("0.5")),
    above=((1000, Rates(input=Decimal(4), output=Decimal(16))), (5000, Rates(input=Decimal(6), output=Decimal(24)))),
)


@pytest.mark.parametrize(("tokens", "rate"), [(0, 2), (1000, 2), (1001, 4), (5000, 4), (5001, 6), (10**9, 6)])
def test_larger_inputs_have_the_rates_above(tokens: int, rate: int) -> None:
    assert rates_for(TIERED, tokens).input == rate


@pytest.mark.parametrize(
    ("price", "usage", "expected"),
    [
        (None, Usage(1, 1, 0, 0, 0), UNKNOWN_COST),
        (FREE_PRICE, UNKNOWN, FREE),
        (TIERED, Usage(1000, 100, 0, 0, 0), Cost(Decimal("0.0028"))),
        (TIERED, Usage(1000, 100, 400, 100, 50), Cost(Decimal("0.0022"))),
        (TIERED, Usage(2000, 100, 0, 0, 0), Cost(Decimal("0.0096"))),
        (TIERED, Usage(None, 100), Cost(Decimal("0.0008"), False)),
        (TIERED, Usage(1000, None), Cost(Decimal("0.002"), False)),
        (TIERED, UNKNOWN, UNKNOWN_COST),
        (Price(rates=Rates(input=Decimal(2))), Usage(1000, 0, 0, 0, 0), Cost(Decimal("0.002"))),
        (Price(rates=Rates(input=Decimal(2))), Usage(1000, 1, 0, 0, 0), Cost(Decimal("0.002"), False)),
        (Price(rates=Rates()), Usage(0, 0, 0, 0, 0), FREE),
        (TIERED, Usage(10, 0, 20, 0, 0), Cost(Decimal("0.00001"))),
    ],
)
def test_what_usage_costs_by_table(price: Price | None, usage: Usage, expected: Cost) -> None:
    assert cost_of(price, usage) == expected


@given(maybe_rates, st.integers(0, 10**6), st.integers(0, 10**6), st.data())
def test_no_call_costs_more_than_the_most_that_was_reserved(
    found: Rates, read: int, written: int, data: st.DataObject
) -> None:
    cached = data.draw(st.integers(0, read))
    stored = data.draw(st.integers(0, read - cached))
    thought = data.draw(st.integers(0, written))
    hourly = data.draw(st.integers(0, stored))
    tier = data.draw(st.sampled_from([None, "fast"]))
    plain = attrs.evolve(found, cached_input=None)
    price = Price(rates=plain, tiers=(("fast", Price(rates=plain.times(data.draw(rates)))),))
    paid = cost_of(price, Usage(read, written, cached, stored, thought, cache_write_1h=hourly), tier)
    assert paid.complete
    assert paid.amount <= highest_cost(price, read, written, tier).amount


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (Rates(input=Decimal(1), cache_write=Decimal("1.25")), "0.2"),
        (Rates(input=Decimal(1), cache_write=Decimal("1.25"), cache_write_1h=Decimal(3)), "0.3"),
        (Rates(input=Decimal(1), cache_write=Decimal(4)), "0.4"),
        (Rates(input=Decimal(1)), "0.1"),
    ],
)
def test_writing_to_the_cache_for_an_hour_costs_twice_the_input_where_writing_is_priced(
    rates: Rates, expected: str
) -> None:
    usage = Usage(100_000, 0, 0, 100_000, 0, cache_write_1h=100_000)
    assert cost_of(Price(rates=rates), usage) == Cost(Decimal(expected))


def test_writes_of_both_kinds_are_priced_each_by_its_own_rate() -> None:
    price = Price(rates=Rates(input=Decimal(1), cache_write=Decimal("1.25")))
    assert cost_of(price, Usage(100_000, 0, 0, 100_000, 0, cache_write_1h=40_000)) == Cost(Decimal("0.155"))
    assert cost_of(price, Usage(100_000, 0, 0, 100_000, 0)) == Cost(Decimal("0.125"))


def test_a_sum_of_usages_keeps_the_writes_for_an_hour() -> None:
    first, second = Usage(9, 1, 0, 5, 0, cache_write_1h=5), Usage(9, 1, 0, 5, 0, cache_write_1h=2)
    assert (NOTHING + first + second).cache_write_1h == 7
    assert (first + Usage(9, 1, 0, 5, 0)).cache_write_1h is None


@pytest.mark.parametrize("count", [2**63, 2**64 - 1, 10**20, 10**30, 10**300])
def test_no_count_that_a_server_may_report_raises(count: int) -> None:
    price = Price(rates=Rates(input=Decimal(600), output=Decimal(600)))
    expected = Fraction(count * 600, 10**6)
    for cost in (cost_of(price, Usage(count, 0, 0, 0, 0)), highest_cost(price, count, 0)):
        assert abs(Fraction(cost.amount) - expected) <= expected / 10**26
        assert cost.complete
        assert str(cost).startswith("$")
        assert cost.picodollars > count
