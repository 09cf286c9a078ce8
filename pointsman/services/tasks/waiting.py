"""Waiting: for one thing, but not for ever; for whatever may have changed; for work that must be completed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

from pointsman.services.ports.change_hints import NO_HINTS, ChangeHints
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together

TRUST_SECONDS: Final = 2.0
"""So long nothing is looked at where hints come: what a hint that was lost told of is found then all the same."""


async def wait_for(event: anyio.Event, clock: Clock, seconds: float | None) -> bool:
    """Wait until `event` is set, for at most `seconds` of `clock`, or for ever; says whether it is."""
    if seconds is None:
        await event.wait()
        return True
    if event.is_set() or seconds <= 0:
        return event.is_set()
    async with clock.limit(seconds):
        await event.wait()
    return event.is_set()


async def wait_for_change(hints: ChangeHints, after: int, clock: Clock, seconds: float) -> None:
    """Until it is time to look: at a hint, else after `seconds` of `clock`, or `TRUST_SECONDS` where hints come."""
    if hints is NO_HINTS:
        await clock.sleep(seconds)
        return
    async with tasks_together() as group:

        async def sleep() -> None:
            await clock.sleep(max(seconds, TRUST_SECONDS) if hints.is_listening else seconds)
            group.cancel_scope.cancel()

        group.start_soon(sleep)
        await hints.wait(after)
        group.cancel_scope.cancel()


_Value = TypeVar("_Value")


async def run_to_end(work: Callable[[], Awaitable[_Value]]) -> _Value:
    """Run `work`; if the task is cancelled midway, run it *again*, shielded, before the cancellation goes on.

    So `work` must be idempotent. Shielding the first run as well would cost every call a scope, for the few that are
    cancelled.
    """
    try:
        return await work()
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await work()
        raise
