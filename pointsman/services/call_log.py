"""What happens to calls, for Python's `logging`: below `pointsman.calls`, at DEBUG, without a word of what was said."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from pointsman.core.notice import (
    BudgetWarning,
    CacheHit,
    FallbackTaken,
    Notice,
    ProviderStatusChange,
    ResponseComplete,
    ResponseStart,
    RetryMade,
)
from pointsman.services.event_bus import EventBus, Subscription
from pointsman.services.tasks.together import tasks_together

_LOG = logging.getLogger("pointsman.calls")
_KINDS = (ResponseStart, ResponseComplete, RetryMade, FallbackTaken, CacheHit, BudgetWarning, ProviderStatusChange)


@asynccontextmanager
async def log_calls(bus: EventBus) -> AsyncIterator[None]:
    """Log what `bus` tells of calls until the scope ends; nothing, where nobody wanted it when it began."""
    if not _LOG.isEnabledFor(logging.DEBUG):
        yield
        return
    subscription = bus.subscribe(*_KINDS)
    with subscription.notices:
        async with tasks_together() as group:
            group.start_soon(_log_all, subscription)
            try:
                yield
            finally:
                subscription.end()


async def _log_all(subscription: Subscription) -> None:
    with anyio.CancelScope(shield=True):  # it ends with the subscription
        async for notice in subscription.notices:
            _LOG.debug("%s", describe_notice(notice))


def describe_notice(notice: Notice) -> str:
    """What has happened, in one line."""
    match notice:
        case ResponseStart():
            return f"{notice.id}: {notice.model or 'the default model'} is asked"
        case ResponseComplete(response=None, error=None):
            return f"{notice.id}: {notice.model} was left before it had answered"
        case ResponseComplete(response=None):
            return f"{notice.id}: {notice.model} failed: {notice.error}"
        case ResponseComplete(response=response) if response is not None:
            used = f"{response.usage.input} tokens in, {response.usage.output} out, cost {response.cost}"
            took = "" if response.latency_ms is None else f", {response.latency_ms:.0f} ms"
            return f"{notice.id}: {response.provider}/{response.model} answered, {used}{took}"
        case RetryMade():
            return f"{notice.model} failed ({notice.error}), try {notice.retry + 1} follows in {notice.delay:.1f} s"
        case FallbackTaken():
            return f"{notice.model} failed ({notice.error}), {notice.next} is asked"
        case CacheHit():
            return f"{notice.model}: answered from the cache, {notice.age:.0f} s old, {notice.saved} saved"
        case BudgetWarning():
            return f"budget {notice.budget}: {notice.share:.0%} of {notice.account} is spent"
        case ProviderStatusChange():
            return f"{notice.model}: its circuit is {notice.state}"
        case _:
            return notice.name
