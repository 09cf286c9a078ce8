"""The laws of `SharedLimits`. A law takes new, empty ones; none waits for a window to pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count

import anyio

from pointsman.core.effect import settle
from pointsman.core.routing.rate import Limit
from pointsman.services.ports.shared_limits import Claim, PastUse, SharedLimits

Law = Callable[[SharedLimits], Awaitable[None]]
_NUMBERS = count()


def claim(limit: Limit, tokens: int = 0, name: str = "vendor", id: str | None = None) -> Claim:
    return Claim(id=id or f"call-{next(_NUMBERS)}", name=name, limit=limit, tokens=tokens)


async def take(limits: SharedLimits, wanted: Claim) -> float:
    return (await settle(limits.take(wanted))).unwrap()


async def as_many_as_the_limit_and_no_more(limits: SharedLimits) -> None:
    three = Limit(requests_per_minute=3)
    assert [await take(limits, claim(three)) for _ in range(3)] == [0.0] * 3
    assert await take(limits, claim(three)) > 0
    assert await take(limits, claim(three, name="another vendor")) == 0


async def many_at_once_are_granted_no_more(limits: SharedLimits) -> None:
    outcomes: list[float] = []

    async def one() -> None:
        outcomes.append(await take(limits, claim(Limit(requests_per_minute=7))))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(one)
    assert outcomes.count(0.0) == 7


async def a_claim_that_is_repeated_is_counted_once(limits: SharedLimits) -> None:
    two = Limit(requests_per_minute=2, concurrent=5)
    again = claim(two)
    assert [await take(limits, again) for _ in range(4)] == [0.0] * 4
    assert await take(limits, claim(two)) == 0
    assert await take(limits, claim(two)) > 0


async def tokens_are_counted_and_corrected_once(limits: SharedLimits) -> None:
    hundred = Limit(tokens_per_minute=100)
    first = claim(hundred, 90)
    assert await take(limits, first) == 0
    assert await take(limits, claim(hundred, 20)) > 0
    for _ in range(3):
        (await settle(limits.leave(first, 40))).unwrap()
    assert await take(limits, claim(hundred, 60)) == 0
    assert await take(limits, claim(hundred, 1)) > 0


async def more_tokens_than_there_are_take_an_empty_minute(limits: SharedLimits) -> None:
    ten = Limit(tokens_per_minute=10)
    assert await take(limits, claim(ten, 1000)) == 0
    assert await take(limits, claim(ten, 1000)) > 0


async def a_refused_claim_leaves_no_trace(limits: SharedLimits) -> None:
    tight = Limit(requests_per_minute=10, tokens_per_minute=10, concurrent=10)
    assert await take(limits, claim(tight, 8)) == 0
    for _ in range(20):
        assert await take(limits, claim(tight, 8)) > 0
    assert await take(limits, claim(tight, 2)) == 0


async def room_is_made_by_who_leaves(limits: SharedLimits) -> None:
    pair = Limit(concurrent=2)
    first, second = claim(pair), claim(pair)
    assert [await take(limits, first), await take(limits, second)] == [0.0, 0.0]
    assert await take(limits, claim(pair)) > 0
    for _ in range(2):
        (await settle(limits.leave(first, None))).unwrap()
    assert await take(limits, claim(pair)) == 0
    assert await take(limits, claim(pair)) > 0


async def what_is_reported_counts_once_and_what_is_known_not_again(limits: SharedLimits) -> None:
    five = Limit(requests_per_minute=5)
    known, past = claim(five), claim(five)
    assert await take(limits, known) == 0
    uses = [PastUse(claim=known, age=1.0), PastUse(claim=past, age=2.0), PastUse(claim=claim(five), age=3600.0)]
    for _ in range(2):
        (await settle(limits.report(uses))).unwrap()
    assert [await take(limits, claim(five)) == 0 for _ in range(4)] == [True, True, True, False]


async def who_lives_is_counted_once(limits: SharedLimits) -> None:
    held = claim(Limit(concurrent=1))
    assert [(await settle(limits.renew(name, [held]))).unwrap() for name in ("a", "b", "a")] == [1, 2, 2]
    assert await take(limits, claim(Limit(concurrent=1))) > 0  # what another process holds is held


LAWS: tuple[Law, ...] = (
    as_many_as_the_limit_and_no_more,
    many_at_once_are_granted_no_more,
    a_claim_that_is_repeated_is_counted_once,
    tokens_are_counted_and_corrected_once,
    more_tokens_than_there_are_take_an_empty_minute,
    a_refused_claim_leaves_no_trace,
    room_is_made_by_who_leaves,
    what_is_reported_counts_once_and_what_is_known_not_again,
    who_lives_is_counted_once,
)
