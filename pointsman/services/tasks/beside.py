"""Background tasks of a scope: they end with it, and do not wrap its exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc

from pointsman.services.tasks.together import tasks_together


@asynccontextmanager
async def tasks_beside() -> AsyncIterator[anyio.abc.TaskGroup]:
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
