"""One SQLite file. Work is done in a worker thread; what is asked for at the same time shares one transaction."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
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
_TRIES = 100


@attrs.define(eq=False)
class _Job(Generic[_Value]):
    work: Callable[[sqlite3.Connection], _Value]
    outcome: Result[_Value, StorageError] | None = None


@attrs.define(eq=False)
class Database:
    """An open file. `run` confirms what it did: it is on disk, and survives the death of the process."""

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _lock: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _waiting: deque[_Job[Any]] = attrs.field(factory=deque, repr=False)
    _busy: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    """Held by the thread that uses the connection: a task of asyncio may be cancelled away from its thread."""

    async def run(self, work: Callable[[sqlite3.Connection], _Value]) -> Result[_Value, StorageError]:
        """What `work` gives, done whole or not at all. Whoever gets the lock does the work of all who wait."""
        job = _Job(work)
        self._waiting.append(job)
        try:
            async with self._lock:
                if job.outcome is None:
                    with anyio.CancelScope(shield=True):  # it is the others' work too
                        await anyio.to_thread.run_sync(self._do)
        except BaseException:
            with suppress(ValueError, IndexError):  # it has been taken up; IndexError: others are, at this moment
                self._waiting.remove(job)
            raise
        return job.outcome or Failure(broken(self.path, "the work was not done"))

    def _do(self) -> None:
        with self._busy:
            batch: list[_Job[Any]] = []
            while self._waiting:
                batch.append(self._waiting.popleft())
            if not batch:
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                outcomes = [self._one(job) for job in batch]
                self._connection.execute("COMMIT")
            except sqlite3.Error as problem:
                outcomes = [Failure(broken(self.path, _sentence(problem)))] * len(batch)
            finally:
                with suppress(sqlite3.Error):
                    self._connection.rollback()
            for job, outcome in zip(batch, outcomes, strict=True):
                job.outcome = outcome

    def _one(self, job: _Job[Any]) -> Result[Any, StorageError]:
        self._connection.execute("SAVEPOINT job")
        try:
            value = job.work(self._connection)
        except (sqlite3.Error, OverflowError, UnicodeError) as problem:
            self._connection.execute("ROLLBACK TO job")
            return Failure(broken(self.path, _sentence(problem)))
        finally:
            self._connection.execute("RELEASE job")
        return Success(value)

    async def erase(self) -> None:
        """Take what was deleted out of the write-ahead log too, where it would stay until it is overwritten.

        As far as no other process reads at this moment.
        """
        async with self._lock:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._truncate)

    def _truncate(self) -> None:
        with self._busy, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._busy:
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
    path = Path(name)
    try:
        path = path.expanduser()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        return Failure(broken(path, (problem.strerror or "cannot be opened").lower()))
    except (ValueError, RuntimeError) as problem:
        return Failure(broken(path, str(problem).rstrip(".").lower()))
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
    """Bring the file to the newest schema; or say what is wrong with it, and leave it as it is."""
    connection.execute("BEGIN")
    wrong = _foreign(connection)
    connection.rollback()
    if wrong:
        return wrong
    _share(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    connection.execute("BEGIN IMMEDIATE")
    try:
        wrong = _foreign(connection)  # again, now that no other process can change it
        if wrong:
            return wrong
        version = _number(connection, "PRAGMA user_version")
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


def _share(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side. Where others do so too, SQLite refuses at once and does not wait."""
    for _ in range(_TRIES):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        connection.execute("BEGIN IMMEDIATE")  # this does wait
        connection.rollback()
    connection.execute("PRAGMA journal_mode = WAL")


def _foreign(connection: sqlite3.Connection) -> str | None:
    """Why the file is not ours to write, if it is not. In a transaction: another process may be making it."""
    owner = _number(connection, "PRAGMA application_id")
    if owner != APPLICATION_ID and (owner or _number(connection, "SELECT count(*) FROM sqlite_master")):
        return "it is a database of another program; choose another path"
    version = _number(connection, "PRAGMA user_version")
    if version > len(MIGRATIONS):
        return f"it was written by a newer pointsman (schema {version}); upgrade pointsman"
    return None


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _statements(script: str) -> list[str]:
    found, draft = [], ""
    for line in script.splitlines():
        draft += line + "\n"
        if sqlite3.complete_statement(draft):
            found.append(draft)
            draft = ""
    return found


def _sentence(problem: Exception) -> str:
    return str(problem) or type(problem).__name__


def broken(path: Path, why: str) -> StorageError:
    """The file is of no use, and why."""
    return StorageError(detail=f"{path}: {why}")
