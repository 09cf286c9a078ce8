"""The laws of `Clock`. A law takes a clock and a unit: how many of its seconds are long enough to be told apart.

The real clock and a virtual one both keep them; what is only said of a clock whose time is a number are its own tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
import anyio.lowlevel

from pointsman.services.ports.clock import Clock

Law: TypeAlias = Callable[[Clock, float], Awaitable[None]]
_LONG = 5000
"""Units in which nothing here is still waited for, however slow the machine is."""


async def both_times_go_forward_by_what_was_slept(clock: Clock, unit: float) -> None:
    now, monotonic = clock.now(), clock.monotonic()
    await clock.sleep(2 * unit)
    assert clock.now() - now > unit
    assert clock.monotonic() - monotonic > unit


async def sleepers_wake_in_the_order_of_their_times(clock: Clock, unit: float) -> None:
    woke, late = list[int](), list[float]()

    async def sleep(units: int) -> None:
        due = clock.monotonic() + units * unit
        await clock.sleep(units * unit)
        woke.append(units)
        late.append(clock.monotonic() - due)

    async with anyio.create_task_group() as group:
        for units in (6, 1, 3):
            group.start_soon(sleep, units)
    assert min(late) > -unit / 2, "somebody woke too early"
    assert woke == [1, 3, 6] or max(late) > unit, "they were in time, and not in order"


async def waits_beside_each_other_are_at_the_same_time(clock: Clock, unit: float) -> None:
    steps: list[str] = []

    async def sleep(units: int) -> None:
        steps.append("goes to sleep")
        await clock.sleep(units * unit)
        steps.append("wakes")

    async with anyio.create_task_group() as group:
        for units in (4, 5, 6):
            group.start_soon(sleep, units)
    assert steps == ["goes to sleep"] * 3 + ["wakes"] * 3


async def a_limit_cuts_what_takes_longer_and_nothing_else(clock: Clock, unit: float) -> None:
    async with clock.limit(unit) as short:
        await clock.sleep(50 * unit)
    async with clock.limit(_LONG * unit) as long:
        await clock.sleep(unit)
    assert (short.cancelled_caught, long.cancelled_caught) == (True, False)


async def a_limit_cuts_what_would_wait_for_ever(clock: Clock, unit: float) -> None:
    async with clock.limit(unit) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def of_limits_in_each_other_the_shorter_cuts(clock: Clock, unit: float) -> None:
    cuts: list[str] = []
    async with clock.limit(_LONG * unit) as outer:
        async with clock.limit(unit):
            await clock.sleep(50 * unit)
            cuts.append("nothing")
        await clock.sleep(unit)
        cuts.append("the inner")
    assert (cuts, outer.cancelled_caught) == (["the inner"], False)
    async with clock.limit(unit) as outer:
        async with clock.limit(_LONG * unit):
            await clock.sleep(50 * unit)
        cuts.append("the longer")
    assert (cuts, outer.cancelled_caught) == (["the inner"], True)


async def an_exception_leaves_a_limit_as_it_is(clock: Clock, unit: float) -> None:
    error = KeyError("mine")
    try:
        async with clock.limit(_LONG * unit):
            raise error
    except KeyError as raised:
        assert raised is error  # noqa: PT017  # the laws need no pytest
    else:
        raise AssertionError("it was swallowed")


async def cancellation_passes_through_a_sleep_and_wakes_nobody_else(clock: Clock, unit: float) -> None:
    woke: list[str] = []

    async def sleep(name: str, units: float) -> None:
        await clock.sleep(units * unit)
        woke.append(name)

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as inner:
                inner.start_soon(sleep, "cancelled", 1)
                group.start_soon(sleep, "left", 4)
                await anyio.lowlevel.checkpoint()
                scope.cancel()
    assert woke == ["left"]


async def no_wait_is_still_a_checkpoint(clock: Clock, unit: float) -> None:
    for seconds in (0.0, -unit):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await clock.sleep(seconds)
            raise AssertionError("it was not cancelled")


async def work_in_the_background_wakes_when_its_time_has_passed(clock: Clock, unit: float) -> None:
    woke: list[int] = []

    async def ping() -> None:
        while True:
            await clock.passive.sleep(3 * unit)
            woke.append(len(woke))

    async with anyio.create_task_group() as group:
        group.start_soon(ping)
        await anyio.lowlevel.checkpoint()
        await clock.sleep(50 * unit)
        assert woke, "it has not run at all"
        group.cancel_scope.cancel()
    before = clock.now()
    assert clock.passive.passive.now() >= before


async def hold_is_a_scope_in_which_time_may_be_read(clock: Clock, unit: float) -> None:
    before = clock.monotonic()
    with clock.hold(), clock.passive.hold():
        assert clock.monotonic() >= before


LAWS: tuple[Law, ...] = (
    both_times_go_forward_by_what_was_slept,
    sleepers_wake_in_the_order_of_their_times,
    waits_beside_each_other_are_at_the_same_time,
    a_limit_cuts_what_takes_longer_and_nothing_else,
    a_limit_cuts_what_would_wait_for_ever,
    of_limits_in_each_other_the_shorter_cuts,
    an_exception_leaves_a_limit_as_it_is,
    cancellation_passes_through_a_sleep_and_wakes_nobody_else,
    no_wait_is_still_a_checkpoint,
    work_in_the_background_wakes_when_its_time_has_passed,
    hold_is_a_scope_in_which_time_may_be_read,
)
