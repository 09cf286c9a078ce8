"""The laws of `ChangeHints`. A law takes an opening: hints that come, and what has another process change something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio

from pointsman.services.ports.change_hints import ChangeHints

Change: TypeAlias = Callable[[], Awaitable[object]]
"""Another process changes what the hints are of: keys, sessions, users or settings."""
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[ChangeHints, Change]]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
_GUARD = 300.0
"""Seconds after which a law fails that waits for what does not come."""


async def a_change_is_told(opening: Opening) -> None:
    async with opening() as (hints, change):
        assert hints.is_listening
        for _ in range(3):
            before = hints.count
            await change()
            with anyio.fail_after(_GUARD):
                await hints.wait(before)
            assert hints.count > before


async def all_who_wait_are_told(opening: Opening) -> None:
    async with opening() as (hints, change):
        with anyio.fail_after(_GUARD):
            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(hints.wait, hints.count)
                await anyio.wait_all_tasks_blocked()
                await change()


async def what_comes_between_the_look_and_the_wait_is_not_missed(opening: Opening) -> None:
    async with opening() as (hints, change):
        looked = hints.count
        await change()
        with anyio.fail_after(_GUARD):
            await hints.wait(looked)
            await hints.wait(looked)  # and who comes later with the same look waits no more either
            await hints.wait(hints.count - 1)


async def who_is_cancelled_while_it_waits_keeps_nobody_else_from_being_told(opening: Opening) -> None:
    async with opening() as (hints, change):
        looked = hints.count
        async with anyio.create_task_group() as group:
            group.start_soon(hints.wait, looked)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        await change()
        with anyio.fail_after(_GUARD):
            await hints.wait(looked)


async def the_count_only_grows_and_with_nothing_new_there_is_no_end_to_the_wait(opening: Opening) -> None:
    async with opening() as (hints, change):
        counts = [hints.count]
        for _ in range(3):
            await change()
            with anyio.fail_after(_GUARD):
                await hints.wait(counts[-1])
            counts.append(hints.count)
        assert counts == sorted(set(counts))
        with anyio.move_on_after(0.05) as scope:
            await hints.wait(hints.count + 1000)
        assert scope.cancelled_caught


LAWS: tuple[Law, ...] = (
    a_change_is_told,
    all_who_wait_are_told,
    what_comes_between_the_look_and_the_wait_is_not_missed,
    who_is_cancelled_while_it_waits_keeps_nobody_else_from_being_told,
    the_count_only_grows_and_with_nothing_new_there_is_no_end_to_the_wait,
)
