"""How each provider last answered, by what calls have left behind; one that was never asked has no outcome. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from pointsman.core.money.usage_record import CANCELLED, LOST, OK, UsageRecord

_REFUSED_HERE = ("BudgetExceeded", "ConfigurationError")  # the provider was not asked


@attrs.frozen(kw_only=True)
class ProviderOutcome:
    """When a provider last answered or failed, in Unix seconds; `error` is its sentence, empty where it answered."""

    time: float
    error: str = ""


def last_outcomes(records: Iterable[UsageRecord]) -> dict[str, ProviderOutcome]:
    """Of each provider that `records` tell of the latest outcome, in whatever order they are."""
    found: dict[str, ProviderOutcome] = {}
    for record in records:
        for provider, outcome in _outcomes(record):
            known = found.get(provider)
            if known is None or known.time < outcome.time:
                found[provider] = outcome
    return found


def _outcomes(record: UsageRecord) -> Iterator[tuple[str, ProviderOutcome]]:
    """What the tries of a call say: those that were cancelled or refused here, and the cache's answers, say nothing."""
    ended = record.time + record.latency_ms / 1000
    tries = record.trace.tries
    if tries:
        yield from (
            (one.provider, ProviderOutcome(time=ended, error=one.message or one.error))
            for one in {one.provider: one for one in tries}.values()
            if not one.cancelled and one.error not in _REFUSED_HERE
        )
    elif record.outcome == OK and not record.cache:
        yield record.provider, ProviderOutcome(time=ended)
    elif record.attempts and record.outcome not in (OK, CANCELLED, LOST, *_REFUSED_HERE):
        yield record.provider, ProviderOutcome(time=ended, error=record.trace.error or record.outcome)
