"""One SQLite file. Work is done in a worker thread; what is asked for at the same time shares one transaction.

Brief work stays in the event loop: a few rows by their keys take less time than the way to a thread and back. What only
reads has connections of its own, and waits for no writer, in this process or in another.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from types import coroutine
from typing import Any, Generic, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.journal import journals_of
from pointsman.adapters.sql.transactions import BUSY_SECONDS, SOON, Lock, SqlDialect, WorkRefused
from pointsman.adapters.sqlite.database_file import make_file, open_connections, sentence_of, unusable_file
from pointsman.adapters.sqlite.migrations import STORES, Schema
from pointsman.adapters.sqlite.sqlite_dialect import DIALECT
from pointsman.core.error import StorageError
from pointsman.services.ports.change_hints import NO_HINTS, ChangeHints
from pointsman.services.ports.lifetime import ALWAYS, Lifetime, refuse_use

_Value = TypeVar("_Value")
_SLOW = 0.02
"""Seconds. If brief work takes longer than this in the event loop (a slow disk), all work is done in the thread for
`_REST` seconds, so that the loop is not held up again and again."""
_REST = 5.0
"""Seconds, see `_SLOW`."""
_AT_ONCE = 64
"""The most brief jobs in one transaction."""
_CARRY = 200
"""Transactions of brief work between two checkpoints, which a thread makes: the loop must not wait for `fsync`.

See https://www.sqlite.org/wal.html#ckpt."""
_LONG_LOG = 2_000
"""Pages in the write-ahead log above which writers wait for the checkpoint. A checkpoint cannot finish while others
write, so without this the log of a busy database would grow without end."""
_PATIENCE = 0.2
"""Seconds that a checkpoint waits for another process that is reading or writing; the next one tries again."""


@attrs.define(eq=False)
class _Job(Generic[_Value]):
    work: Callable[[sqlite3.Connection], _Value]
    brief: bool
    patience: float
    outcome: Result[_Value, StorageError] | None = None
    bug: Exception | None = None
    """What the work raised though it should not have: whose work it is hears of it, and nobody else."""


@attrs.define(eq=False)
class Database:
    """An open file. `run` confirms what it did: it is on disk, and survives the death of the process."""

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _brief: sqlite3.Connection = attrs.field(repr=False)
    """Never waits for a lock, and never checkpoints: it is used in the event loop."""
    _glance: sqlite3.Connection = attrs.field(repr=False)
    """Reads in the event loop, and waits for nothing."""
    _reader: sqlite3.Connection = attrs.field(repr=False)
    """Reads in a worker thread."""
    _lifetime: Lifetime = attrs.field(repr=False)
    _now: Callable[[], float] = attrs.field(default=time.monotonic, repr=False)
    _rests_until: float = attrs.field(default=0.0, repr=False)
    _done: int = attrs.field(default=0, repr=False)
    _is_on_asyncio: bool = attrs.field(default=False, repr=False, alias="is_on_asyncio")
    _carrier: threading.Thread | None = attrs.field(default=None, repr=False)
    _is_locked: bool = attrs.field(default=False, repr=False)
    """Whether another process held the lock all the time that was waited for it last, if that was more than `SOON`."""
    _lock: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _reading: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)
    _waiting: deque[_Job[Any]] = attrs.field(factory=deque, repr=False)
    _busy: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    """Held by the thread that uses the connection: a task of asyncio may be cancelled away from its thread."""
    _carrying: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    """Held by the thread that checkpoints; taken before `_busy`, never after it."""
    _is_closed: bool = attrs.field(default=False, init=False, repr=False)
    _there: str = attrs.field(init=False, repr=False)
    """Where the file is, whatever the working folder becomes."""

    def __attrs_post_init__(self) -> None:
        self._there = f"{self.path.absolute().as_uri()}?mode=rw"

    @property
    def dialect(self) -> SqlDialect:
        """What SQLite does in its own way."""
        return DIALECT

    @property
    def journals(self) -> Path:
        """The folder of the journals of all processes that use it."""
        return journals_of(self.path)

    def unusable(self, why: str) -> StorageError:
        """It is of no use, and why."""
        return unusable_file(self.path, why)

    def keep_for_good(self) -> None:
        """Bring what was committed to the disk: else a power cut could take back what dropped keys are not for."""
        with suppress(FileNotFoundError):
            log = os.open(f"{self.path}-wal", os.O_RDWR)
            try:
                os.fsync(log)
            finally:
                os.close(log)

    @property
    def hints(self) -> ChangeHints:
        """None: a look at a file costs less than being told."""
        return NO_HINTS

    def problem(self) -> StorageError | None:
        """Why it cannot be used here and now; None where it can."""
        return refuse_use(self._lifetime, "this database", is_closed=self._is_closed)

    async def read(
        self, work: Callable[[sqlite3.Connection], _Value], *, brief: bool = False
    ) -> Result[_Value, StorageError]:
        """What `work` gives, which changes nothing: all of it as it stood at one moment, whoever is writing.

        `brief` work reads a few rows by their keys, in the event loop.
        """
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        if brief and self._now() >= self._rests_until:
            began, outcome = self._now(), _look(self._glance, work)
            if self._now() - began > _SLOW:
                self._rests_until = self._now() + _REST
            if isinstance(outcome, Success):
                return outcome
        async with self._reading:
            with anyio.CancelScope(shield=True):  # the connection is that of who comes next
                found = await anyio.to_thread.run_sync(_look, self._reader, work)
                return found.alt(lambda why: unusable_file(self.path, sentence_of(why)))
        return Failure(unusable_file(self.path, "the work was not done"))

    async def run(
        self,
        work: Callable[[sqlite3.Connection], _Value],
        *,
        brief: bool = False,
        patience: float = BUSY_SECONDS,
        locks: Sequence[Lock] = (),
    ) -> Result[_Value, StorageError]:
        """What `work` gives, done whole or not at all. Whoever gets the lock does the work of all who wait.

        `brief` work touches a few rows by their keys; what comes in one turn of the event loop is done in the next,
        there, unless somebody else is writing. With little `patience` (seconds) what nobody misses is given up where
        the file is locked; it may still be done, with the work of others. `locks` are not needed: one writes at a time.
        """
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        job = _Job(work, brief, patience)
        self._waiting.append(job)
        try:
            if brief:
                await (_take_turn() if self._is_on_asyncio else anyio.lowlevel.checkpoint())
                self._at_once(job)
            if job.outcome is None:
                with anyio.move_on_after(patience if patience < BUSY_SECONDS else None):
                    await self._queue(job)
        except BaseException:
            with suppress(ValueError, IndexError):  # it has been taken up; IndexError: others are, at this moment
                self._waiting.remove(job)
            raise
        if job.bug is not None:
            raise job.bug
        if job.outcome is None:
            with suppress(ValueError):
                self._waiting.remove(job)
        return job.outcome or Failure(unusable_file(self.path, "database is locked"))

    async def _queue(self, job: _Job[Any]) -> None:
        """Do the work of all who wait, `job` among them, unless somebody else has done it first."""
        async with self._lock:
            self._at_once(job)
            if job.outcome is None:
                with anyio.CancelScope(shield=True):  # it is the others' work too
                    await anyio.to_thread.run_sync(self._do)

    def _at_once(self, job: _Job[Any]) -> None:
        """Run all queued brief jobs in one transaction, if `job` is one of them.

        If another process holds the lock, or one of them fails, roll back and leave all to the thread, which can wait
        and runs them one by one, so that a bad job fails alone.
        """
        if job.outcome is not None or not job.brief or not self._busy.acquire(blocking=False):
            return
        began = self._now()
        try:
            if began >= self._rests_until:
                self._brief_work([one for one in self._waiting if one.brief][:_AT_ONCE])
        finally:
            self._busy.release()
        ended = self._now()
        if ended - began > _SLOW:
            self._rests_until = ended + _REST

    def _brief_work(self, batch: list[_Job[Any]]) -> None:
        try:
            self._brief.execute("BEGIN IMMEDIATE")
            values = [job.work(self._brief) for job in batch]
            self._brief.execute("COMMIT")
        except Exception:  # rolled back: the thread does each job alone, and gives its owner what is raised
            return
        finally:
            with suppress(sqlite3.Error):
                self._brief.rollback()
        for job, value in zip(batch, values, strict=True):
            job.outcome = Success(value)
            self._waiting.remove(job)
        self._done += 1
        if self._done % _CARRY == 0 and (self._carrier is None or not self._carrier.is_alive()):
            self._carrier = threading.Thread(target=self._carry_over, name="pointsman-database")
            self._carrier.start()

    def _carry_over(self) -> None:
        """Checkpoint: bring the pages of the write-ahead log into the file; the brief one never does so itself."""
        with (
            self._carrying,
            suppress(sqlite3.Error),
            closing(sqlite3.connect(self._there, timeout=_PATIENCE, uri=True)) as connection,
        ):
            _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages > _LONG_LOG:
                with self._busy:  # writers who never pause would not let it begin
                    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _do(self) -> None:
        with self._busy:
            batch: list[_Job[Any]] = []
            while self._waiting:
                batch.append(self._waiting.popleft())
            if not batch:
                return
            try:
                self._begin(max(job.patience for job in batch))
                outcomes = [self._one(job) for job in batch]
                self._connection.execute("COMMIT")
            except sqlite3.Error as problem:
                outcomes = [Failure(unusable_file(self.path, sentence_of(problem)))] * len(batch)
            finally:
                with suppress(sqlite3.Error):
                    self._connection.rollback()
            for job, outcome in zip(batch, outcomes, strict=True):
                job.outcome = outcome

    def _begin(self, patience: float) -> None:
        """Begin to write, once nobody else does."""
        seconds = min(patience, SOON) if self._is_locked else patience
        self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._is_locked = False
        except sqlite3.OperationalError:
            self._is_locked = self._is_locked or patience > SOON
            raise

    def _one(self, job: _Job[_Value]) -> Result[_Value, StorageError]:
        self._connection.execute("SAVEPOINT job")
        try:
            value = job.work(self._connection)
        except (sqlite3.Error, WorkRefused, OverflowError, UnicodeError) as problem:
            self._connection.execute("ROLLBACK TO job")
            return Failure(unusable_file(self.path, sentence_of(problem)))
        except Exception as bug:
            self._connection.execute("ROLLBACK TO job")
            job.bug = bug
            return Failure(unusable_file(self.path, sentence_of(bug)))
        finally:
            self._connection.execute("RELEASE job")
        return Success(value)

    async def erase(self) -> None:
        """Take what was deleted out of the write-ahead log too, where it would stay until it is overwritten.

        As far as no other process reads at this moment.
        """
        if self._lifetime.problem() is not None:
            return
        async with self._lock:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._truncate)

    def _truncate(self) -> None:
        with self._carrying, self._busy, suppress(sqlite3.Error):  # two that carry at once: SQLite refuses the second
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file; after a fork it is the other process's."""
        if self._lifetime.problem() is not None:
            return
        self._is_closed = True
        if self._carrier is not None:
            self._carrier.join()
        with self._busy:
            for one in (self._glance, self._reader, self._brief, self._connection):
                one.close()


def _is_on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # trio's
        return False
    return True


@coroutine
def _take_turn() -> Generator[None, None, None]:
    """One turn of asyncio's loop, in which a cancellation arrives; anyio's own checkpoint takes 3 µs more."""
    yield


@asynccontextmanager
async def open_database(
    path: str | Path, lifetime: Lifetime = ALWAYS, schema: Schema = STORES
) -> AsyncIterator[Result[Database, StorageError]]:
    """The database in the file `path`, made if it is not there (readable by its owner only), closed with the scope.

    While `lifetime` has a problem, such as after a fork, it fails, and the file is left to those who opened it.
    """
    opened = await anyio.to_thread.run_sync(_open, path, lifetime, schema, _is_on_asyncio())
    if isinstance(opened, Failure):
        yield opened
        return
    database = opened.unwrap()
    try:
        yield opened
    finally:
        database.close()


def _open(name: str | Path, lifetime: Lifetime, schema: Schema, is_on_asyncio: bool) -> Result[Database, StorageError]:
    made = make_file(name)
    if isinstance(made, Failure):
        return Failure(made.failure())
    path = made.unwrap()
    opened = open_connections(path, schema)
    return opened.map(lambda four: Database(path, *four, lifetime, is_on_asyncio=is_on_asyncio))


def _look(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], _Value]
) -> Result[_Value, sqlite3.Error | UnicodeError]:
    """What `work` reads, in one transaction."""
    try:
        connection.execute("BEGIN")
        return Success(work(connection))
    except (sqlite3.Error, UnicodeError) as problem:
        return Failure(problem)
    finally:
        with suppress(sqlite3.Error):
            connection.rollback()
