"""A folder of runs: a journal in SQLite each, called `ID.db`. Who runs one holds the lock beside it: so it shows."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.sqlite.run_claim import lock_of
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.services.ports.run_store import RunEntry, RunPlace, RunStore, is_run_id


@attrs.frozen
class SqliteRunFolder:
    """A `RunFolder` in the folder `path`; None holds nothing, and so does one that is not there."""

    path: Path | None

    @effect
    async def entries(self) -> Result[tuple[RunEntry, ...], StorageError]:
        """As `RunFolder.entries`."""
        if self.path is None:
            return Success(())
        try:
            return Success(await anyio.to_thread.run_sync(_entries, expand_home(self.path)))
        except OSError as problem:
            return Failure(StorageError(detail=f"{self.path} cannot be read: {problem.strerror or problem}"))

    @asynccontextmanager
    async def open(self, id: str, *, alone: bool = False) -> AsyncIterator[Result[RunStore, StorageError]]:
        """As `RunFolder.open`. Read is only what is listed, whatever path an id could be made to mean."""
        problem = await self._why_not(id, alone)
        if problem is not None:
            yield Failure(problem)
            return
        async with open_run_store(self._file(id), alone=alone) as opened:
            yield opened.map(lambda store: store)

    async def _why_not(self, id: str, alone: bool) -> StorageError | None:
        if alone:
            if self.path is None:
                return StorageError(detail="there is no folder for runs: name a file for the run by --out")
            return None if is_run_id(id) else StorageError(detail=f"{id!r} is no name of a run")
        listed = unwrap_or_failure(await settle(self.entries()))
        if isinstance(listed, StorageError):
            return listed
        if id in {entry.id for entry in listed}:
            return None
        return StorageError(detail=f"there is no run {id!r}; list them by `pointsman eval list`")

    def place_of(self, id: str) -> RunPlace:
        """As `RunFolder.place_of`: the file is both."""
        return RunPlace(str(self._file(id)), str(self._file(id)))

    def _file(self, id: str) -> Path:
        return expand_home(self.path or Path()) / f"{id}.db"


def _entries(folder: Path) -> tuple[RunEntry, ...]:
    if not folder.is_dir():
        return ()
    files = sorted(folder.glob("*.db"), key=lambda file: file.name, reverse=True)
    return tuple(RunEntry(file.stem, _is_claimed(lock_of(file))) for file in files)


def _is_claimed(lock: Path) -> bool:
    """Whether a process holds `lock`: then it cannot even be read. What a process left behind that was killed can."""
    if not lock.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{lock.as_uri()}?mode=ro", uri=True, timeout=0)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as problem:
        return "locked" in str(problem)
    except sqlite3.Error:
        return False
    return False
