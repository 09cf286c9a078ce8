"""`pointsman usage`, `budgets`, `cache` and `experiment`: what has been used, spent, kept and found out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import moment
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.interval import Interval
from pointsman.core.json import Json, dumps_text
from pointsman.core.money.budget import accounts
from pointsman.core.money.cost import Cost
from pointsman.core.money.usage_report import Percentiles, Tally, UsageRow
from pointsman.core.routing.experiment import VariantResult, results
from pointsman.services.ports.cache_store import CacheStats
from pointsman.services.ports.usage_log import UsageLog

_STEPS = 40
_BARS = "▁▂▃▄▅▆▇█"


@StoresCommand
async def usage(context: StoresContext) -> int:
    """Print what has been used, by group."""
    stores, options, terminal = context.stores, context.options, context.terminal
    now = time.time()
    since, until = moment(options.since, now), moment(options.until, now) if options.until else now + 1
    if since is None or until is None:
        wrong = options.since if since is None else options.until
        return report_usage(f"{wrong!r} is not a moment; write 24h, 7d or 2026-11-01", terminal)
    rows = unwrap_or_failure(await settle(stores.usage_log.summary(options.by, since, until)))
    total = unwrap_or_failure(await settle(stores.usage_log.summary("all", since, until)))
    if isinstance(rows, StorageError):
        return report_failure(rows, terminal)
    if isinstance(total, StorageError):
        return report_failure(total, terminal)
    if options.json:
        told: list[Json] = [_row_json(row) for row in rows]
        terminal.say(dumps_text({"by": options.by, "rows": told, "total": _row_json(total[0]) if total else None}))
        return OK
    if not rows:
        terminal.note("Nothing has been used in that time.")
        return OK
    head = (options.by.upper(), "CALLS", "FAILED", "CACHED", "IN", "OUT", "COST", "SAVED", "P50", "P95", "P99", "TOK/S")
    table(head, [_cells(row) for row in (*rows, *(total if len(rows) > 1 else ()))], terminal)
    if terminal.rich:
        await _sparklines(stores.usage_log, since, until, terminal)
    return OK


def _cells(row: UsageRow) -> tuple[str, ...]:
    tags = ", ".join(f"{count} {tag}" for tag, count in row.errors)
    speed = "" if row.tokens_per_second is None else f"{row.tokens_per_second:.0f}"
    numbers = (f"{row.calls:,}", tags, str(row.cached or ""), str(row.input), str(row.output))
    money = (str(row.cost), str(row.saved) if row.saved.amount else "")
    times = (_ms(row.latency.p50), _ms(row.latency.p95), _ms(row.latency.p99))
    return (row.group, *numbers, *money, *times, speed)


def _ms(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"


async def _sparklines(log: UsageLog, first: float, last: float, terminal: Terminal) -> None:
    pieces = unwrap_or_failure(await settle(log.series(first, last, _STEPS)))
    if isinstance(pieces, StorageError):
        terminal.note(str(pieces))
        return
    if sum(piece.calls for piece in pieces) < 2:
        return
    began, ended = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") for at in (first, last))
    terminal.say()
    terminal.say(f"{began} to {ended} UTC")
    terminal.say(f"calls   {sparkline([float(piece.calls) for piece in pieces])}")
    terminal.say(f"cost    {sparkline([float(piece.cost.amount) for piece in pieces])}")
    terminal.say(f"p95     {sparkline([piece.latency.p95 or 0.0 for piece in pieces])}")


def sparkline(values: Sequence[float]) -> str:
    """A bar of one character for each value, in proportion to the largest; a space for nothing."""
    most = max(values, default=0.0)
    return "".join(
        " " if value <= 0 or most <= 0 else _BARS[min(len(_BARS) - 1, int(value / most * len(_BARS)))]
        for value in values
    )


def _row_json(row: UsageRow) -> Json:
    return {
        "group": row.group,
        "calls": row.calls,
        "failed": row.failures,
        "error_rate": row.error_rate,
        "errors": dict(row.errors),
        "cached": row.cached,
        "input_tokens": _tally(row.input),
        "output_tokens": _tally(row.output),
        "cost_usd": _cost(row.cost),
        "saved_usd": _cost(row.saved),
        "latency_ms": _percentiles(row.latency),
        "first_output_ms": _percentiles(row.first),
        "tokens_per_second": row.tokens_per_second,
    }


def _tally(tally: Tally) -> Json:
    return {"known": tally.known, "complete": tally.complete}


def _cost(cost: Cost) -> Json:
    return {"known": str(cost.amount.normalize() + 0), "complete": cost.complete}


def _percentiles(found: Percentiles) -> Json:
    return {"p50": found.p50, "p95": found.p95, "p99": found.p99}


@StoresCommand
async def budgets(context: StoresContext) -> int:
    """Print the budgets and what is spent of them."""
    stores, settings, options, terminal = context.stores, context.settings, context.options, context.terminal
    if not settings.budgets and options.json:
        terminal.say("[]")
        return OK
    if not settings.budgets:
        terminal.note("There are no budgets; write [budgets.NAME] with usd or tokens into the settings file.")
        return OK
    asked = CallOptions(tenant=options.tenant, tags=tuple(options.tag), conversation=options.conversation)
    now = time.time()
    found = accounts(settings.budgets, asked, "", "", now)
    balances = unwrap_or_failure(await settle(stores.ledger.balances([one.key for one in found], now)))
    if isinstance(balances, StorageError):
        return report_failure(balances, terminal)
    rows = []
    for account, balance in zip(found, balances, strict=True):
        budget = account.budget
        resets = "never"
        if account.resets_at is not None:
            resets = datetime.fromtimestamp(account.resets_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        spent = str(balance.spent.cost) if budget.usd is not None else ""
        limit = str(Cost(budget.usd)) if budget.usd is not None else ""
        tokens = f"{balance.spent.tokens:,} of {budget.tokens:,}" if budget.tokens is not None else ""
        rows.append((budget.name, budget.period, account.key.split("|")[2], spent, limit, tokens, resets))
    if options.json:
        keys = ("name", "period", "of", "spent", "limit", "tokens", "resets")
        terminal.say(dumps_text([dict(zip(keys, row, strict=True)) for row in rows]))
        return OK
    table(("BUDGET", "PERIOD", "OF", "SPENT", "LIMIT", "TOKENS", "RESETS"), rows, terminal)
    shown = {account.budget.name for account in found}
    for budget in settings.budgets:
        if budget.name not in shown:
            terminal.note(f"{budget.name} is kept for each {budget.scope}; name one with --{budget.scope}.")
    return OK


@StoresCommand
async def cache(context: StoresContext) -> int:
    """Print how full the cache is, or empty it."""
    stores, settings, options, terminal = context.stores, context.settings, context.options, context.terminal
    if options.action == "clear":
        gone = unwrap_or_failure(await settle(stores.cache.clear()))
        if isinstance(gone, StorageError):
            return report_failure(gone, terminal)
        terminal.say(dumps_text({"forgotten": gone}) if options.json else f"{gone} answer(s) forgotten.")
        return OK
    stats = unwrap_or_failure(await settle(stores.cache.stats()))
    if not isinstance(stats, CacheStats):
        return report_failure(stats, terminal)
    facts: dict[str, Json] = {
        "enabled": settings.cache.enabled,
        "entries": stats.entries,
        "bytes": stats.size,
        "hits": stats.hits,
        "misses": stats.misses,
        "evicted": stats.evicted,
        "max_entries": settings.cache.max_entries,
        "max_bytes": settings.cache.max_bytes,
    }
    if options.json:
        terminal.say(dumps_text(facts))
        return OK
    for name, value in facts.items():
        terminal.say(f"{name:<12} {value:,}" if type(value) is int else f"{name:<12} {'yes' if value else 'no'}")
    if not settings.cache.enabled:
        terminal.note("The cache is off; write enabled = true under [cache] into the settings file.")
    return OK


@StoresCommand
async def experiment(context: StoresContext) -> int:
    """Print how the variants of the experiments have done."""
    stores, settings, options, terminal = context.stores, context.settings, context.options, context.terminal
    records = unwrap_or_failure(await settle(stores.usage_log.read()))
    if isinstance(records, StorageError):
        return report_failure(records, terminal)
    found = [one for one in results(records) if options.name in (None, one.experiment)]
    if options.name is not None and not found and options.name not in {one.name for one in settings.experiments}:
        return report_missing(f"there is no experiment {options.name!r}", terminal)
    if options.json:
        terminal.say(dumps_text([_result_json(one) for one in found]))
        return OK
    if not found:
        known = ", ".join(one.name for one in settings.experiments) or "none is set up"
        terminal.note(f"There are no calls in an experiment yet (experiments: {known}).")
        return OK
    head = ("EXPERIMENT", "VARIANT", "CALLS", "SUCCESS", "LATENCY", "COST A CALL")
    table(head, [_result_cells(one) for one in found], terminal)
    terminal.note("The ranges hold with 95 % confidence; where they overlap, the variants are not told apart.")
    return OK


def _result_cells(result: VariantResult) -> tuple[str, ...]:
    return (
        result.experiment,
        result.variant,
        str(result.calls),
        _range(result.success, lambda share: f"{share:.1%}"),
        _range(result.latency_ms, lambda value: f"{value:.0f} ms"),
        _range(result.dollars, lambda value: f"${max(0.0, value):.6f}"),
    )


def _range(interval: Interval, shown: Callable[[float], str]) -> str:
    if interval.mean is None:
        return "unknown"
    if interval.low is None or interval.high is None:
        return shown(interval.mean)
    return f"{shown(interval.mean)} ({shown(interval.low)} to {shown(interval.high)})"


def _result_json(result: VariantResult) -> Json:
    def interval_json(interval: Interval) -> Json:
        return {"mean": interval.mean, "low": interval.low, "high": interval.high}

    return {
        "experiment": result.experiment,
        "variant": result.variant,
        "calls": result.calls,
        "priced": result.priced,
        "success": interval_json(result.success),
        "latency_ms": interval_json(result.latency_ms),
        "dollars": interval_json(result.dollars),
    }
