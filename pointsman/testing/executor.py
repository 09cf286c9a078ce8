"""An executor that sends its work through pickle, as one on another machine would: what cannot travel fails here."""

from __future__ import annotations

import pickle

import attrs
from returns.result import Result

from pointsman.services.ports.executor import PlacedWork, Value, Work
from pointsman.services.ports.sandbox import Sandbox, SandboxError


@attrs.define
class PicklingExecutor:
    """An `Executor` that works in `sandbox` on copies of what it is given. `works` is what it was given."""

    sandbox: Sandbox
    works: list[object] = attrs.field(factory=list)

    async def run(
        self, function: PlacedWork[Sandbox, Work, Value, SandboxError], work: Work
    ) -> Result[Value, SandboxError]:
        """As `Executor.run`."""
        self.works.append(work)
        sent: tuple[PlacedWork[Sandbox, Work, Value, SandboxError], Work] = pickle.loads(pickle.dumps((function, work)))
        result = await sent[0](self.sandbox, sent[1])
        back: Result[Value, SandboxError] = pickle.loads(pickle.dumps(result))
        return back
