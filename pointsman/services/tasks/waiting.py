"""Waiting for one thing, but not for ever."""

from __future__ import annotations

import anyio

from pointsman.services.ports.clock import Clock


async def wait_for(event: anyio.Event, clock: Clock, seconds: float) -> bool:
    """Wait until `event` is set, for at most `seconds` of `clock`; says whether it is."""
    if event.is_set() or seconds <= 0:
        return event.is_set()
    async with clock.limit(seconds):
        await event.wait()
    return event.is_set()
