"""The cache in a SQLite file: shared by those who open it, and not to be upset by what stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman.adapters.codec import encode
from pointsman.adapters.sql.cache_store import SqlCache
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.json import Json
from pointsman.services.ports.cache_store import CacheBounds, CacheEntry, CacheStats
from pointsman.testing.laws.cache_store import find, keep, saying, stats
from pointsman.testing.laws.examples import examples
from pointsman.testing.laws.responses import responses
from tests.adapters.dialects.strategies import json_values
from tests.adapters.sqlite.opened import a_database


async def test_a_second_handle_sees_what_the_first_keeps(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as one, a_database(path) as two:
        first, second = SqlCache(one), SqlCache(two)
        await keep(first, "k", saying("hello"))
        assert await find(second, "k") == saying("hello")
        await settle(second.drop("k"))
        assert await find(first, "k") is None
        assert await stats(first) == await stats(second) == CacheStats(hits=1, misses=1)
    async with a_database(path) as again:
        assert await stats(SqlCache(again)) == CacheStats(hits=1, misses=1), "counted until it is cleared"


async def test_the_bounds_hold_for_all_handles_together(tmp_path: Path) -> None:
    path, bounds = tmp_path / "stores.db", CacheBounds(entries=3)
    async with a_database(path) as one, a_database(path) as two:
        stores = SqlCache(one, bounds), SqlCache(two, bounds)
        for number in range(8):
            await keep(stores[number % 2], str(number), saying(str(number)))
        assert [await find(stores[0], str(number)) is not None for number in range(8)] == [False] * 5 + [True] * 3


async def test_what_json_cannot_carry_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    async with a_database(tmp_path / "stores.db") as database:
        store = SqlCache(database)
        await keep(store, "k", saying("old"))
        for response in (ChatResponse(usage=Usage(input=2**70)), ChatResponse(parts=(Text("\ud800"),))):
            failed = await settle(store.keep("k", CacheEntry(response, 0.0, 100.0), 1.0))
            assert isinstance(failed, Failure)
            assert isinstance(failed.failure(), StorageError)
        assert await find(store, "k") == saying("old")


def _write(path: Path, data: bytes) -> None:
    """What another version may have left in the place of the answer of `k`."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE cache SET response = ? WHERE key = 'k'", (data,))
        other.commit()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"{}",
        b'{"content": []}',
        b"null",
        b"7",
        b'{"parts": 1}',
        b'{"parts": [{"_type": "Hologram"}]}',
        b"[" * 5000,
    ],
)
async def test_what_cannot_be_read_is_a_miss(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        store = SqlCache(database)
        await keep(store, "k", saying("hello"))
        _write(path, data)
        assert await find(store, "k") is None
        counted = await stats(store)
        assert (counted.hits, counted.misses) == (0, 1)
        await keep(store, "k", saying("mended"))
        assert await find(store, "k") == saying("mended")


async def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        store = SqlCache(database)
        await keep(store, "k", saying("hello"))
        written = orjson.loads(encode(saying("hello").response, ChatResponse))
        _write(path, orjson.dumps({**written, "mood": "sunny"}))
        assert await find(store, "k") == saying("hello")


def _places(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value within `value`, itself first."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*path, index))


def _put(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """`value` with `new` at the end of the way."""
    if not path:
        return new
    if isinstance(value, dict):
        return {name: _put(inner, path[1:], new) if name == path[0] else inner for name, inner in value.items()}
    assert isinstance(value, list)
    return [_put(inner, path[1:], new) if index == path[0] else inner for index, inner in enumerate(value)]


@pytest.mark.long
@settings(max_examples=examples(150))
@given(response=responses, data=st.data())
def test_whatever_stands_in_the_place_of_a_value_is_no_crash(response: ChatResponse, data: st.DataObject) -> None:
    """Any JSON in any place of an entry: it is found or missed, and never raises."""
    written = orjson.loads(encode(attrs.evolve(response, attempts=()), ChatResponse))
    place = data.draw(st.sampled_from(list(_places(written))))
    garbled = orjson.dumps(_put(written, place, data.draw(json_values)))

    async def run() -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "stores.db"
            async with a_database(path) as database:
                store = SqlCache(database)
                await keep(store, "k", saying("hello"))
                _write(path, garbled)
                found = await settle(store.find("k", 1.0))
                assert isinstance(found, Success)
                assert isinstance(found.unwrap(), CacheEntry | None)

    anyio.run(run)
