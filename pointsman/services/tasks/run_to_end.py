"""Work that must be completed even if its task is cancelled, such as giving back what was reserved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

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
