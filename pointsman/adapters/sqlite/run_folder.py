"""A folder of runs: a journal in SQLite each, called `ID.db`. Who runs one holds the lock beside it: so it shows."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sqlite.run_claim import lock_of
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.services.ports.run_store import RunEntry, RunStore


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
            return Success(await anyio.to_thread.run_sync(_entries, self.path.expanduser()))
        except OSError as problem:
            return Failure(StorageError(detail=f"{self.path} cannot be read: {problem.strerror or problem}"))

    @asynccontextmanager
    async def open(self, id: str) -> AsyncIterator[Result[RunStore, StorageError]]:
        """As `RunFolder.open`. Only what is listed is opened, whatever path an id could be made to mean."""
        listed = await settle(self.entries())
        if self.path is None or id not in {entry.id for entry in listed.value_or(())}:
            detail = f"there is no run {id!r}; list them by `pointsman eval list`"
            yield Failure(listed.failure() if isinstance(listed, Failure) else StorageError(detail=detail))
            return
        async with open_run_store(self.path.expanduser() / f"{id}.db") as opened:
            yield opened.map(lambda store: store)


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
