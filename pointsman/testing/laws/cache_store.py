"""The laws of `CacheStore`. A law takes an opening: bounds in, a new empty store for the length of a scope out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.chat.part import Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import Attempt
from pointsman.services.ports.cache_store import CacheBounds, CacheEntry, CacheStats, CacheStore
from pointsman.testing.laws.examples import BACKENDS, examples
from pointsman.testing.laws.responses import ERRORS, heavy, responses

Opening: TypeAlias = Callable[[CacheBounds], AbstractAsyncContextManager[CacheStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]
Step: TypeAlias = tuple[str, str, int]
"""What is done (`find`, `keep`, `drop`, `clear`), with which key, with how long a text or for how long."""

ROOMY = CacheBounds()


def saying(text: str, expires: float = 100.0) -> CacheEntry:
    """An entry that says `text`, made at 0."""
    return CacheEntry(ChatResponse(parts=(Text(text),)), 0.0, expires)


async def find(store: CacheStore, key: str, now: float = 1.0) -> CacheEntry | None:
    return (await settle(store.find(key, now))).unwrap()


async def keep(store: CacheStore, key: str, entry: CacheEntry, now: float = 1.0) -> None:
    assert await settle(store.keep(key, entry, now)) == Success(None)


async def stats(store: CacheStore) -> CacheStats:
    return (await settle(store.stats())).unwrap()


async def found_until_it_expires(opening: Opening) -> None:
    async with opening(ROOMY) as store:
        entry = saying("hello", expires=10.0)
        await keep(store, "k", entry)
        assert await find(store, "k", 9.999) == entry
        assert await find(store, "k", 10.0) is None
        assert (await stats(store)).entries == 0
        assert await find(store, "k", 9.0) is None, "what has expired does not come back"


async def the_errors_of_failed_tries_are_kept(opening: Opening) -> None:
    async with opening(ROOMY) as store:
        for error in ERRORS:
            attempts = (Attempt("p", "m", 1.0, error), Attempt("p", "n", 2.0))
            entry = CacheEntry(ChatResponse(attempts=attempts), 0.0, 100.0)
            await keep(store, "k", entry)
            assert await find(store, "k") == entry


async def the_newer_replaces_the_older(opening: Opening) -> None:
    async with opening(ROOMY) as store:
        await keep(store, "k", saying("x" * 1000))
        full = await stats(store)
        await keep(store, "k", saying("short"))
        assert await find(store, "k") == saying("short")
        after = await stats(store)
        assert after.entries == 1
        assert after.size < full.size
        assert after.evicted == 0


async def two_keys_never_mix(opening: Opening) -> None:
    keys = ("a", "A", "a ", "", "ä", "a\0", "a\0b", "%", "a%", "'; DROP TABLE cache; --")
    async with opening(ROOMY) as store:
        for key in keys:
            assert await find(store, key) is None
            await keep(store, key, saying(key))
        for key in keys:
            assert await find(store, key) == saying(key)
        assert await settle(store.drop("a")) == Success(None)
        assert [await find(store, key) for key in keys[1:]] == [saying(key) for key in keys[1:]]
        assert await find(store, "a") is None


async def drop_and_clear_forget(opening: Opening) -> None:
    async with opening(ROOMY) as store:
        assert await settle(store.drop("never")) == Success(None)
        for key in "abc":
            await keep(store, key, saying(key))
        await settle(store.drop("b"))
        await settle(store.drop("b"))
        assert (await stats(store)).entries == 2
        assert await settle(store.clear()) == Success(2)
        assert await stats(store) == CacheStats()
        assert await find(store, "a") is None
        assert await settle(store.clear()) == Success(0)


async def uses_are_counted(opening: Opening) -> None:
    async with opening(CacheBounds(entries=2)) as store:
        assert await stats(store) == CacheStats()
        await find(store, "a")
        for key in "abc":
            await keep(store, key, saying(key, expires=10.0))
        for key in "abc":
            await find(store, key)
        await find(store, "c", 10.0)
        counted = await stats(store)
        assert (counted.entries, counted.hits, counted.misses, counted.evicted) == (1, 2, 3, 1)
        assert counted.size > 0


async def the_least_recently_used_goes_first(opening: Opening) -> None:
    async with opening(CacheBounds(entries=3)) as store:
        for key in "abc":
            await keep(store, key, saying(key))
        await find(store, "a")
        await keep(store, "b", saying("again"))
        await keep(store, "d", saying("d"))
        assert [await find(store, key) is not None for key in "abcd"] == [True, True, False, True]
        assert (await stats(store)).evicted == 1


async def what_is_larger_than_the_cache_is_not_kept(opening: Opening) -> None:
    async with opening(CacheBounds(size=50_000)) as store:
        await keep(store, "small", saying("small"))
        await keep(store, "k", saying("old"))
        for name, response in heavy(50_001).items():
            await keep(store, "k", CacheEntry(response, 0.0, 100.0))
            assert await find(store, "k") is None, name
        assert await find(store, "small") == saying("small"), "it pushes nothing out either"
        assert (await stats(store)).evicted == 0


async def a_cache_of_nothing_keeps_nothing(opening: Opening) -> None:
    for bounds in (CacheBounds(entries=0), CacheBounds(size=0)):
        async with opening(bounds) as store:
            await keep(store, "k", saying("k"))
            assert await find(store, "k") is None
            assert (await stats(store)).entries == 0


async def many_at_once_leave_it_whole(opening: Opening) -> None:
    async with opening(CacheBounds(entries=20)) as store:

        async def use(number: int) -> None:
            key = str(number % 30)
            await keep(store, key, saying(key))
            assert await find(store, key) in (None, saying(key))

        async with anyio.create_task_group() as tasks:
            for number in range(90):
                tasks.start_soon(use, number)
        counted = await stats(store)
        assert counted.entries == 20
        assert counted.hits + counted.misses == 90


def what_is_found_equals_what_was_kept(opening: Opening) -> None:
    @settings(max_examples=examples(60))
    @given(response=responses, backend=st.sampled_from(BACKENDS))
    def check(response: ChatResponse, backend: str) -> None:
        async def run() -> None:
            async with opening(ROOMY) as store:
                entry = CacheEntry(response, 0.1, 1e9)
                await keep(store, "k", entry)
                found = await find(store, "k")
                assert found == entry
                assert repr(found) == repr(entry), "equal, and of the same types"

        anyio.run(run, backend=backend)

    check()


_steps = st.lists(
    st.tuples(
        st.sampled_from(["keep", "keep", "keep", "find", "find", "drop", "clear"]),
        st.sampled_from("abcdef"),
        st.integers(0, 3000),
    ),
    max_size=30,
)


def it_is_a_bounded_map_with_the_least_recently_used_gone(opening: Opening) -> None:
    """Against an ordered dictionary: after every step what it holds is what was last used, and fits."""

    @settings(max_examples=examples(60))
    @given(
        entries=st.integers(0, 4), size=st.sampled_from([0, 4000, 9000, 2**20]), steps=_steps,
        backend=st.sampled_from(BACKENDS),
    )  # fmt: skip
    def check(entries: int, size: int, steps: list[Step], backend: str) -> None:
        async def run() -> None:
            bounds = CacheBounds(entries=entries, size=size)
            async with opening(bounds) as store:
                await _walk(store, bounds, steps)

        anyio.run(run, backend=backend)

    check()


async def _walk(store: CacheStore, bounds: CacheBounds, steps: list[Step]) -> None:
    held: OrderedDict[str, CacheEntry] = OrderedDict()
    for what, key, length in steps:
        if what == "keep":
            held.pop(key, None)
            entry = saying("x" * length)
            await keep(store, key, entry)
            if await find(store, key) == entry:
                held[key] = entry
            else:
                assert bounds.size < 10_000 or not bounds.entries, "it was not kept though there is room"
        elif what == "find":
            found = await find(store, key)
            assert found in (None, held.get(key))
            if found is not None:
                held.move_to_end(key)
        elif what == "drop":
            held.pop(key, None)
            assert await settle(store.drop(key)) == Success(None)
        else:
            held.clear()
            await settle(store.clear())
        await _holds(store, bounds, held)


async def _holds(store: CacheStore, bounds: CacheBounds, held: OrderedDict[str, CacheEntry]) -> None:
    """The store fits its bounds, and holds the newest of `held` and none older than one that it lacks."""
    counted = await stats(store)
    assert counted.entries <= bounds.entries
    assert counted.size <= bounds.size
    assert (counted.size > 0) == (counted.entries > 0)
    room = min(bounds.entries, len(held))
    kept: list[str] = []
    for key in list(held):  # oldest use first, so that looking changes no order
        found = await find(store, key)
        if found is None:
            del held[key]
            assert not kept, f"{key} is gone, {kept} were used longer ago"
        else:
            assert found == held[key]
            kept.append(key)
    assert len(kept) == counted.entries
    if bounds.size >= 2**20:
        assert len(kept) == room, "nothing goes while there is room"


LAWS: tuple[Law, ...] = (
    found_until_it_expires,
    the_errors_of_failed_tries_are_kept,
    the_newer_replaces_the_older,
    two_keys_never_mix,
    drop_and_clear_forget,
    uses_are_counted,
    the_least_recently_used_goes_first,
    what_is_larger_than_the_cache_is_not_kept,
    a_cache_of_nothing_keeps_nothing,
    many_at_once_leave_it_whole,
)
PROPERTIES: tuple[Property, ...] = (
    what_is_found_equals_what_was_kept,
    it_is_a_bounded_map_with_the_least_recently_used_gone,
)
