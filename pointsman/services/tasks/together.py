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


@asynccontextmanager
async def background_tasks() -> AsyncIterator[anyio.abc.TaskGroup]:
    """A task group that is cancelled when the scope ends.

    Re-raises the body's own exception as it is. A plain task group would wrap it in an `ExceptionGroup`, which the
    caller's `except` does not catch: https://anyio.readthedocs.io/en/stable/tasks.html#handling-multiple-errors-in-a-task-group.
    """
    raised: BaseException | None = None
    async with tasks_together() as group:
        try:
            yield group
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as problem:
            raised = problem
        group.cancel_scope.cancel()
    if raised is not None:
        raise raised
