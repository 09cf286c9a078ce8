"""Work in the background whose bugs end neither it nor the program around it."""

from __future__ import annotations

import logging

import anyio
import pytest

from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.services.tasks.background import Background, keep_running, run_guarded


async def test_work_that_raises_is_begun_again_and_waits_longer_each_time(caplog: pytest.LogCaptureFixture) -> None:
    pauses: list[float] = []

    async def work() -> None:
        if len(pauses) < 8:
            raise KeyError(len(pauses))

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with caplog.at_level(logging.WARNING):
        await keep_running("the look at things", work, sleep)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert caplog.messages[0] == "the look at things: a bug stopped it, and the rest goes on: KeyError: 0"
    assert all(record.exc_info is None for record in caplog.records)


async def test_to_be_cancelled_is_no_bug() -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await run_guarded("work", anyio.sleep_forever)
    assert scope.cancelled_caught


async def test_work_in_the_background_that_raises_ends_nobody_elses() -> None:
    async def work() -> None:
        raise ValueError("oops")

    async with anyio.create_task_group() as group:
        background = Background(group, OpenedHere("this"))
        assert background.start(work)
    assert background.running == 0
