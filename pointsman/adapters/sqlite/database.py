"""One SQLite file. Work is done in a worker thread; what is asked for at the same time shares one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sqlite.schema import APPLICATION_ID, MIGRATIONS
from pointsman.core.error import StorageError

_Value = TypeVar("_Value")
BUSY_SECONDS = 10.0
"""How long a write waits for another process's."""


@attrs.define
class _Job(Generic[_Value]):
    work: Callable[[sqlite3.Connection], _Value]
    outcome: Result[_Value, StorageError] | None = None


@attrs.define
class Database:
    """An open file. `run` confirms what it did: it is on disk, and survives the death of the process."""

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _lock: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _waiting: list[_Job[Any]] = attrs.field(factory=list, repr=False)

    async def run(self, work: Callable[[sqlite3.Connection], _Value]) -> Result[_Value, StorageError]:
        """What `work` gives, done whole or not at all. Whoever gets the lock does the work of all who wait."""
        job = _Job(work)
        self._waiting.append(job)
        try:
            async with self._lock:
                if job.outcome is None:
                    batch, self._waiting = self._waiting, []
                    await anyio.to_thread.run_sync(self._do, batch)
        except BaseException:
            if job in self._waiting:
                self._waiting.remove(job)
            raise
        return job.outcome or Failure(broken(self.path, "the work was not done"))

    def _do(self, batch: list[_Job[Any]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                job.outcome = self._one(job)
            self._connection.execute("COMMIT")
        except sqlite3.Error as problem:
            failure = Failure(broken(self.path, _sentence(problem)))
            for job in batch:
                job.outcome = failure
            if self._connection.in_transaction:
                self._connection.rollback()

    def _one(self, job: _Job[Any]) -> Result[Any, StorageError]:
        self._connection.execute("SAVEPOINT job")
        try:
            value = job.work(self._connection)
        except sqlite3.Error as problem:
            self._connection.execute("ROLLBACK TO job")
            return Failure(broken(self.path, _sentence(problem)))
        finally:
            self._connection.execute("RELEASE job")
        return Success(value)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


@asynccontextmanager
async def open_database(path: str | Path) -> AsyncIterator[Result[Database, StorageError]]:
    """The database in the file `path`, made if it is not there (readable by its owner only), closed with the scope."""
    opened = await anyio.to_thread.run_sync(_open, path)
    if isinstance(opened, Failure):
        yield opened
        return
    database = opened.unwrap()
    try:
        yield opened
    finally:
        database.close()


def _open(name: str | Path) -> Result[Database, StorageError]:
    path = Path(name).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        return Failure(broken(path, (problem.strerror or "cannot be opened").lower()))
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as problem:
        return Failure(broken(path, _sentence(problem)))
    try:
        wrong = _prepare(connection)
    except sqlite3.Error as problem:
        wrong = _sentence(problem)
    if wrong:
        connection.close()
        return Failure(broken(path, wrong))
    return Success(Database(path, connection))


def _prepare(connection: sqlite3.Connection) -> str | None:
    """Bring the file to the newest schema; or say what is wrong with it."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if owner != APPLICATION_ID and (owner or tables):
            return "it is a database of another program; choose another path"
        if version > len(MIGRATIONS):
            return f"it was written by a newer pointsman (schema {version}); upgrade pointsman"
        for script in MIGRATIONS[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
        return None
    finally:
        if connection.in_transaction:
            connection.rollback()


def _statements(script: str) -> list[str]:
    found, draft = [], ""
    for line in script.splitlines():
        draft += line + "\n"
        if sqlite3.complete_statement(draft):
            found.append(draft)
            draft = ""
    return found


def _sentence(problem: sqlite3.Error) -> str:
    return str(problem) or type(problem).__name__


def broken(path: Path, why: str) -> StorageError:
    """The file is of no use, and why."""
    return StorageError(detail=f"{path}: {why}")
