"""Rate limits: kept, fair, bounded, and fed by the providers."""

from __future__ import annotations

import anyio
import attrs
import pytest
from returns.result import Result

from pointsman import CallOptions, ChatRequest, ChatResponse, Limit, RateLimitExceeded, RateLimits, ask
from pointsman.core.chat.event import Failed
from pointsman.core.error import ChatError
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.rate_limit import RateLimiter
from pointsman.services.middleware.retry import Retrying
from pointsman.testing import FixedRandom, ScriptedClient, VirtualClock
from tests.managed import answer, chat, stream


def limited(
    limit: Limit, inner: ScriptedClient | None = None, name: str = "fake"
) -> tuple[Intercepted, ScriptedClient, VirtualClock]:
    """A client whose provider (or model) has `limit`."""
    clock = VirtualClock()
    client = inner or ScriptedClient(lambda request: answer())
    return Intercepted(client, (RateLimiter({name: limit}, clock),), clock, "fake"), client, clock


async def test_the_fourth_of_three_a_minute_waits_until_the_first_is_a_minute_old() -> None:
    client, inner, clock = limited(Limit(requests_per_minute=3))
    began = clock.time
    for _ in range(4):
        assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
    assert clock.time - began == 60
    assert len(inner.requests) == 4


async def test_a_wait_that_would_be_too_long_fails_at_once_and_says_how_long() -> None:
    client, inner, clock = limited(Limit(requests_per_minute=1, max_wait=20))
    await chat(client, ask("m", "hi"))
    clock.advance(10)
    refused = await chat(client, ask("m", "hi"))
    assert isinstance(refused, RateLimitExceeded)
    assert refused.retry_after == 50
    assert refused.local
    assert len(inner.requests) == 1
    impatient = attrs.evolve(ask("m", "hi"), timeout=1.0)
    client, _, _ = limited(Limit(requests_per_minute=1))
    await chat(client, impatient)
    assert isinstance(await chat(client, impatient), RateLimitExceeded)


async def test_tokens_are_reckoned_before_and_put_right_after() -> None:
    client, _, clock = limited(Limit(tokens_per_minute=1000), name="fake/m")
    began = clock.time
    big = attrs.evolve(ask("m", "hi"), max_tokens=900)
    await chat(client, big)  # reckoned with over 900, but used 200
    await chat(client, attrs.evolve(big, max_tokens=700))
    assert clock.time == began
    await chat(client, big)
    assert clock.time - began >= 60


async def test_models_and_providers_have_their_own() -> None:
    client, _, clock = limited(Limit(requests_per_minute=1), name="fake/m")
    began = clock.time
    await chat(client, ask("m", "hi"))
    await chat(client, ask("other", "hi"))
    assert clock.time == began


NOTHING_LEFT = attrs.evolve(answer(), rate_limits=RateLimits(requests_left=0, requests_reset=7.0))
SLOW_DOWN = RateLimitExceeded(retry_after=9.0)


@pytest.mark.parametrize(("limit", "seconds"), [(Limit(), 1.0), (Limit(max_pause=0), 0.0), (Limit(max_pause=20), 7.0)])
async def test_a_provider_that_says_nothing_is_left_is_left_alone_for_so_long_as_may_be_waited(
    limit: Limit, seconds: float
) -> None:
    """Then it says itself whether there is room: what it calls a reset is when all is whole again, not when one is."""
    client, _, clock = limited(limit, ScriptedClient([NOTHING_LEFT, "fine"]))
    began = clock.time
    await chat(client, ask("m", "hi"))
    assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
    assert clock.time - began == seconds


async def test_after_a_429_everybody_is_told_at_once_how_long_it_lasts() -> None:
    client, inner, clock = limited(Limit(), ScriptedClient([SLOW_DOWN, "fine"]))
    assert isinstance(await chat(client, ask("m", "hi")), RateLimitExceeded)
    clock.advance(2)
    began = clock.time
    for tenant in ("one", "other"):
        refused = await chat(client, ask("m", "hi", CallOptions(tenant=tenant)))
        assert isinstance(refused, RateLimitExceeded)
        assert (refused.retry_after, refused.local) == (7.0, True)
        assert refused.detail == "fake/m has asked for a pause, which lasts 7.0 s"
        ended = (await stream(client, ask("m", "hi", CallOptions(tenant=tenant))))[-1]
        assert isinstance(ended, Failed)
        assert ended.error == refused
    assert (clock.time, len(inner.requests)) == (began, 1)
    assert isinstance(await chat(client, ask("other", "hi")), ChatResponse)


@pytest.mark.parametrize("name", ["fake", "fake/m"])
async def test_the_operator_may_let_them_wait(name: str) -> None:
    """By the limit of the provider, or of the model."""
    client, _, clock = limited(Limit(max_pause=20), ScriptedClient([SLOW_DOWN, "fine"]), name)
    began = clock.time
    await chat(client, ask("m", "hi"))
    assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
    assert clock.time - began == 9


async def test_the_end_of_a_pause_is_waited_for() -> None:
    client, _, clock = limited(Limit(), ScriptedClient([SLOW_DOWN, "fine"]))
    began = clock.time
    await chat(client, ask("m", "hi"))
    clock.advance(8.5)
    assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
    assert clock.time - began == 9


async def test_who_waits_in_the_queue_hears_of_the_pause_too() -> None:
    """A place is free only when the first is done, and the first brings a 429."""
    inner, clock = Counting(script=[SLOW_DOWN]), VirtualClock(jumps=False)
    client = Intercepted(inner, (RateLimiter({"fake/m": Limit(concurrent=1)}, clock),), clock, "fake")
    heard: list[object] = []

    async def one(tenant: str) -> None:
        heard.append(await chat(client, ask("m", "hi", CallOptions(tenant=tenant))))

    async with anyio.create_task_group() as group:
        for tenant in ("one", "one", "other", "third"):
            group.start_soon(one, tenant)
            await anyio.wait_all_tasks_blocked()
        inner.go.release()
    assert [error.retry_after for error in heard if isinstance(error, RateLimitExceeded)] == [9.0] * 4
    assert len(inner.requests) == 1


async def test_a_call_is_tried_again_after_the_time_that_it_was_told() -> None:
    """Its own retry is no next request: the pause is over when it comes."""
    inner, clock = ScriptedClient([SLOW_DOWN, "fine"]), VirtualClock()
    guarded = Intercepted(inner, (RateLimiter({}, clock),), clock, "fake")
    client = Retrying(guarded, clock, FixedRandom())
    assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
    assert clock.sleeps == [9.0]


@attrs.define
class Counting(ScriptedClient):
    """Counts how many are asked at once, and answers one at a time."""

    now: int = 0
    most: int = 0
    order: list[str] = attrs.field(factory=list)
    go: anyio.Semaphore = attrs.field(factory=lambda: anyio.Semaphore(0))

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        self.now += 1
        self.most = max(self.most, self.now)
        self.order.append(request.options.tenant)
        try:
            await self.go.acquire()
        finally:
            self.now -= 1
        return await ScriptedClient.call_chat(self, request)


async def test_no_more_than_so_many_at_once_and_tenants_take_turns() -> None:
    inner, clock = Counting(lambda request: answer()), VirtualClock(jumps=False)
    client = Intercepted(inner, (RateLimiter({"fake": Limit(concurrent=2)}, clock),), clock, "fake")
    done: list[object] = []

    async def one(tenant: str) -> None:
        done.append(await chat(client, ask("m", "hi", CallOptions(tenant=tenant))))

    async with anyio.create_task_group() as group:
        for tenant in ("greedy",) * 8 + ("modest",) * 2:
            group.start_soon(one, tenant)
            await anyio.wait_all_tasks_blocked()
        for _ in range(10):
            inner.go.release()
            await anyio.wait_all_tasks_blocked()
    assert len(done) == 10
    assert inner.most == 2
    assert inner.order[:6] == ["greedy", "greedy", "greedy", "modest", "greedy", "modest"]


async def test_one_who_gives_up_waiting_holds_nobody_up() -> None:
    inner, clock = Counting(lambda request: answer()), VirtualClock(jumps=False)
    client = Intercepted(inner, (RateLimiter({"fake": Limit(concurrent=1)}, clock),), clock, "fake")
    done: list[object] = []

    async def one() -> None:
        done.append(await chat(client, ask("m", "hi")))

    async with anyio.create_task_group() as group:
        group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        scope = anyio.CancelScope()

        async def leaving() -> None:
            with scope:
                await one()

        group.start_soon(leaving)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
        for _ in range(2):
            inner.go.release()
            await anyio.wait_all_tasks_blocked()
    assert len(done) == 2
