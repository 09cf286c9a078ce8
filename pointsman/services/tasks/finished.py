"""Work that is done to its end, whatever happens to the task that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

_Value = TypeVar("_Value")


async def finished(work: Callable[[], Awaitable[_Value]]) -> _Value:
    """What `work` gives. Where the task is cancelled before that, `work` is done once more, shielded.

    So a second time must do nothing more than the first: whoever is not cancelled pays nothing for those who are.
    """
    try:
        return await work()
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await work()
        raise
