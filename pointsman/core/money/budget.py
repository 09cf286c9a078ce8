"""Budgets: what may be spent in a period, and whom it is counted for. Pure; the ledger is a port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias

import attrs

from pointsman.core.money.cost import Cost
from pointsman.core.money.settlement import NO_AMOUNT as NO_AMOUNT
from pointsman.core.money.settlement import Amount as Amount

Period: TypeAlias = Literal["hour", "day", "month", "total"]
Scope: TypeAlias = Literal["all", "tenant", "conversation", "tag", "provider", "model"]


@attrs.frozen(kw_only=True)
class Budget:
    """A limit on what may be spent in dollars, or tokens, or both."""

    name: str
    usd: Decimal | None = None
    """Dollars."""
    tokens: int | None = None
    """Tokens, of prompts and answers."""
    period: Period = "month"
    """Of the calendar, in UTC."""
    scope: Scope = "all"
    """Whom it is for: everybody together, or each tenant, conversation, tag, provider or model by itself."""
    only: str | None = None
    """Of these one alone, by its name."""
    warn_at: float = 0.8
    """The share of the limit (0 to 1) at which a `BudgetWarning` is published."""


class Payer(Protocol):
    """Whom a call is counted for: its `CallOptions`, which hold budgets themselves."""

    @property
    def tenant(self) -> str:
        """Who asks."""
        ...

    @property
    def conversation(self) -> str:
        """In which conversation."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """What else it is counted under."""
        ...

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The caller's own, beside those of the settings."""
        ...


@attrs.frozen
class Account:
    """One budget's account for one period and one of those it is counted for; `key` is its name in the ledger."""

    key: str
    budget: Budget
    resets_at: float | None


@attrs.frozen
class Balance:
    """What an account has spent, and what is reserved for calls under way."""

    spent: Amount = NO_AMOUNT
    reserved: Amount = NO_AMOUNT


def accounts(budgets: tuple[Budget, ...], options: Payer, provider: str, model: str, now: float) -> tuple[Account, ...]:
    """The accounts that a call counts for: by `budgets`, and by those of its caller."""
    found = []
    for budget in (*budgets, *options.budgets) if options.budgets else budgets:
        start, end = period_of(budget.period, now)
        for name in _account_names(budget.scope, options, provider, model):
            if budget.scope == "all" or (name and budget.only in (None, name)):
                found.append(Account(f"{budget.name}|{budget.scope}|{name}|{start}", budget, end))
    return tuple(found)


def _account_names(scope: Scope, options: Payer, provider: str, model: str) -> tuple[str, ...]:
    if scope == "all":
        return ("",)
    match scope:
        case "tag":
            return tuple(dict.fromkeys(options.tags))
        case "tenant":
            return (options.tenant,)
        case "conversation":
            return (options.conversation,)
        case "provider":
            return (provider,)
        case "model":
            return (f"{provider}/{model}",)


def period_of(period: Period, now: float) -> tuple[str, float | None]:
    """The name of the period that holds the Unix time `now`, and when it ends."""
    return _period_of(period, int(now // 3600))


@lru_cache(maxsize=64)
def _period_of(period: Period, hour: int) -> tuple[str, float | None]:
    """Every period begins and ends with an hour of UTC, so one look an hour is enough."""
    moment = datetime.fromtimestamp(hour * 3600, UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "hour":
            return moment.strftime("%Y-%m-%dT%H"), (moment + timedelta(hours=1)).timestamp()
        case "day":
            return midnight.strftime("%Y-%m-%d"), (midnight + timedelta(days=1)).timestamp()
        case "month":
            first = midnight.replace(day=1)
            return first.strftime("%Y-%m"), (first + timedelta(days=32)).replace(day=1).timestamp()
        case "total":
            return "", None


Unit: TypeAlias = Literal["usd", "tokens"]


def find_overspent(budget: Budget, balance: Balance, wanted: Amount, *, reserved: bool = True) -> Unit | None:
    """Which limit of `budget` `wanted` would break, counting what is reserved unless told otherwise."""
    spent, held = balance.spent, balance.reserved if reserved else NO_AMOUNT
    if budget.usd is not None and wanted.picodollars:
        after = spent.picodollars + held.picodollars + wanted.picodollars
        if after > _picodollars(budget.usd):
            return "usd"
    if budget.tokens is None or not wanted.tokens:
        return None
    return "tokens" if spent.tokens + held.tokens + wanted.tokens > budget.tokens else None


_ENDLESS = Decimal(10) ** 15
"""Dollars that nobody spends: what is beyond them has no integer that arithmetic could hold."""


@lru_cache(maxsize=256)
def _picodollars(usd: Decimal) -> int:
    return Cost(min(usd, _ENDLESS)).picodollars


@attrs.frozen
class BudgetLimits:
    """The limits of a budget in the units of an `Amount`; None where there is none."""

    picodollars: int | None
    tokens: int | None


def limit_of(budget: Budget) -> BudgetLimits:
    """What may be spent in all."""
    return BudgetLimits(None if budget.usd is None else _picodollars(budget.usd), budget.tokens)


def share(budget: Budget, spent: Amount) -> float:
    """How much of the limit is spent, 0 to 1 and more; the larger of money and tokens."""
    found = 1.0 if budget.usd == 0 or budget.tokens == 0 else 0.0
    if budget.usd:
        found = max(found, spent.picodollars / _picodollars(budget.usd))
    if budget.tokens:
        found = max(found, spent.tokens / budget.tokens)
    return found
