"""The folder of runs: what is in it, who is at a run, and that an id is never a path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from returns.result import Success

from pointsman.adapters.memory.run_store import MemoryRunFolder
from pointsman.adapters.sqlite.run_folder import SqliteRunFolder
from pointsman.core.effect import settle
from pointsman.services.ports.run_store import RunEntry, RunFolder
from pointsman.testing.laws import run_folder


@asynccontextmanager
async def a_folder() -> AsyncIterator[RunFolder]:
    with TemporaryDirectory() as name:
        yield SqliteRunFolder(Path(name))


@asynccontextmanager
async def a_memory() -> AsyncIterator[RunFolder]:
    yield MemoryRunFolder()


@pytest.mark.parametrize("law", run_folder.LAWS)
@pytest.mark.parametrize("opening", [a_folder, a_memory])
async def test_a_folder_of_runs(opening: run_folder.Opening, law: run_folder.Law) -> None:
    await law(opening)


async def test_the_lock_of_a_run_stays_and_says_nothing_once_it_is_let_go(tmp_path: Path) -> None:
    folder = SqliteRunFolder(tmp_path)
    await run_folder.begin(folder, "one")
    assert (tmp_path / ".one.db.pointsman-lock").exists()
    assert await settle(folder.entries()) == Success((RunEntry("one"),))


async def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    for path in (None, tmp_path / "nowhere"):
        assert await settle(SqliteRunFolder(path).entries()) == Success(())
