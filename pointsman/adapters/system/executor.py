"""The executor of this machine: work is done here, in one sandbox, a few pieces at a time."""

from __future__ import annotations

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

    @classmethod
    def of(cls, sandbox: Sandbox, at_once: int) -> LocalExecutor:
        """One that does at most `at_once` pieces of work at the same time; to be made where an event loop runs."""
        return cls(sandbox, anyio.Semaphore(max(1, at_once)))

    async def run(self, function: SandboxWork[Work, Value], work: Work) -> Result[Value, SandboxError]:
        """As `Executor.run`."""
        async with self.places:
            return await function(self.sandbox, work)
