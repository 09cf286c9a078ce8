"""A sandbox that runs nothing: jobs end as a test says, at once; and an executor that pickles what it does there."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.services.ports.executor import PlacedWork, Value, Work
from pointsman.services.ports.sandbox import (
    Execution,
    Job,
    OpenSandbox,
    Sandbox,
    SandboxError,
    wrong_paths,
)

Ends: TypeAlias = Callable[[Job], Execution | SandboxError]
"""What comes of a job."""


def ends_well(job: Job) -> Execution:
    """Every job ends by itself and says nothing: for programs whose own speed is measured."""
    return Execution(ending="exited")


@attrs.define
class FakeSandbox:
    """A `Sandbox` whose jobs come to what `ends` gives. `jobs` are those that were run, the last `most`.

    A list of executions is used up in turn, and its last one is repeated.
    """

    ends: Ends | list[Execution | SandboxError] = ends_well
    most: int = 1000
    name: str = "fake"
    jobs: deque[Job] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.jobs = deque(maxlen=self.most)

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`."""
        if wrong := wrong_paths(job):
            return Failure(SandboxError(detail=f"a file may not be called {wrong[0]!r}"))
        await anyio.lowlevel.checkpoint()
        self.jobs.append(job)
        ended = self._next(job)
        return Failure(ended) if isinstance(ended, SandboxError) else Success(ended)

    def _next(self, job: Job) -> Execution | SandboxError:
        if not isinstance(self.ends, list):
            return self.ends(job)
        return self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]


def always_opening(sandbox: Sandbox) -> OpenSandbox:
    """A recipe that gives `sandbox`, whatever is asked for: `live.but(sandbox=always_opening(FakeSandbox()))`."""

    @asynccontextmanager
    async def open_sandbox(name: str) -> AsyncIterator[Result[Sandbox, SandboxError]]:
        yield Success(sandbox)

    return open_sandbox


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
