"""Engines of other packages: what their code raises is how a start failed or an engine ended, and nothing more."""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError, ModelUnavailable, ProviderError
from pointsman.core.models.local_model import Capacity, EnginePlan
from pointsman.core.one_line import one_line
from pointsman.services.ports.client import Client
from pointsman.services.ports.engine import AdapterChoice, EngineStarter, RunningEngine
from pointsman.services.tasks.user_code import call_user_code, run_user_code

_LOG = logging.getLogger("pointsman.engines")


@attrs.frozen
class NoEngines:
    """An `EngineStarter` in the place of one that could not be loaded: it starts nothing, and says why."""

    error: ConfigurationError
    look: Callable[[], Capacity]

    def capacity(self) -> Capacity:
        """That of the machine."""
        return self.look()

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """The failure."""
        return Failure(attrs.evolve(self.error, model=plan.model.name))


@attrs.frozen
class ForeignEngines:
    """The `EngineStarter` of another package; `title` names it in failures, `look` sees what the machine has."""

    starter: EngineStarter
    title: str
    look: Callable[[], Capacity]

    def capacity(self) -> Capacity:
        """As the package says; if it raises, that of the machine."""
        return call_user_code(self.starter.capacity).lash(lambda _: Success(self.look())).unwrap()

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """As `EngineStarter.start`."""
        started = await run_user_code(lambda: self.starter.start(plan))
        if isinstance(started, Failure):
            detail = f"{self.title} raised {started.failure()}"
            return Failure(ModelUnavailable(detail=detail, model=plan.model.name, local=True))
        return started.unwrap().map(lambda engine: _ForeignEngine(engine, self.title))


@attrs.frozen
class _ForeignEngine:
    engine: RunningEngine
    title: str

    @property
    def client(self) -> Client:
        return self.engine.client

    @property
    def has_tools(self) -> bool:
        return self.engine.has_tools

    @property
    def has_grammar(self) -> bool:
        return bool(getattr(self.engine, "has_grammar", True))  # not known to those that were written before it

    @property
    def adapters(self) -> AdapterChoice:
        choice = getattr(self.engine, "adapters", "none")
        return "by id" if choice == "by id" else "by name" if choice == "by name" else "none"

    @property
    def pid(self) -> int:
        return self.engine.pid

    async def wait(self) -> str:
        ended = await run_user_code(self.engine.wait)
        return ended.lash(lambda problem: Success(f"{self.title} raised {problem}")).unwrap()

    async def stop(self) -> None:
        stopped = await run_user_code(self.engine.stop)
        if isinstance(stopped, Failure):  # the keeper has done with it: nobody could do more
            _LOG.warning("%s raised when one was to be stopped: %s", self.title, one_line(stopped.failure()))
