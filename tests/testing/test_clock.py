"""The real clock and the virtual one keep the laws; and what is said of the virtual one alone."""

from __future__ import annotations

import threading
from functools import partial

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from pointsman.adapters.system.clock import SystemClock
from pointsman.testing import VirtualClock
from pointsman.testing.laws import clock as laws


@pytest.mark.parametrize("law", laws.LAWS)
async def test_the_virtual_clock(law: laws.Law) -> None:
    await law(VirtualClock(), 60.0)


@pytest.mark.parametrize("law", laws.LAWS)
async def test_the_real_clock(law: laws.Law) -> None:
    await law(SystemClock(), 0.02)


async def test_each_sleeper_wakes_in_its_own_second() -> None:
    clock, woke = VirtualClock(), list[tuple[float, float]]()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append((seconds, clock.time - 1_000_000))

    async with anyio.create_task_group() as group:
        for seconds in (60, 1, 30):
            group.start_soon(sleep, seconds)
    assert woke == [(1, 1), (30, 30), (60, 60)]
    assert clock.sleeps == [60, 1, 30] or sorted(clock.sleeps) == [1, 30, 60], "trio starts tasks in any order"


async def test_those_of_one_deadline_wake_as_they_went_to_sleep_and_one_after_the_other() -> None:
    clock, went, woke = VirtualClock(), list[int](), list[int]()

    async def sleep(number: int) -> None:
        await anyio.lowlevel.checkpoint()
        went.append(number)
        await clock.sleep(10)
        woke.append(number)

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(sleep, number)
    assert woke == went
    assert len(woke) == 20


async def test_time_stands_while_somebody_works() -> None:
    clock, seen = VirtualClock(), set[float]()

    async def work() -> None:
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
            seen.add(clock.time - 1_000_000)

    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 10)
        group.start_soon(work)
    assert seen == {0}


async def test_what_is_in_the_background_does_not_move_the_time() -> None:
    clock, pings = VirtualClock(), list[float]()

    async def keep_alive() -> None:
        while True:
            await clock.passive.sleep(300)
            pings.append(clock.time - 1_000_000)

    async with anyio.create_task_group() as group:
        group.start_soon(keep_alive)
        await anyio.wait_all_tasks_blocked()
        assert (pings, clock.time) == ([], 1_000_000)
        await clock.sleep(1000)
        assert pings == [300, 600, 900]
        assert clock.sleeps == [1000]
        group.cancel_scope.cancel()


async def test_time_stands_while_a_thread_works() -> None:
    clock, at_work, go = VirtualClock(), threading.Event(), threading.Event()

    def work() -> str:
        at_work.set()
        go.wait()
        return "done"

    async def release() -> None:
        await anyio.to_thread.run_sync(at_work.wait)
        go.set()

    async with anyio.create_task_group() as group, clock.limit(1000) as scope:
        group.start_soon(release)
        assert await anyio.to_thread.run_sync(work) == "done"
    assert not scope.cancelled_caught
    assert clock.time == 1_000_000


async def test_a_thread_that_hangs_is_cut_after_as_many_real_seconds() -> None:
    clock, go = VirtualClock(), threading.Event()
    try:
        async with clock.limit(0.05) as scope:
            await anyio.to_thread.run_sync(go.wait, abandon_on_cancel=True)
    finally:
        go.set()
    assert scope.cancelled_caught
    assert clock.time == pytest.approx(1_000_000.05)


async def test_held_time_stands_though_all_wait() -> None:
    clock, passed = VirtualClock(), anyio.Event()

    async def sleep() -> None:
        await clock.sleep(1000)
        passed.set()

    async with anyio.create_task_group() as group:
        group.start_soon(sleep)
        with clock.hold():
            await anyio.sleep(0.02)
            assert clock.time == 1_000_000
        with anyio.fail_after(60):
            await passed.wait()
    assert clock.time == 1_001_000


async def test_one_that_does_not_jump_moves_as_it_is_moved() -> None:
    clock, woke = VirtualClock(jumps=False), list[tuple[float, float]]()

    async def sleep(seconds: float) -> None:
        for _ in range(2):
            await clock.sleep(seconds)
            woke.append((seconds, clock.time - 1_000_000))

    async with anyio.create_task_group() as group:
        for seconds in (30, 10):
            group.start_soon(sleep, seconds)
        await clock.run_for(9)
        assert woke == []
        await clock.run_for(2)
        assert woke == [(10, 10)]
        await clock.run_for(100)
    assert woke == [(10, 10), (10, 20), (30, 30), (30, 60)]
    assert clock.time == 1_000_111


async def test_after_a_leap_all_who_are_due_wake_in_order() -> None:
    clock, woke = VirtualClock(jumps=False), list[float]()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append(seconds)

    async with anyio.create_task_group() as group:
        for seconds in (30, 10, 20, 99):
            group.start_soon(sleep, seconds)
        await anyio.wait_all_tasks_blocked()
        clock.advance(50)
        await anyio.wait_all_tasks_blocked()
        assert woke == [10, 20, 30]
        clock.advance(50)


def test_two_clocks_in_one_loop_do_not_wait_for_each_other(backend_name: str) -> None:
    clocks = VirtualClock(), VirtualClock()

    async def run() -> None:
        async with anyio.create_task_group() as group:
            for clock in clocks:
                group.start_soon(clock.sleep, 10)
                group.start_soon(clock.sleep, 20)

    with_limit = partial(anyio.run, run, backend=backend_name)
    with_limit()
    assert [clock.time for clock in clocks] == [1_000_020, 1_000_020]


@pytest.fixture(params=["asyncio", "trio"])
def backend_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_driver_that_is_cancelled_leaves_the_wheel_to_the_next() -> None:
    clock, woke = VirtualClock(), list[int]()

    async def sleep(seconds: int) -> None:
        await clock.sleep(seconds)
        woke.append(seconds)

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope, clock.hold():
            async with anyio.create_task_group() as inner:
                inner.start_soon(sleep, 5)
                await anyio.lowlevel.checkpoint()
                group.start_soon(sleep, 7)
                await anyio.sleep(0.01)
                scope.cancel()
    assert woke == [7]
    assert clock.time == 1_000_007
