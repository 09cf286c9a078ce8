"""Work that is done to its end also where its task is cancelled."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from pointsman.services.tasks.waiting import run_to_end


async def test_what_is_not_cancelled_is_done_once() -> None:
    times = 0

    async def work() -> int:
        nonlocal times
        await anyio.lowlevel.checkpoint()
        times += 1
        return times

    assert await run_to_end(work) == 1
    assert times == 1


@pytest.mark.parametrize("turns", range(4))
async def test_what_is_cancelled_is_done_all_the_same_and_the_cancellation_goes_on(turns: int) -> None:
    done = after = 0

    async def work() -> None:
        nonlocal done
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        done += 1

    async def task(scope: anyio.CancelScope) -> None:
        nonlocal after
        with scope:
            await run_to_end(work)
            await anyio.lowlevel.checkpoint()
            after += 1

    async with anyio.create_task_group() as group:
        scope = anyio.CancelScope()
        group.start_soon(task, scope)
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        scope.cancel()
    assert done == 1
    assert after == 0


async def test_an_exception_is_not_tried_again() -> None:
    times = 0

    async def work() -> None:
        nonlocal times
        times += 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_to_end(work)
    assert times == 1
