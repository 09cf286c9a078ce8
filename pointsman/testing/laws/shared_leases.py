"""The laws of `SharedLeases`. A law takes one of which nothing is held, and lets its leases run out by `lapse`.

`lapse` gives a little more than half of the time of a lease to each call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pointsman.core.effect import settle
from pointsman.services.ports.shared_leases import SharedLease, SharedLeases

Lapse: TypeAlias = Callable[[], Awaitable[None]]
Law: TypeAlias = Callable[[SharedLeases, Lapse], Awaitable[None]]
ONE, TWO, THREE = SharedLease("work", "one"), SharedLease("work", "two"), SharedLease("work", "three")


async def acquire(leases: SharedLeases, lease: SharedLease, most: int = 1) -> bool:
    return (await settle(leases.acquire(lease, most))).unwrap()


async def release(leases: SharedLeases, lease: SharedLease) -> None:
    (await settle(leases.release(lease))).unwrap()


async def one_holds_it_until_it_is_given_back(leases: SharedLeases, lapse: Lapse) -> None:
    assert [await acquire(leases, one) for one in (ONE, TWO, ONE)] == [True, False, True]
    await release(leases, ONE)
    assert [await acquire(leases, one) for one in (TWO, ONE)] == [True, False]


async def names_do_not_mix(leases: SharedLeases, lapse: Lapse) -> None:
    for name in ("a", "A", "a ", "ä", "{a}", "a:b", "openai/gpt-4o"):
        assert await acquire(leases, SharedLease(name, "one"))
        assert not await acquire(leases, SharedLease(name, "two"))


async def who_does_not_hold_it_gives_nothing_back(leases: SharedLeases, lapse: Lapse) -> None:
    assert await acquire(leases, ONE)
    await release(leases, TWO)
    assert not await acquire(leases, THREE)
    await release(leases, ONE)
    await release(leases, ONE)
    assert await acquire(leases, THREE)


async def so_many_hold_it_as_may(leases: SharedLeases, lapse: Lapse) -> None:
    assert [await acquire(leases, one, 2) for one in (ONE, TWO, THREE, ONE)] == [True, True, False, True]
    await release(leases, TWO)
    assert await acquire(leases, THREE, 2)


async def who_is_dead_loses_it_and_who_renews_it_does_not(leases: SharedLeases, lapse: Lapse) -> None:
    dead, alive = SharedLease("other", "dead"), SharedLease("work", "alive")
    assert [await acquire(leases, one) for one in (dead, alive)] == [True, True]
    for _ in range(3):
        await lapse()
        (await settle(leases.renew([alive]))).unwrap()
    assert await acquire(leases, SharedLease("other", "next"))
    assert not await acquire(leases, SharedLease("work", "next"))


async def what_has_lapsed_is_not_renewed(leases: SharedLeases, lapse: Lapse) -> None:
    assert await acquire(leases, ONE)
    await lapse()
    await lapse()
    (await settle(leases.renew([ONE]))).unwrap()
    assert await acquire(leases, TWO)
    (await settle(leases.renew([ONE]))).unwrap()
    assert not await acquire(leases, ONE)


LAWS: tuple[Law, ...] = (
    one_holds_it_until_it_is_given_back,
    names_do_not_mix,
    who_does_not_hold_it_gives_nothing_back,
    so_many_hold_it_as_may,
    who_is_dead_loses_it_and_who_renews_it_does_not,
    what_has_lapsed_is_not_renewed,
)
