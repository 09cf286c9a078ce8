"""What was used: rows by group, series over time, single calls, budgets, the cache, experiments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint
from pointsman.adapters.web.caller import options_of
from pointsman.adapters.web.view_types import Money, RecordView, UsageRowView
from pointsman.core.chat.options import PLAIN
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject
from pointsman.core.money.budget import Account, Balance
from pointsman.core.money.cost import FREE, Cost
from pointsman.core.routing.experiment import Experiment, VariantResult

_DAY = 86400.0
_MOST_STEPS, _MOST_RECORDS = 500, 1000


@attrs.frozen(kw_only=True)
class UsageQuery:
    """Grouped by what, from when to when (Unix seconds), or the `last` so many seconds; default: the last 30 days."""

    by: Literal["model", "provider", "task", "tag", "day", "hour", "tenant", "outcome", "variant", "all"] = "model"
    since: float | None = None
    until: float | None = None
    last: float | None = None


@attrs.frozen(kw_only=True)
class SeriesQuery:
    """From when to when, or the `last` so many seconds (default: the last day), in how many pieces."""

    since: float | None = None
    until: float | None = None
    last: float | None = None
    steps: int = 48


@attrs.frozen(kw_only=True)
class RecordsQuery:
    """At most how many."""

    limit: int = 100


@attrs.frozen(kw_only=True)
class Rows:
    """Groups of calls."""

    rows: list[UsageRowView]


@attrs.frozen(kw_only=True)
class Records:
    """Single calls, the latest first."""

    records: list[RecordView]


@attrs.frozen(kw_only=True)
class BudgetView:
    """One account of a budget."""

    name: str
    account: str
    limit: Money | None
    limit_tokens: int | None
    spent: Money
    reserved: Money
    spent_tokens: int
    resets: float | None
    soft: float


@attrs.frozen(kw_only=True)
class Budgets:
    """The budgets that are for everybody; or, to a key, its own."""

    budgets: list[BudgetView]


@attrs.frozen(kw_only=True)
class CacheView:
    """How full the cache is, and what it has saved."""

    enabled: bool
    entries: int
    bytes: int
    hits: int
    misses: int
    saved: Money


@attrs.frozen(kw_only=True)
class Forgotten:
    """How many answers the cache held."""

    forgotten: int


@attrs.frozen(kw_only=True)
class VariantView:
    """A way that calls of an experiment may go, and its share among the others."""

    name: str
    weight: float
    model: str | None


@attrs.frozen(kw_only=True)
class ExperimentView:
    """An experiment, and how its variants have done so far."""

    name: str
    enabled: bool
    share: float
    task: str | None
    variants: list[VariantView]
    shadow: list[str]
    results: list[JsonObject]


@attrs.frozen(kw_only=True)
class Experiments:
    """Each with its variants, and how they have done."""

    experiments: list[ExperimentView]


def _span(call: ApiCall[object, UsageQuery | SeriesQuery], days: float) -> tuple[float, float]:
    until = call.query.until if call.query.until is not None else call.site.clock.now()
    last = call.query.last if call.query.last is not None else days * _DAY
    since = call.query.since if call.query.since is not None else until - last
    return since, until


async def rows(call: ApiCall[object, UsageQuery]) -> Result[Rows, LLMError]:
    """Groups of calls: by a key its own, unless it may look at the whole house."""
    since, until = _span(call, 30)
    read = await settle(
        call.site.running.stores.usage_log.summary(call.query.by, since, until, call.caller.rights.figures_tenant)
    )
    return read.map(lambda found: Rows(rows=[views.usage_row(row) for row in found]))


async def over_time(call: ApiCall[object, SeriesQuery]) -> Result[Rows, LLMError]:
    """The same, piece by piece of a span of time."""
    since, until = _span(call, 1)
    steps = min(_MOST_STEPS, max(1, call.query.steps))
    read = await settle(
        call.site.running.stores.usage_log.series(since, until, steps, call.caller.rights.figures_tenant)
    )
    return read.map(lambda found: Rows(rows=[views.usage_row(row) for row in found]))


async def records(call: ApiCall[object, RecordsQuery]) -> Result[Records, LLMError]:
    """Single calls: by a key its own, unless it may do everything."""
    limit = min(_MOST_RECORDS, max(1, call.query.limit))
    read = await settle(call.site.running.stores.usage_log.latest(limit, call.caller.rights.only_tenant))
    return read.map(lambda found: Records(records=[views.record(one) for one in found]))


async def budgets(call: AnyCall) -> Result[Budgets, LLMError]:
    """What is spent: by a key of its own budgets, unless it may look at the whole house."""
    own = call.caller.rights.figures_tenant
    with call.site.running.lease() as app:
        found = await settle(app.manager.balances(PLAIN if own is None else options_of(call.caller)))
        return found.map(
            lambda several: Budgets(budgets=[_budget(*one) for one in several if own is None or _is_own(one[0], own)])
        )


def _is_own(account: Account, tenant: str) -> bool:
    """Whether it is counted for `tenant` alone."""
    return account.budget.scope == "tenant" and bool(tenant)


def _budget(account: Account, balance: Balance) -> BudgetView:
    budget = account.budget
    return BudgetView(
        name=budget.name,
        account=account.key,
        limit=None if budget.usd is None else views.money(Cost(budget.usd)),
        limit_tokens=budget.tokens,
        spent=views.money(balance.spent.cost),
        reserved=views.money(balance.reserved.cost),
        spent_tokens=balance.spent.tokens,
        resets=account.resets_at,
        soft=budget.warn_at,
    )


async def cache(call: AnyCall) -> Result[CacheView, LLMError]:
    """How the cache does."""
    stores = call.site.running.stores
    stats = await settle(stores.cache.stats())
    read = await settle(stores.usage_log.summary("all", call.site.clock.now() - 30 * _DAY))
    if isinstance(stats, Failure):
        return stats
    if isinstance(read, Failure):
        return read
    saved = sum((one.saved for one in read.unwrap()), start=FREE)
    with call.site.running.lease() as app:
        one = stats.unwrap()
        return Success(
            CacheView(
                enabled=app.settings.cache.enabled,
                entries=one.entries,
                bytes=one.size,
                hits=one.hits,
                misses=one.misses,
                saved=views.money(saved),
            )
        )


async def clear_cache(call: AnyCall) -> Result[Forgotten, LLMError]:
    """Forget every answer."""
    return (await settle(call.site.running.stores.cache.clear())).map(lambda count: Forgotten(forgotten=count))


async def experiments(call: AnyCall) -> Result[Experiments, LLMError]:
    """How the variants have done."""
    with call.site.running.lease() as app:
        compared = await settle(app.manager.compare())
        if isinstance(compared, Failure):
            return compared
        every = [_experiment(one, compared.unwrap()) for one in app.settings.experiments]
        return Success(Experiments(experiments=every))


def _experiment(one: Experiment, results: Iterable[VariantResult]) -> ExperimentView:
    return ExperimentView(
        name=one.name,
        enabled=one.enabled,
        share=one.share,
        task=one.task,
        variants=[VariantView(name=v.name, weight=v.weight, model=v.model) for v in one.variants],
        shadow=list(one.shadow),
        results=[attrs.asdict(row) for row in results if row.experiment == one.name],
    )


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/v1/usage",
        summary="Calls by group",
        run=rows,
        scope="read",
    ),
    ApiEndpoint(
        method="GET",
        path="/api/v1/usage/series",
        summary="Calls over time",
        run=over_time,
        scope="read",
    ),
    ApiEndpoint(
        method="GET",
        path="/api/v1/usage/records",
        summary="Single calls, the latest first",
        run=records,
        scope="read",
    ),
    ApiEndpoint(method="GET", path="/api/v1/budgets", summary="What is spent", run=budgets, scope="read"),
    ApiEndpoint(method="GET", path="/api/v1/cache", summary="How the cache does", run=cache, scope="observe"),
    ApiEndpoint(method="DELETE", path="/api/v1/cache", summary="Empty the cache", run=clear_cache),
    ApiEndpoint(
        method="GET",
        path="/api/v1/experiments",
        summary="How the variants have done",
        run=experiments,
        scope="observe",
    ),
)
