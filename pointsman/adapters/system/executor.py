"""The executor of this machine: work is done here, in one place, a few pieces at a time."""

from __future__ import annotations

from typing import Generic

import anyio
import attrs
from returns.result import Result

from pointsman.services.ports.executor import Place, PlacedWork, Problem, Value, Work


@attrs.frozen
class LocalExecutor(Generic[Place, Problem]):
    """An `Executor` whose work is done in `place`, in as many pieces at once as `places` has tokens."""

    place: Place
    places: anyio.Semaphore = attrs.field(repr=False)

    @classmethod
    def of(cls, place: Place, at_once: int) -> LocalExecutor[Place, Problem]:
        """One that does at most `at_once` pieces of work at the same time; to be made where an event loop runs."""
        return cls(place, anyio.Semaphore(max(1, at_once)))

    async def run(self, function: PlacedWork[Place, Work, Value, Problem], work: Work) -> Result[Value, Problem]:
        """As `Executor.run`."""
        async with self.places:
            return await function(self.place, work)
