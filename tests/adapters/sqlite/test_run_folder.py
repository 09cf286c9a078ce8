"""The folder of runs: what is in it, who is at a run, and that an id is never a path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from returns.result import Failure, Success

from pointsman.adapters.memory.run_store import MemoryRunFolder, MemoryRunStore
from pointsman.adapters.sqlite.run_folder import SqliteRunFolder
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.effect import settle
from pointsman.services.ports.run_store import RunEntry, RunFolder
from pointsman.testing.laws import run_store


@asynccontextmanager
async def a_folder() -> AsyncIterator[RunFolder]:
    with TemporaryDirectory() as name:
        for id in ("20260101-a", "20260202-b"):
            async with open_run_store(Path(name) / f"{id}.db") as opened:
                await settle(opened.unwrap().begin(run_store.MANIFEST, run_store.ITEMS))
        yield SqliteRunFolder(Path(name))


@asynccontextmanager
async def a_memory() -> AsyncIterator[RunFolder]:
    stores = {"20260101-a": MemoryRunStore(), "20260202-b": MemoryRunStore()}
    for store in stores.values():
        await settle(store.begin(run_store.MANIFEST, run_store.ITEMS))
    yield MemoryRunFolder(stores)


@pytest.mark.parametrize("opening", [a_folder, a_memory])
async def test_a_folder_gives_its_runs_the_latest_first_and_opens_what_it_lists(opening: run_store.Opening) -> None:
    async with opening() as folder:
        assert isinstance(folder, (SqliteRunFolder, MemoryRunFolder))
        assert await settle(folder.entries()) == Success((RunEntry("20260202-b"), RunEntry("20260101-a")))
        async with folder.open("20260101-a") as opened:
            assert await settle(opened.unwrap().manifest()) == Success(run_store.MANIFEST)
        for id in ("nothing", "../20260101-a", "20260101-a.db", ""):
            async with folder.open(id) as opened:
                assert isinstance(opened, Failure)


async def test_a_run_is_running_while_a_process_holds_it_and_no_longer(tmp_path: Path) -> None:
    folder = SqliteRunFolder(tmp_path)
    async with open_run_store(tmp_path / "one.db", alone=True) as opened:
        await settle(opened.unwrap().begin(run_store.MANIFEST, ()))
        assert await settle(folder.entries()) == Success((RunEntry("one", is_running=True),))
    assert (tmp_path / ".one.db.pointsman-lock").exists()
    assert await settle(folder.entries()) == Success((RunEntry("one"),))


async def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    for path in (None, tmp_path / "nowhere"):
        assert await settle(SqliteRunFolder(path).entries()) == Success(())
