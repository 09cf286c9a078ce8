"""Budgets: periods, accounts and limits, by table and against plain arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.chat.options import CallOptions
from pointsman.core.money.budget import (
    Account,
    Amount,
    Balance,
    Budget,
    Period,
    Scope,
    accounts,
    find_overspent,
    period_of,
    share,
)

amounts = st.builds(Amount, st.integers(0, 10**14), st.integers(0, 10**6))
balances = st.builds(Balance, amounts, amounts)
budgets = st.builds(
    Budget,
    name=st.just("b"),
    usd=st.none() | st.decimals(0, 100, places=12),
    tokens=st.none() | st.integers(0, 10**6),
)


def unix(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("period", "now", "name", "end"),
    [
        ("hour", "2026-11-21T06:59:59.999", "2026-11-21T06", "2026-11-21T07:00"),
        ("hour", "2026-12-31T23:00", "2026-12-31T23", "2027-01-01T00:00"),
        ("day", "2026-11-21T00:00", "2026-11-21", "2026-11-22T00:00"),
        ("day", "2028-02-28T12:00", "2028-02-28", "2028-02-29T00:00"),
        ("day", "2027-02-28T23:59:59", "2027-02-28", "2027-03-01T00:00"),
        ("month", "2026-11-21T06:00", "2026-11", "2026-12-01T00:00"),
        ("month", "2026-12-31T23:59:59", "2026-12", "2027-01-01T00:00"),
        ("month", "2026-01-31T10:00", "2026-01", "2026-02-01T00:00"),
        ("month", "2028-02-29T23:59", "2028-02", "2028-03-01T00:00"),
        ("month", "2027-02-01T00:00", "2027-02", "2027-03-01T00:00"),
        ("month", "2026-03-29T01:30", "2026-03", "2026-04-01T00:00"),
    ],
)
def test_a_period_has_its_name_and_its_end(period: Period, now: str, name: str, end: str) -> None:
    assert period_of(period, unix(now)) == (name, unix(end))


@given(st.floats(0, 4e9))
def test_the_total_never_ends(now: float) -> None:
    assert period_of("total", now) == ("", None)


@given(st.sampled_from(("hour", "day", "month")), st.integers(0, 4_000_000_000))
def test_a_period_holds_its_moment_and_the_next_begins_at_its_end(period: Period, now: int) -> None:
    name, end = period_of(period, now)
    assert end is not None
    assert now < end
    assert period_of(period, end - 1) == (name, end)
    after, later = period_of(period, end)
    assert after != name
    assert datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H").startswith(name)
    longest = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=31)}[period]
    assert later is not None
    assert 0 < later - end <= longest.total_seconds()


OPTIONS = CallOptions(tenant="t", conversation="c", tags=("x", "y", "x"))


@pytest.mark.parametrize(
    ("scope", "only", "options", "names"),
    [
        ("all", None, OPTIONS, [""]),
        ("tenant", None, OPTIONS, ["t"]),
        ("tenant", "t", OPTIONS, ["t"]),
        ("tenant", "other", OPTIONS, []),
        ("tenant", None, CallOptions(), []),
        ("conversation", None, OPTIONS, ["c"]),
        ("conversation", None, CallOptions(), []),
        ("tag", None, OPTIONS, ["x", "y"]),
        ("tag", "y", OPTIONS, ["y"]),
        ("tag", None, CallOptions(), []),
        ("provider", None, CallOptions(), ["openai"]),
        ("provider", "ollama", CallOptions(), []),
        ("model", None, CallOptions(), ["openai/gpt"]),
        ("model", "openai/gpt", CallOptions(), ["openai/gpt"]),
        ("model", "gpt", CallOptions(), []),
    ],
)
def test_a_call_counts_for_those_in_the_scope(
    scope: Scope, only: str | None, options: CallOptions, names: list[str]
) -> None:
    budget = Budget(name="b", scope=scope, only=only, period="day")
    found = accounts((budget,), options, "openai", "gpt", unix("2026-11-21T06:00"))
    end = unix("2026-11-22T00:00")
    assert found == tuple(Account(f"b|{scope}|{name}|2026-11-21", budget, end) for name in names)


def test_a_call_counts_for_every_budget_and_no_two_share_an_account() -> None:
    scopes: tuple[Scope, ...] = ("all", "tenant", "conversation", "tag", "provider", "model")
    periods: tuple[Period, ...] = ("hour", "day", "month", "total")
    every = tuple(Budget(name=n, scope=s, period=p) for n in "ab" for s in scopes for p in periods)
    found = accounts(every, OPTIONS, "openai", "gpt", 0.0)
    assert len(found) == 2 * 4 * 7
    assert len({account.key for account in found}) == len(found)


def broken(budget: Budget, spent: Amount, wanted: Amount) -> str | None:
    """The limit that would break, in fractions of a dollar."""
    dollars = Fraction(spent.picodollars + wanted.picodollars, 10**12)
    if budget.usd is not None and wanted.picodollars > 0 and dollars > Fraction(budget.usd):
        return "usd"
    tokens = spent.tokens + wanted.tokens
    return "tokens" if budget.tokens is not None and wanted.tokens > 0 and tokens > budget.tokens else None


@given(budgets, balances, amounts)
def test_a_limit_is_broken_exactly_when_the_sum_passes_it(budget: Budget, balance: Balance, wanted: Amount) -> None:
    assert find_overspent(budget, balance, wanted) == broken(budget, balance.spent + balance.reserved, wanted)
    assert find_overspent(budget, balance, wanted, reserved=False) == broken(budget, balance.spent, wanted)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_limit_may_be_spent_to_the_last_picodollar_and_not_one_more(spent: int, reserved: int, wanted: int) -> None:
    budget = Budget(name="b", usd=Decimal(spent + reserved + wanted).scaleb(-12))
    balance = Balance(Amount(spent), Amount(reserved))
    assert find_overspent(budget, balance, Amount(wanted)) is None
    assert find_overspent(budget, balance, Amount(wanted + 1)) == "usd"


def test_what_costs_nothing_passes_a_budget_that_is_spent() -> None:
    spent = Balance(Amount(10**12, 10))
    assert find_overspent(Budget(name="b", usd=Decimal(0), tokens=5), spent, Amount(0, 0)) is None
    assert find_overspent(Budget(name="b", usd=Decimal(0), tokens=5), spent, Amount(0, 1)) == "tokens"
    assert find_overspent(Budget(name="b", usd=Decimal(0)), spent, Amount(0, 10**9)) is None
    assert find_overspent(Budget(name="b"), spent, Amount(10**20, 10**20)) is None


@given(amounts, amounts)
def test_sums_and_differences_are_exact(first: Amount, second: Amount) -> None:
    assert (first + second) - second == first
    assert (first + second).picodollars == first.picodollars + second.picodollars
    assert (first + second).cost.picodollars == first.picodollars + second.picodollars
    assert (first + second).cost == first.cost + second.cost


def test_a_tenth_of_a_dollar_ten_times_is_a_dollar() -> None:
    spent = Amount()
    for _ in range(10):
        assert find_overspent(Budget(name="b", usd=Decimal(1)), Balance(spent), Amount(10**11)) is None
        spent += Amount(10**11)
    assert find_overspent(Budget(name="b", usd=Decimal(1)), Balance(spent), Amount(1)) == "usd"


@pytest.mark.parametrize(
    ("usd", "tokens", "spent", "expected"),
    [
        (Decimal(2), None, Amount(10**12, 500), 0.5),
        (Decimal(2), 1000, Amount(10**12, 900), 0.9),
        (Decimal(2), 1000, Amount(5 * 10**12, 900), 2.5),
        (None, 1000, Amount(5 * 10**12, 250), 0.25),
        (None, None, Amount(5 * 10**12, 250), 0.0),
        (Decimal(0), 0, Amount(0, 0), 1.0),
    ],
)
def test_the_share_is_the_larger_of_money_and_tokens(
    usd: Decimal | None, tokens: int | None, spent: Amount, expected: float
) -> None:
    assert share(Budget(name="b", usd=usd, tokens=tokens), spent) == expected
