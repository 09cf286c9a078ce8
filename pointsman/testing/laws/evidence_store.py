"""The laws of `EvidenceStore`. A law takes an opening of a new, empty one that keeps at most so many rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import TypeAlias

import attrs
from returns.result import Success

from pointsman.core.effect import settle
from pointsman.core.money.cost import Cost
from pointsman.core.routing.evidence import FADING_DAYS, IN_USE, Evidence
from pointsman.services.ports.evidence_store import EvidenceStore

Opening: TypeAlias = Callable[[int], AbstractAsyncContextManager[EvidenceStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
_MOST = 100
_HALF = FADING_DAYS * 86_400.0

ROW = Evidence(
    kind="syntax",
    model="p/é",
    healed=9,
    tried=12,
    run="r1",
    date=1000.5,
    cost=Cost(Decimal("0.0123"), complete=False),
    seconds=3.25,
    effect=1.5,
    fingerprint="p-2026",
)
OUTCOME = Evidence(kind="syntax", model="p/m", healed=1, tried=1, run=IN_USE, date=0.0, fingerprint="a")


async def read(store: EvidenceStore) -> tuple[Evidence, ...]:
    return (await settle(store.read())).unwrap()


async def what_is_applied_is_read_as_it_was(opening: Opening) -> None:
    other = attrs.evolve(ROW, kind="", seconds=None, cost=Cost())
    async with opening(_MOST) as store:
        assert await read(store) == ()
        assert await settle(store.apply("r1", (ROW, other))) == Success(True)
        assert await read(store) == (other, ROW)


async def applying_a_run_twice_changes_nothing(opening: Opening) -> None:
    async with opening(_MOST) as store:
        assert await settle(store.apply("r1", (ROW,))) == Success(True)
        assert await settle(store.apply("r1", (ROW,))) == Success(False)
        assert await read(store) == (ROW,)


async def a_run_that_went_on_replaces_its_own_rows_only(opening: Opening) -> None:
    other, more = attrs.evolve(ROW, run="r2"), attrs.evolve(ROW, kind="name", tried=20)
    async with opening(_MOST) as store:
        await settle(store.apply("r1", (ROW,)))
        await settle(store.apply("r2", (other,)))
        assert await settle(store.apply("r1", (more,))) == Success(True)
        assert await read(store) == (more, other)


async def a_run_is_forgotten_and_the_others_stay(opening: Opening) -> None:
    other = attrs.evolve(ROW, run="r2")
    async with opening(_MOST) as store:
        await settle(store.apply("r1", (ROW, attrs.evolve(ROW, kind="name"))))
        await settle(store.apply("r2", (other,)))
        assert await settle(store.forget("r1")) == Success(2)
        assert await settle(store.forget("r1")) == Success(0)
        assert await read(store) == (other,)


async def outcomes_add_up_and_fade(opening: Opening) -> None:
    failed = attrs.evolve(OUTCOME, healed=0, date=_HALF)
    async with opening(_MOST) as store:
        for outcome in (OUTCOME, OUTCOME, failed, attrs.evolve(OUTCOME, kind="name")):
            assert await settle(store.add(outcome)) == Success(None)
        first, second = await read(store)
    assert (first.kind, first.tried) == ("name", 1.0)
    assert (second.healed, second.tried, second.date) == (1.0, 2.0, _HALF)


async def outcomes_of_another_version_begin_anew(opening: Opening) -> None:
    async with opening(_MOST) as store:
        for outcome in (OUTCOME, OUTCOME, attrs.evolve(OUTCOME, healed=0, fingerprint="b")):
            await settle(store.add(outcome))
        (row,) = await read(store)
    assert (row.healed, row.tried, row.fingerprint) == (0, 1, "b")


async def of_too_many_rows_the_oldest_go(opening: Opening) -> None:
    rows = [attrs.evolve(ROW, run="r2", kind=str(number), date=float(number)) for number in range(3)]
    async with opening(3) as store:
        await settle(store.apply("r2", rows))
        await settle(store.add(attrs.evolve(OUTCOME, date=5.0)))
        assert [row.kind for row in await read(store)] == ["syntax", "1", "2"]


LAWS: tuple[Law, ...] = (
    what_is_applied_is_read_as_it_was,
    applying_a_run_twice_changes_nothing,
    a_run_that_went_on_replaces_its_own_rows_only,
    a_run_is_forgotten_and_the_others_stay,
    outcomes_add_up_and_fade,
    outcomes_of_another_version_begin_anew,
    of_too_many_rows_the_oldest_go,
)
