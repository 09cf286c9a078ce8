"""A task group for what runs beside a scope: it ends with the scope, and leaves the scope's own exceptions alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc

from pointsman.services.tasks.together import tasks_together


@asynccontextmanager
async def tasks_beside() -> AsyncIterator[anyio.abc.TaskGroup]:
    """A task group that is cancelled when the scope ends; what is raised comes out as it is, in no group."""
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
