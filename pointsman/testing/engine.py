"""Engines that are no processes: they answer by a scripted client, and die when a test says so."""

from __future__ import annotations

from itertools import count

import anyio
import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError, ModelNotFound, NetworkError, ProviderError
from pointsman.core.models.local_model import Capacity, EnginePlan, LocalModel
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.engine import AdapterChoice, RunningEngine
from pointsman.testing.client import Script, ScriptedClient

_pids = count(1000)


@attrs.define(eq=False)
class FakeEngine:
    """One engine; `plan` is what it was started for."""

    plan: EnginePlan
    client: ScriptedClient
    has_tools: bool = True
    has_grammar: bool = True
    adapters: AdapterChoice = "by id"
    pid: int = attrs.field(factory=lambda: next(_pids))
    is_over: bool = False
    _how: str = ""
    _gone: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    async def wait(self) -> str:
        """As `RunningEngine.wait`."""
        await self._gone.wait()
        return self._how

    async def stop(self) -> None:
        """As `RunningEngine.stop`."""
        await anyio.lowlevel.checkpoint()
        self._end("it was stopped")

    def die(self, how: str = "its process was ended by SIGKILL") -> None:
        """End as a process does that somebody kills: whoever asks it from now on finds the connection broken."""
        self._end(how)

    def _end(self, how: str) -> None:
        if not self.is_over:
            self.is_over, self._how = True, how
            self.client.error = NetworkError(detail="the connection broke", provider=self.client.provider, sent=True)
            self._gone.set()


@attrs.define(eq=False)
class FakeEngines:
    """An `EngineStarter` whose engines answer by `script`, and are ready `seconds` after they were wished for.

    `memory` is what the machine has; each engine takes what its plan needs. `started` holds all engines so far.
    `failures` are what the next starts fail with.
    """

    clock: Clock
    script: Script | None = None
    memory: int | None = None
    cores: int = 4
    seconds: float = 1.0
    has_tools: bool = True
    has_grammar: bool = True
    adapters: AdapterChoice = "by id"
    started: list[FakeEngine] = attrs.field(factory=list)
    failures: list[ProviderError] = attrs.field(factory=list)

    @property
    def running(self) -> list[FakeEngine]:
        """Those that have not ended."""
        return [engine for engine in self.started if not engine.is_over]

    def capacity(self) -> Capacity:
        """As `EngineStarter.capacity`."""
        used = sum(engine.plan.memory for engine in self.running)
        return Capacity(cores=self.cores, free_memory=None if self.memory is None else max(0, self.memory - used))

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """As `EngineStarter.start`."""
        await self.clock.sleep(self.seconds)
        if self.failures:
            return Failure(self.failures.pop(0))
        client = ScriptedClient() if self.script is None else ScriptedClient(self.script)
        engine = FakeEngine(plan, client, self.has_tools, self.has_grammar, self.adapters)
        self.started.append(engine)
        return Success(engine)


@attrs.define
class FakeLibrary:
    """A `ModelLibrary` of models that are only named."""

    holds: tuple[LocalModel, ...] = ()

    async def models(self) -> tuple[LocalModel, ...]:
        """As `ModelLibrary.models`."""
        return self.holds

    async def find(self, name: str) -> Result[LocalModel, ModelNotFound | ConfigurationError]:
        """As `ModelLibrary.find`."""
        found = next((model for model in self.holds if model.name == name), None)
        if found is None:
            return Failure(ModelNotFound(detail=f"there is no model {name!r}", model=name, local=True))
        return Success(found)
