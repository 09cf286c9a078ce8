"""The keeper of engines, in virtual time, with engines that are no processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.core.error import ModelUnavailable
from pointsman.core.models.local_model import LocalModel
from pointsman.core.settings import EngineSettings
from pointsman.services.engines.keeper import EngineKeeper, EngineLease, keep_engines
from pointsman.testing import VirtualClock
from pointsman.testing.engine import FakeEngines

GB = 10**9
SMALL = LocalModel(name="small", path="/m/small", size_bytes=GB // 10, architecture="llama", parameters=135 * 10**6)
BIG = LocalModel(name="big", path="/m/big", size_bytes=4 * GB, architecture="llama", parameters=8 * 10**9)
OTHER = attrs.evolve(BIG, name="other", path="/m/other")


@asynccontextmanager
async def keeping(
    settings: EngineSettings | None = None, memory: int | None = None
) -> AsyncIterator[tuple[EngineKeeper, FakeEngines, VirtualClock]]:
    clock = VirtualClock()
    engines = FakeEngines(clock, memory=memory)
    async with keep_engines(engines, clock, settings or EngineSettings()) as keeper:
        yield keeper, engines, clock


async def lease_of(keeper: EngineKeeper, model: LocalModel = SMALL) -> EngineLease:
    found = unwrap_or_failure(await keeper.acquire(model))
    assert isinstance(found, EngineLease), found
    return found


async def refusal_of(keeper: EngineKeeper, model: LocalModel) -> ModelUnavailable:
    found = unwrap_or_failure(await keeper.acquire(model))
    assert isinstance(found, ModelUnavailable), found
    return found


async def test_many_who_ask_at_once_have_one_engine() -> None:
    async with keeping() as (keeper, engines, _):
        leases: list[EngineLease] = []

        async def ask() -> None:
            leases.append(await lease_of(keeper))

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(ask)
        assert len(engines.started) == 1
        assert {lease.engine for lease in leases} == {engines.started[0]}
        assert keeper.report()[0].users == 8


async def test_who_is_cancelled_while_it_starts_does_not_take_it_from_the_others() -> None:
    async with keeping() as (keeper, engines, _):
        async with anyio.create_task_group() as group:
            group.start_soon(keeper.acquire, SMALL)
            await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        lease = await lease_of(keeper)
        assert len(engines.started) == 1
        assert keeper.report()[0].users == 1
        lease.release()


async def test_an_engine_that_nobody_asks_ends_and_one_that_is_used_does_not() -> None:
    async with keeping(EngineSettings(idle=60.0)) as (keeper, engines, clock):
        lease = await lease_of(keeper)
        await clock.sleep(500.0)
        assert engines.running
        lease.release()
        await clock.sleep(30.0)
        (await lease_of(keeper)).release()
        await clock.sleep(59.0)
        assert engines.running
        await clock.sleep(2.0)
        assert not engines.running
        assert keeper.report() == ()


async def test_after_its_death_the_next_who_asks_has_a_new_one() -> None:
    async with keeping() as (keeper, engines, _):
        lease = await lease_of(keeper)
        engines.started[0].die("its process was ended by SIGKILL")
        assert await lease.death() == "its process was ended by SIGKILL"
        lease.release()
        again = await lease_of(keeper)
        assert again.engine is engines.started[1]


async def test_an_engine_that_lives_has_no_death_to_tell_of() -> None:
    async with keeping() as (keeper, _, _):
        assert await (await lease_of(keeper)).death() == ""


async def test_the_one_asked_longest_ago_makes_room_for_another() -> None:
    async with keeping(memory=10 * GB) as (keeper, engines, clock):
        for model in (BIG, OTHER):
            (await lease_of(keeper, model)).release()
            await clock.sleep(1.0)
        third = attrs.evolve(BIG, name="third", path="/m/third")
        (await lease_of(keeper, third)).release()
        assert [engine.plan.model.name for engine in engines.running] == ["other", "third"]


async def test_one_that_is_answering_is_not_ended_for_another() -> None:
    async with keeping(memory=6 * GB) as (keeper, engines, _):
        lease = await lease_of(keeper, BIG)
        error = await refusal_of(keeper, OTHER)
        assert "4.2 GB (4.0 GB for the weights" in error.detail
        assert "1.8 GB are free" in error.detail
        assert error.local
        assert not engines.started[0].is_over
        lease.release()
        assert (await lease_of(keeper, OTHER)).engine.pid


async def test_what_the_settings_allow_is_told_with_the_numbers() -> None:
    async with keeping(EngineSettings(memory=GB)) as (keeper, engines, _):
        error = await refusal_of(keeper, BIG)
        assert "engine.memory allows 1.0 GB" in error.detail
        assert not engines.started


async def test_a_start_that_fails_is_told_to_all_and_tried_again_by_the_next() -> None:
    async with keeping() as (keeper, engines, _):
        engines.failures.append(ModelUnavailable(detail="no"))
        assert (await refusal_of(keeper, SMALL)).detail == "no"
        assert (await lease_of(keeper)).engine.pid


async def test_unloading_ends_what_is_there_and_says_so() -> None:
    async with keeping() as (keeper, engines, _):
        await lease_of(keeper)
        assert await keeper.unload(SMALL)
        assert not engines.running
        assert not await keeper.unload(SMALL)


async def test_all_engines_end_with_the_keeper() -> None:
    async with keeping() as (keeper, engines, _):
        await lease_of(keeper)
        await lease_of(keeper, BIG)
        assert len(engines.running) == 2
    assert not engines.running


@pytest.mark.parametrize(
    ("model", "cores", "threads"), [(SMALL, 8, 1), (BIG, 8, 7), (BIG, 1, 1)], ids=["very small", "large", "one core"]
)
async def test_threads_leave_one_core_to_others(model: LocalModel, cores: int, threads: int) -> None:
    async with keeping() as (keeper, engines, _):
        engines.cores = cores
        await lease_of(keeper, model)
        assert engines.started[0].plan.threads == threads


async def test_slots_and_context_shrink_before_a_model_is_refused_but_not_what_was_set() -> None:
    wide = attrs.evolve(BIG, kv_bytes=200_000, context_length=32_768)
    async with keeping(memory=6 * GB) as (keeper, engines, _):
        await lease_of(keeper, wide)
        assert (engines.started[0].plan.slots, engines.started[0].plan.context) == (1, 1024)
    async with keeping(EngineSettings(context=8192, slots=2), memory=6 * GB) as (keeper, _, _):
        assert "for 2 × 8192 tokens" in (await refusal_of(keeper, wide)).detail
