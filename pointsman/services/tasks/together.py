"""A task group whose bugs come out as themselves, in no group: `except KeyError` around a race works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc


@asynccontextmanager
async def tasks_together() -> AsyncIterator[anyio.abc.TaskGroup]:
    """A task group; of several exceptions one comes out, first what ends a program (`KeyboardInterrupt`)."""
    try:
        async with anyio.create_task_group() as group:
            yield group
    except BaseExceptionGroup as several:
        ending = several.split(Exception)[1]
        raise (ending or several).exceptions[0] from None
