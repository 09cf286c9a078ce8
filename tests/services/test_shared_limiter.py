"""What several processes do of one limit: together, each by its share while nobody can be asked, and together again."""

from __future__ import annotations

import anyio
import pytest

from pointsman.core.notice import Notice, SharedStateChange
from pointsman.core.routing.rate import Limit
from pointsman.services.interceptors.rate_limit_queue import RateLimitQueue, Slot
from pointsman.services.interceptors.shared_limiter import SharedLimiter, SharedSlot
from pointsman.services.ports.shared_limits import RENEWAL_SECONDS
from pointsman.services.shared.availability import QUIET_SECONDS, Availability
from pointsman.testing.clock import FixedRandom, VirtualClock
from pointsman.testing.shared_limits import FakeSharedLimits
from tests.patience import pass_on

pytestmark = pytest.mark.anyio
SIXTY = Limit(requests_per_minute=60)


def processes(
    count: int, limits: FakeSharedLimits, told: list[Notice] | None = None, first: int = 0
) -> list[SharedLimiter]:
    publish = (lambda notice: None) if told is None else told.append
    return [
        SharedLimiter(limits, Availability(limits.clock, publish), FixedRandom(number), f"process-{number}")
        for number in range(first, first + count)
    ]


async def renew(limiters: list[SharedLimiter]) -> None:
    """Have each say that it lives, twice, so that each has heard of all."""
    for limiter in [*limiters, *limiters]:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(limiter.run)
                await pass_on()
                scope.cancel()


async def ask(limiters: list[SharedLimiter], times: int, limit: Limit = SIXTY, tokens: int = 0) -> list[SharedSlot]:
    """What is granted where each asks so often."""
    taken = [await limiter.take("vendor", limit, tokens) for _ in range(times) for limiter in limiters]
    return [slot for slot in taken if isinstance(slot, SharedSlot)]


async def test_away_each_goes_on_by_its_share_and_over_the_loss_no_minute_has_more_than_the_limit() -> None:
    clock, told = VirtualClock(), list[Notice]()
    limits = FakeSharedLimits(clock)
    limiters = processes(3, limits, told)
    await renew(limiters)
    assert [limiter.processes for limiter in limiters] == [3, 3, 3]
    assert len(await ask(limiters, 10)) == 30  # ten each
    limits.is_away = True
    assert len(await ask(limiters, 30)) == 30  # and ten each again: their share is twenty
    assert [limiter.is_away for limiter in limiters] == [True] * 3
    await clock.sleep(10)
    limits.is_away = False
    assert len(await ask(limiters, 30)) == 0  # what was used meanwhile is known at once
    assert [limiter.is_away for limiter in limiters] == [False] * 3
    await clock.sleep(60)
    assert len(await ask(limiters, 30)) == 60
    states = [notice.state for notice in told if isinstance(notice, SharedStateChange)]
    assert states == ["away"] * 3 + ["shared"] * 3


async def test_a_server_that_was_restarted_is_told_what_the_last_minute_was() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock)
    limiters = processes(2, limits)
    await renew(limiters)
    assert len(await ask(limiters, 25)) == 50
    limits.is_away = True
    await ask(limiters, 1)
    limits.forget_all()
    await clock.sleep(QUIET_SECONDS)
    limits.is_away = False
    await renew(limiters)
    await clock.sleep(2 * RENEWAL_SECONDS)
    assert len(await ask(limiters, 25)) == 8  # two by the share, while it was away


async def test_while_away_nobody_is_asked_for_a_second() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock, is_away=True)
    (limiter,) = processes(1, limits)
    assert len(await ask([limiter], 1)) == 1
    limits.is_away = False
    await ask([limiter], 1)
    assert limiter.is_away
    await clock.sleep(QUIET_SECONDS)
    await ask([limiter], 1)
    assert not limiter.is_away


async def test_a_call_whose_answer_was_lost_is_counted_once() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock, is_deaf=True)
    (limiter,) = processes(1, limits)
    three = Limit(requests_per_minute=3)
    assert len(await ask([limiter], 1, three)) == 1  # granted there, and here by the share
    limits.is_deaf = False
    await clock.sleep(QUIET_SECONDS)
    assert len(await ask([limiter], 5, three)) == 2


async def test_calls_at_once_are_those_of_all_and_lapse_with_who_held_them() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock)
    one, other = processes(2, limits)
    pair = Limit(concurrent=2)
    (first,) = await ask([one], 1, pair)
    assert len(await ask([other], 2, pair)) == 1
    assert not await ask([one], 1, pair)
    one.leave(first, None)
    await renew([one])
    assert len(await ask([one], 1, pair)) == 1
    await clock.sleep(10 * RENEWAL_SECONDS)  # both are dead
    assert len(await ask(processes(1, limits, first=7), 3, pair)) == 2


async def test_away_calls_at_once_are_shared_too_and_each_process_has_one_at_least() -> None:
    limits = FakeSharedLimits(VirtualClock())
    limiters = processes(3, limits)
    await renew(limiters)
    limits.is_away = True
    assert len(await ask(limiters, 3, Limit(concurrent=7))) == 6
    assert len(await ask(limiters[:1], 3, Limit(concurrent=2), 0)) == 0  # it has two already
    assert len(await ask(processes(1, limits), 3, Limit(concurrent=1))) == 1


async def test_tokens_are_corrected_for_all() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock)
    one, other = processes(2, limits)
    hundred = Limit(tokens_per_minute=100)
    (slot,) = await ask([one], 1, hundred, 90)
    assert not await ask([other], 1, hundred, 50)
    one.leave(slot, 10)
    await renew([one])
    assert len(await ask([other], 1, hundred, 50)) == 1


async def test_the_queue_of_a_model_waits_for_the_shared_window() -> None:
    clock = VirtualClock()
    limits = FakeSharedLimits(clock)
    one, other = processes(2, limits)
    lanes = [RateLimitQueue(Limit(requests_per_minute=1), clock, "vendor/m", limiter) for limiter in (one, other)]
    assert isinstance(await lanes[0].enter(0, "", 60.0), Slot)
    began = clock.monotonic()
    assert isinstance(await lanes[1].enter(0, "", 5.0), float)
    assert isinstance(await lanes[1].enter(0, "", 90.0), Slot)
    assert clock.monotonic() - began == pytest.approx(60.0)


async def test_more_names_than_anybody_has_limits_for_do_not_fill_the_memory() -> None:
    clock = VirtualClock()
    (limiter,) = processes(1, FakeSharedLimits(clock))
    for number in range(3000):
        taken = await limiter.take(f"name-{number}", SIXTY, 0)
        assert isinstance(taken, SharedSlot)
        limiter.leave(taken, None)
        await clock.sleep(0.1)
    assert len(limiter._shares) <= 1000
