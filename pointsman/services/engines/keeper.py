"""Keeps engines: starts one when it is first asked for, and ends it. It knows no process and no file, only the port.

Of each model there is at most one engine, however many ask at once. It ends when nobody has asked for a while, when
another model needs its memory (the one that was asked longest ago goes first, never one that is answering), when its
process dies, and with the keeper. After its death the next who asks has it started anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

import anyio
import attrs
from anyio.abc import TaskGroup
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.error import Fault, ModelUnavailable, ProviderError
from pointsman.core.models.local_model import EnginePlan, LocalModel, lack_of_room, plan_engine
from pointsman.core.notice import ModelLoadState
from pointsman.core.settings import EngineSettings
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.engine import EngineStarter, RunningEngine
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import background_tasks, tasks_together
from pointsman.services.tasks.user_code import describe

EngineState: TypeAlias = Literal["starting", "ready", "ended"]
TellState: TypeAlias = Callable[[LocalModel, ModelLoadState, ProviderError | None], None]
_STOP_SECONDS = 10.0
"""How long an engine may take to end; then it is given up."""
_NOTICE_SECONDS = 1.0
"""How long after a broken connection the death of its process may become known."""


@attrs.define(eq=False)
class _Seat:
    """One engine, from the wish for it to its end."""

    plan: EnginePlan
    state: EngineState = "starting"
    engine: RunningEngine | None = None
    failure: ProviderError | None = None
    """Why it never became ready."""
    death: str = ""
    """How it ended, where that was not our doing."""
    users: int = 0
    last_used: float = 0.0
    settled: anyio.Event = attrs.field(factory=anyio.Event)
    """It is ready, or will never be."""
    over: anyio.Event = attrs.field(factory=anyio.Event)
    scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)


@attrs.frozen
class EngineReport:
    """One engine as it is now; `idle` is for how many seconds nobody has asked it."""

    model: LocalModel
    state: EngineState
    pid: int | None
    memory: int
    users: int
    idle: float


@attrs.define(eq=False)
class EngineLease:
    """An engine that is not ended while it is held. Let go of it with `release`, once."""

    _seat: _Seat
    _clock: Clock
    engine: RunningEngine
    _is_held: bool = True

    @property
    def model(self) -> LocalModel:
        """What it runs."""
        return self._seat.plan.model

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._is_held:
            self._is_held = False
            self._seat.users -= 1
            self._seat.last_used = self._clock.monotonic()

    async def death(self) -> str:
        """How the engine ended; empty where it lives. It is waited for a moment: a connection breaks first."""
        async with self._clock.limit(_NOTICE_SECONDS):
            await self._seat.over.wait()
        return self._seat.death or ("it was unloaded" if self._seat.over.is_set() else "")


@attrs.define(eq=False)
class EngineKeeper:
    """The engines of one App. Made by `keep_engines`."""

    _starter: EngineStarter
    _clock: Clock
    _settings: EngineSettings
    _group: TaskGroup
    _seats: dict[tuple[str, bool, tuple[str, ...]], _Seat] = attrs.field(factory=dict)
    _room: anyio.Lock = attrs.field(factory=anyio.Lock)
    """Two that need memory are looked at one after the other."""
    tell: TellState = attrs.field(default=lambda model, state, error: None, repr=False)
    """Is told when a model is being loaded, is loaded, unloaded, or failed to be loaded."""

    async def acquire(self, model: LocalModel, *, for_embeddings: bool = False) -> Result[EngineLease, ProviderError]:
        """The engine of `model`, which is started if need be. Whoever has it releases it."""
        seat = self._seat_of(model, for_embeddings)
        seat.users += 1
        try:
            await seat.settled.wait()
        except BaseException:
            seat.users -= 1
            raise
        if seat.engine is None or seat.failure is not None:
            seat.users -= 1
            return Failure(seat.failure or _unload_fault(model))
        return Success(EngineLease(seat, self._clock, seat.engine))

    def state_of(self, model: LocalModel) -> EngineState:
        """Whether it has an engine."""
        states = {seat.state for key, seat in self._seats.items() if key[0] == model.path}
        if "ready" in states:
            return "ready"
        return "starting" if "starting" in states else "ended"

    def report(self) -> tuple[EngineReport, ...]:
        """All engines, the one that was asked last first."""
        now = self._clock.monotonic()
        seats = sorted(self._seats.values(), key=lambda seat: -seat.last_used)
        return tuple(
            EngineReport(
                seat.plan.model,
                seat.state,
                None if seat.engine is None else seat.engine.pid,
                seat.plan.memory,
                seat.users,
                0.0 if seat.users else now - seat.last_used,
            )
            for seat in seats
        )

    async def unload(self, model: LocalModel) -> bool:
        """End the engines of `model`, whatever they are doing; says whether there was one."""
        seats = [seat for key, seat in self._seats.items() if key[0] == model.path]
        for seat in seats:
            await _end(seat)
        return bool(seats)

    def _seat_of(self, model: LocalModel, for_embeddings: bool) -> _Seat:
        """The seat that there is; or a new one, whose engine is being started in the keeper's own task.

        Not in the task of who asks: others may wait for it when that one is cancelled.
        """
        key = EnginePlan(model=model, for_embeddings=for_embeddings).key
        seat = self._seats.get(key)
        if seat is None or seat.state == "ended":
            plan = plan_engine(model, self._settings, self._starter.capacity(), for_embeddings=for_embeddings)
            seat = self._seats[key] = _Seat(plan, last_used=self._clock.monotonic())
            self._group.start_soon(self._run, seat)
        return seat

    async def _run(self, seat: _Seat) -> None:
        """The life of one engine."""
        model = seat.plan.model
        self.tell(model, "loading", None)
        try:
            with seat.scope:
                started = unwrap_or_failure(await self._start(seat))
                if isinstance(started, Fault):
                    seat.failure = started
                    return
                seat.engine, seat.state = started, "ready"
                self.tell(model, "loaded", None)
                seat.settled.set()
                await self._watch(seat, started)
        except Exception as bug:  # of a starter or an engine: it is theirs who ask for this model, and nobody else's
            seat.death = describe(bug)
            seat.failure = seat.failure or ModelUnavailable(detail=f"its engine failed: {seat.death}", local=True)
        finally:
            seat.state = "ended"
            self.tell(model, "unloaded" if seat.failure is None else "failed", seat.failure)
            if self._seats.get(seat.plan.key) is seat:
                del self._seats[seat.plan.key]
            with anyio.CancelScope(shield=True):
                if seat.engine is not None:
                    async with self._clock.limit(_STOP_SECONDS):
                        await run_guarded("the end of an engine", seat.engine.stop)
            seat.settled.set()
            seat.over.set()

    async def _start(self, seat: _Seat) -> Result[RunningEngine, ProviderError]:
        async with self._room:
            refused = await self._make_room(seat.plan)
            if refused is not None:
                return Failure(_room_fault(seat.plan, refused))
            return await self._starter.start(seat.plan)

    async def _make_room(self, plan: EnginePlan) -> str | None:
        """End engines that nobody uses until there is memory for `plan`; or say why there is not enough."""
        while True:
            others = [seat for seat in self._seats.values() if seat.engine is not None]
            running = sum(seat.plan.memory for seat in others)
            lack = lack_of_room(plan, self._starter.capacity(), running, self._settings.memory)
            if lack is None:
                return None
            unused = [seat for seat in others if not seat.users and seat.state == "ready"]
            if not unused:
                return lack
            await _end(min(unused, key=lambda seat: seat.last_used))

    async def _watch(self, seat: _Seat, engine: RunningEngine) -> None:
        """Return when it has died, or when nobody has asked for long enough."""
        async with tasks_together() as group:
            group.start_soon(self._wait_for_death, seat, engine, group.cancel_scope.cancel)
            await self._wait_for_idleness(seat)
            group.cancel_scope.cancel()

    async def _wait_for_death(self, seat: _Seat, engine: RunningEngine, done: Callable[[], None]) -> None:
        seat.death = await engine.wait()
        done()

    async def _wait_for_idleness(self, seat: _Seat) -> None:
        idle, clock = self._settings.idle, self._clock.passive
        while True:
            left = idle if seat.users else seat.last_used + idle - clock.monotonic()
            if left <= 0:
                return
            await clock.sleep(left)


async def _end(seat: _Seat) -> None:
    seat.scope.cancel()
    await seat.over.wait()


def _unload_fault(model: LocalModel) -> ModelUnavailable:
    return ModelUnavailable(detail="it was unloaded while it was being started", model=model.name, local=True)


def _room_fault(plan: EnginePlan, clause: str) -> ModelUnavailable:
    return ModelUnavailable(detail=f"it is not loaded: {clause}", model=plan.model.name, local=True)


@asynccontextmanager
async def keep_engines(starter: EngineStarter, clock: Clock, settings: EngineSettings) -> AsyncIterator[EngineKeeper]:
    """A keeper, whose engines end with the scope."""
    async with background_tasks() as group:
        yield EngineKeeper(starter, clock, settings, group)
