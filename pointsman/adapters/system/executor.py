"""The executor of this machine: work is done here, in one sandbox, a few pieces at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
from returns.result import Result

from pointsman.services.ports.executor import SandboxWork, Value, Work
from pointsman.services.ports.sandbox import Sandbox, SandboxError


@attrs.frozen
class LocalExecutor:
    """An `Executor` whose work is done in `sandbox`, in `places` places."""

    sandbox: Sandbox
    places: anyio.Semaphore = attrs.field(repr=False)

    async def run(self, function: SandboxWork[Work, Value], work: Work) -> Result[Value, SandboxError]:
        """As `Executor.run`."""
        async with self.places:
            return await function(self.sandbox, work)


@asynccontextmanager
async def open_local_executor(sandbox: Sandbox, at_once: int) -> AsyncIterator[LocalExecutor]:
    """An executor that does at most `at_once` pieces of work at the same time."""
    yield LocalExecutor(sandbox, anyio.Semaphore(max(1, at_once)))
