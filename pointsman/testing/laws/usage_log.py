"""The laws of `UsageLog`. A law takes an opening of a new, empty log."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.chat.request import ask
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.effect import settle
from pointsman.core.money.call_trace import NO_TRACE, CallTrace, TracedTry
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.usage_query import FAILED, RecordQuery, fits
from pointsman.core.money.usage_record import CANCELLED, OK, UsageRecord
from pointsman.core.money.usage_report import GROUPS, GroupBy, UsageRow, report, series
from pointsman.services.ports.usage_log import UsageLog
from pointsman.testing.laws.examples import BACKENDS, examples
from pointsman.testing.laws.responses import costs, texts, usages

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[UsageLog]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]

_durations = st.floats(0, 1e9, allow_subnormal=False)
"""Milliseconds. PostgreSQL calls a mean that is too small for a float an error, and no clock is so fine."""
_times = st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]) | st.floats(-1e9, 1e12, allow_nan=False)
records: st.SearchStrategy[UsageRecord] = st.builds(
    UsageRecord,
    id=st.sampled_from("abcdefgh"),
    time=_times,
    kind=st.sampled_from(["chat", "stream", "complete", "embed", "shadow"]),
    provider=texts,
    model=texts,
    task=texts,
    tenant=texts,
    conversation=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    usage=usages,
    cost=costs,
    saved=costs,
    latency_ms=_durations,
    first_ms=st.none() | _durations,
    attempts=st.integers(0, 99),
    cache=st.sampled_from(["", "exact", "semantic"]),
    outcome=st.sampled_from([OK, CANCELLED, "RateLimitExceeded"]),
    finish=texts,
    experiment=texts,
    variant=texts,
    prompt=texts,
    answer=texts,
    request=st.none() | st.builds(ask, texts, texts),
    trace=st.just(NO_TRACE)
    | st.builds(
        CallTrace,
        tries=st.lists(
            st.builds(
                TracedTry,
                texts,
                texts,
                _durations,
                texts,
                texts,
                st.booleans(),
                st.none() | _durations,
            )
        ).map(tuple),
        strategy=texts,
        ranked=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
        warnings=st.lists(texts, max_size=2).map(tuple),
        error=texts,
        left_out=st.integers(0, 9),
    ),
)
"""Records of every shape, of which two now and then have the same id."""


async def add(log: UsageLog, *records: UsageRecord) -> None:
    for record in records:
        assert await settle(log.add(record)) == Success(None)


async def read(log: UsageLog, since: float | None = None, until: float | None = None) -> tuple[UsageRecord, ...]:
    return (await settle(log.read(since, until))).unwrap()


def at(time: float, id: str | None = None) -> UsageRecord:
    return UsageRecord(id=id or str(time), time=time)


async def tags_are_told_apart_also_behind_a_null(opening: Opening) -> None:
    tags = ("a", "a\0b", r"a\u0000b", "a\\\0b", "a%00b", "a%2500b")
    async with opening() as log:
        await add(log, *(attrs.evolve(at(1.0, tag), tags=(tag,)) for tag in tags))
        assert {row.group: row.calls for row in (await settle(log.summary("tag"))).unwrap()} == dict.fromkeys(tags, 1)


async def it_begins_empty(opening: Opening) -> None:
    async with opening() as log:
        assert await read(log) == ()
        assert await settle(log.forget(1e12)) == Success(0)


async def oldest_first_from_since_and_below_until(opening: Opening) -> None:
    one, two, three = at(1.0), at(2.0), at(3.0)
    async with opening() as log:
        await add(log, two, three, one)
        assert await read(log) == (one, two, three)
        assert await read(log, 2.0) == (two, three)
        assert await read(log, None, 2.0) == (one,)
        assert await read(log, 1.0, 3.0) == (one, two)
        assert await read(log, 2.0, 2.0) == ()
        assert await read(log, 3.0, 1.0) == ()


async def of_the_same_time_the_first_added_stands_first(opening: Opening) -> None:
    async with opening() as log:
        many = [at(5.0, str(9 - number)) for number in range(9)]
        await add(log, *many)
        assert await read(log) == tuple(many)


async def the_same_id_replaces(opening: Opening) -> None:
    async with opening() as log:
        await add(log, at(1.0, "a"), at(2.0, "b"), attrs.evolve(at(3.0, "a"), answer="second"))
        assert await read(log) == (at(2.0, "b"), attrs.evolve(at(3.0, "a"), answer="second"))


async def forgetting_takes_the_older_and_counts_them(opening: Opening) -> None:
    async with opening() as log:
        await add(log, at(3.0), at(1.0), at(2.0))
        assert await settle(log.forget(2.0)) == Success(1)
        assert await read(log) == (at(2.0), at(3.0))
        assert await settle(log.forget(2.0)) == Success(0)
        assert await settle(log.forget(float("inf"))) == Success(2)
        assert await read(log) == ()


async def unknown_is_not_zero(opening: Opening) -> None:
    """Unknown counts, an unknown cost and one that is known to be at least something come back as they were."""
    least, exact = Cost(Decimal("0.000000000001"), False), Cost(Decimal("1234567.890123456789"))
    async with opening() as log:
        await add(
            log,
            attrs.evolve(at(1.0), usage=UNKNOWN, cost=UNKNOWN_COST, saved=FREE),
            attrs.evolve(at(2.0), usage=NOTHING, cost=FREE, saved=UNKNOWN_COST),
            attrs.evolve(at(3.0), usage=Usage(None, 0, 1, estimated=True), cost=least, saved=exact, first_ms=0.0),
        )
        unknown, nothing, partly = await read(log)
    assert (unknown.usage, unknown.cost, unknown.saved, unknown.first_ms) == (UNKNOWN, UNKNOWN_COST, FREE, None)
    assert (nothing.usage, nothing.cost, nothing.saved) == (NOTHING, FREE, UNKNOWN_COST)
    assert (partly.usage, partly.cost, partly.saved) == (Usage(None, 0, 1, estimated=True), least, exact)
    assert partly.first_ms == 0.0


async def many_at_once_are_all_kept(opening: Opening) -> None:
    async with opening() as log:
        async with anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(add, log, at(float(number)))
        assert await read(log) == tuple(at(float(number)) for number in range(200))


def what_is_read_is_what_was_added(opening: Opening) -> None:
    @settings(max_examples=examples(60))
    @given(
        added=st.lists(records, max_size=8), since=st.none() | _times, until=st.none() | _times,
        before=_times, backend=st.sampled_from(BACKENDS),
    )  # fmt: skip
    def check(added: list[UsageRecord], since: float | None, until: float | None, before: float, backend: str) -> None:
        async def run() -> None:
            async with opening() as log:
                await add(log, *added)
                held = {record.id: record for record in added}
                _same(await read(log), held)
                within = _between(held, since, until)
                _same(await read(log, since, until), within)
                older = _between(held, None, before)
                assert await settle(log.forget(before)) == Success(len(older))
                _same(await read(log), _between(held, before, None))

        anyio.run(run, backend=backend)

    check()


def its_sums_are_those_of_its_records(opening: Opening) -> None:
    """Whatever was kept, what is counted where the records are is what is counted of them."""

    @settings(max_examples=examples(60))
    @given(
        added=st.lists(records, max_size=12),
        by=st.sampled_from(GROUPS),
        moments=st.lists(st.floats(0, 1e10, allow_nan=False), min_size=12, max_size=12),
        bounds=st.none() | st.tuples(st.floats(0, 1e9), st.floats(1e9, 1e10)),
        backend=st.sampled_from(BACKENDS),
    )
    def check(
        added: list[UsageRecord], by: GroupBy, moments: list[float], bounds: tuple[float, float] | None, backend: str
    ) -> None:
        timed = [attrs.evolve(one, time=float(int(at))) for one, at in zip(added, moments, strict=False)]

        async def run() -> None:
            async with opening() as log:
                await add(log, *timed)
                first, last = bounds or (None, None)
                found = (await settle(log.summary(by, first, last))).unwrap()
                _alike(found, report(await read(log, first, last), by))
                pieces = (await settle(log.series(0.0, 1e10, 7))).unwrap()
                _alike(pieces, series(await read(log), 0.0, 1e10, 7))
                latest = (await settle(log.latest(3))).unwrap()
                every = (await read(log))[::-1]
                assert latest == every[:3]
                for tenant in {one.tenant for one in latest} | {"nobody"}:
                    own = (await settle(log.latest(3, tenant))).unwrap()
                    theirs = tuple(one for one in every[::-1] if one.tenant == tenant)
                    assert own == theirs[::-1][:3]
                    summed = (await settle(log.summary(by, first, last, tenant))).unwrap()
                    within = [one for one in await read(log, first, last) if one.tenant == tenant]
                    _alike(summed, report(within, by))
                    steps = (await settle(log.series(0.0, 1e10, 7, tenant))).unwrap()
                    _alike(steps, series(theirs, 0.0, 1e10, 7))

        anyio.run(run, backend=backend)

    check()


def what_is_found_is_what_fits(opening: Opening) -> None:
    """Whatever is looked for, it is found, the latest first, and page by page the same as at once."""

    @settings(max_examples=examples(60))
    @given(added=st.lists(records, max_size=8), data=st.data(), backend=st.sampled_from(BACKENDS))
    def check(added: list[UsageRecord], data: st.DataObject, backend: str) -> None:
        some = st.sampled_from([None, *added])
        of = {name: data.draw(some, name) for name in ("id", "provider", "model", "tenant")}
        named = {name: getattr(one, name) for name, one in of.items() if one is not None}
        wanted = attrs.evolve(
            RecordQuery(),
            **named,
            outcome=data.draw(st.sampled_from([None, OK, FAILED, "RateLimitExceeded"])),
            tags=next((one.tags for one in of.values() if one is not None), ()),
            since=data.draw(st.none() | _times),
            until=data.draw(st.none() | _times),
        )

        async def run() -> None:
            async with opening() as log:
                await add(log, *added)
                held = {record.id: record for record in added}.values()
                every = sorted(held, key=lambda one: (one.time, one.id), reverse=True)
                expected = tuple(one for one in every if fits(one, wanted))
                assert (await settle(log.find(wanted))).unwrap() == expected
                first = (await settle(log.find(attrs.evolve(wanted, most=1)))).unwrap()
                assert first == expected[:1]
                if first:
                    after = attrs.evolve(wanted, before=(first[0].time, first[0].id))
                    assert (await settle(log.find(after))).unwrap() == expected[1:]

        anyio.run(run, backend=backend)

    check()


def _alike(found: tuple[UsageRow, ...], expected: tuple[UsageRow, ...]) -> None:
    """The same rows; only the speed, a quotient of sums of floats, may differ in its last digits."""
    speeds = [(one.tokens_per_second, other.tokens_per_second) for one, other in zip(found, expected, strict=True)]
    assert all(one == other or (one and other and math.isclose(one, other, rel_tol=1e-6)) for one, other in speeds)
    bare = [attrs.evolve(one, tokens_per_second=None) for one in found]
    assert bare == [attrs.evolve(one, tokens_per_second=None) for one in expected]


def _between(held: dict[str, UsageRecord], since: float | None, until: float | None) -> dict[str, UsageRecord]:
    return {
        id: record
        for id, record in held.items()
        if (since is None or since <= record.time) and (until is None or record.time < until)
    }


def _same(found: tuple[UsageRecord, ...], held: dict[str, UsageRecord]) -> None:
    """These records and no others, each once and whole, oldest first."""
    assert len(found) == len(held)
    assert {record.id: record for record in found} == held
    assert {repr(record.usage) for record in found} == {repr(record.usage) for record in held.values()}, "True is not 1"
    assert all(first.time <= second.time for first, second in pairwise(found))


LAWS: tuple[Law, ...] = (
    tags_are_told_apart_also_behind_a_null,
    it_begins_empty,
    oldest_first_from_since_and_below_until,
    of_the_same_time_the_first_added_stands_first,
    the_same_id_replaces,
    forgetting_takes_the_older_and_counts_them,
    unknown_is_not_zero,
    many_at_once_are_all_kept,
)
PROPERTIES: tuple[Property, ...] = (
    what_is_read_is_what_was_added,
    its_sums_are_those_of_its_records,
    what_is_found_is_what_fits,
)
