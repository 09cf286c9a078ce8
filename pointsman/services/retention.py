"""Deletes what is older than the settings keep it: when asked to, and again and again in a server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.retention import read_span
from pointsman.core.settings import Settings
from pointsman.services.ports.running import Running
from pointsman.services.ports.stores import Stores

SWEEP_SECONDS = 3600.0
"""Between two sweeps of a server."""
_LOOK_SECONDS = 60.0
"""Between two looks whether it is this worker's turn."""
_LOG = logging.getLogger("pointsman.stores")


async def sweep(stores: Stores, settings: Settings, now: float) -> Result[Mapping[str, int], StorageError]:
    """Delete what is too old at `now` (Unix seconds); gives how many of each kind were."""
    keep, days = settings.keep, settings.usage.keep_days
    usage = _span(keep.usage) or (None if days is None else days * 86400)
    wanted: tuple[tuple[str, float | None, Callable[[float], FutureResult[int, StorageError]]], ...] = (
        ("usage", usage, lambda before: stores.usage_log.forget(before)),
        ("conversations", _span(keep.conversations), lambda before: stores.conversations.forget(before)),
        ("memories", _span(keep.memories), lambda before: stores.memories.forget_before(before)),
        ("audit", _span(keep.audit), lambda before: stores.settings.forget_audit(before)),
    )  # a store of a plug-in is asked for nothing that is not wanted of it
    gone: dict[str, int] = {}
    for kind, span, delete in wanted:
        if span is None:
            continue
        done = await settle(delete(now - span))
        if isinstance(done, Failure):
            return Failure(done.failure())
        gone[kind] = done.unwrap()
    return Success(gone)


def _span(text: str | None) -> float | None:
    return None if text is None else read_span(text)


async def keep_sweeping(running: Running, is_on_duty: Callable[[], bool]) -> None:
    """Sweep now and every hour, by the settings of then, until cancelled. What fails is done at the next.

    Of several workers the one does it that `is_on_duty` then.
    """
    while True:
        with running.lease() as app:
            clock, settings = app.clock.passive, app.settings
        if not is_on_duty():
            await clock.sleep(_LOOK_SECONDS)
            continue
        done = await sweep(running.stores, settings, clock.now())
        if isinstance(done, Failure):
            _LOG.warning("what is too old was not deleted: %s", done.failure())
        await clock.sleep(SWEEP_SECONDS)
