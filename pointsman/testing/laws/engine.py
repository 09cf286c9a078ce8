"""The laws of `EngineStarter`. A law takes an opening of one, what is to be run, and how an engine is killed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import attrs
from returns.methods import unwrap_or_failure

from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import Fault
from pointsman.core.models.local_model import EnginePlan
from pointsman.services.ports.client import CHAT
from pointsman.services.ports.engine import EngineStarter, RunningEngine


@attrs.frozen
class Opening:
    """`open` gives a new starter for as long as its scope lasts, `plan` is a model that it can run.

    `kill` ends an engine as something from outside would, without a word to who has it.
    """

    open: Callable[[], AbstractAsyncContextManager[EngineStarter]]
    plan: EnginePlan
    kill: Callable[[RunningEngine], None]


Law: TypeAlias = Callable[[Opening], Awaitable[None]]


async def _start(starter: EngineStarter, plan: EnginePlan) -> RunningEngine:
    started = unwrap_or_failure(await starter.start(plan))
    assert not isinstance(started, Fault), started
    return started


async def _answer(engine: RunningEngine, plan: EnginePlan) -> ChatResponse | Fault:
    return unwrap_or_failure(await engine.client.call(CHAT, ask(plan.model.name, "Hello")))


async def an_engine_answers_once_it_is_given(opening: Opening) -> None:
    async with opening.open() as starter:
        engine = await _start(starter, opening.plan)
        assert isinstance(await _answer(engine, opening.plan), ChatResponse)
        assert engine.pid > 0
        await engine.stop()


async def a_stopped_engine_is_over_and_may_be_stopped_again(opening: Opening) -> None:
    async with opening.open() as starter:
        engine = await _start(starter, opening.plan)
        await engine.stop()
        assert isinstance(await _answer(engine, opening.plan), Fault)
        await engine.stop()


async def a_killed_engine_says_how_it_ended_to_who_waits(opening: Opening) -> None:
    async with opening.open() as starter:
        engine = await _start(starter, opening.plan)
        told: list[str] = []

        async def wait() -> None:
            told.append(await engine.wait())

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            opening.kill(engine)
        assert told
        assert told[0]
        assert isinstance(await _answer(engine, opening.plan), Fault)
        await engine.stop()


async def two_engines_live_apart(opening: Opening) -> None:
    async with opening.open() as starter:
        one, two = await _start(starter, opening.plan), await _start(starter, opening.plan)
        assert one.pid != two.pid
        await one.stop()
        assert isinstance(await _answer(two, opening.plan), ChatResponse)
        await two.stop()


async def a_machine_has_a_core_at_least(opening: Opening) -> None:
    async with opening.open() as starter:
        capacity = starter.capacity()
        assert capacity.cores >= 1
        assert capacity.free_memory is None or capacity.free_memory >= 0


LAWS: tuple[Law, ...] = (
    an_engine_answers_once_it_is_given,
    a_stopped_engine_is_over_and_may_be_stopped_again,
    a_killed_engine_says_how_it_ended_to_who_waits,
    two_engines_live_apart,
    a_machine_has_a_core_at_least,
)
