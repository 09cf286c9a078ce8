"""A PostgreSQL database. One task writes: it takes all who wait, and a thread does their work in one transaction.

A server that goes away is waited for: who has begun learns for certain whether it was done. What only reads has
connections of its own.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from math import inf
from pathlib import Path
from secrets import token_hex
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread
import attrs
import psycopg
from psycopg import errors
from returns.result import Failure, Result, Success

from pointsman.adapters.postgres.change_listener import PostgresHints
from pointsman.adapters.postgres.postgres_connection import PostgresConnection, begin, connect, take_locks
from pointsman.adapters.postgres.postgres_dialect import dialect_on
from pointsman.adapters.postgres.schema import prepare
from pointsman.adapters.postgres.vector_column import has_vectors
from pointsman.adapters.sql.transactions import (
    BUSY_SECONDS,
    MONEY,
    SOON,
    Lock,
    SqlConnection,
    SqlDialect,
    WorkRefused,
)
from pointsman.core.database_address import DatabaseAddress
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.ports.lifetime import ALWAYS, Lifetime, refuse_use
from pointsman.services.tasks.together import background_tasks, tasks_together

_Value = TypeVar("_Value")
_AT_ONCE = 128
"""The most jobs in one transaction."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
"""Seconds between two tries to reach a server that is away."""
_READERS = 4
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.ReadOnlySqlTransaction)
_COMMIT = (
    "INSERT INTO writer (id, number) VALUES ('{}', {})"
    " ON CONFLICT (id) DO UPDATE SET number = excluded.number, seen = clock_timestamp(); COMMIT"
)
"""Its number goes with the transaction, in one round trip."""
_WRONG = (psycopg.Error, WorkRefused, OverflowError, UnicodeError)
_HINT = "Check that the server runs and may be reached, and the address, user and password in the settings."


@attrs.define(eq=False)
class _PostgresJob(Generic[_Value]):
    work: Callable[[SqlConnection], _Value]
    patience: float
    locks: Sequence[Lock]
    done: anyio.Event = attrs.field(factory=anyio.Event)
    outcome: Result[_Value, StorageError] | None = None
    bug: Exception | None = None
    """What the work raised though it should not have."""

    @property
    def must_be_certain(self) -> bool:
        """Whether it would be done twice if it were said to have failed."""
        return MONEY in self.locks


class _Doubt(Exception):
    """The connection was lost while a transaction was being committed."""


@attrs.define(eq=False)
class PostgresDatabase:
    """An `SqlDatabase` at `address`. What `run` confirms is on the server's disk."""

    address: DatabaseAddress
    dialect: SqlDialect
    journals: Path
    """The folder of the journals of all processes on this machine that use it."""
    hints: PostgresHints = attrs.field(repr=False)
    """Of changes that other processes make."""
    _password: Secret | None = attrs.field(repr=False)
    _lifetime: Lifetime = attrs.field(repr=False)
    _writer: PostgresConnection | None = attrs.field(repr=False)
    _id: str = attrs.field(factory=lambda: token_hex(8), repr=False)
    _number: int = attrs.field(default=0, repr=False)
    """Of the last transaction, which leaves it in the database."""
    _waiting: deque[_PostgresJob[Any]] = attrs.field(factory=deque, repr=False)
    _wake: anyio.Event = attrs.field(factory=anyio.Event, repr=False)
    _idle: list[PostgresConnection] = attrs.field(factory=list, repr=False)
    _reading: anyio.Semaphore = attrs.field(factory=lambda: anyio.Semaphore(_READERS), repr=False)
    _is_away: bool = attrs.field(default=False, repr=False)
    """Whether the server could not be reached for all of a job's patience the last time, if that was above `SOON`."""
    _is_stuck: bool = attrs.field(default=False, repr=False)
    """Whether work is under way that waits for the server to come back."""
    _is_closing: bool = attrs.field(default=False, repr=False)

    @property
    def _own(self) -> Lock:
        """Is held as long as a transaction of this process is under way, also one that it has lost sight of."""
        return Lock(f"writer {self._id}")

    def problem(self) -> StorageError | None:
        """Why it cannot be used here and now; None where it can."""
        return refuse_use(self._lifetime, "this database", is_closed=self._is_closing)

    def unusable(self, why: str) -> StorageError:
        """It is of no use, and why."""
        return StorageError(detail=f"{self.address.name}: {why}", remedy=_HINT)

    async def read(
        self, work: Callable[[SqlConnection], _Value], *, brief: bool = False
    ) -> Result[_Value, StorageError]:
        """As `SqlDatabase.read`: in a worker thread, whether or not it is `brief`."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        async with self._reading:
            with anyio.CancelScope(shield=True):  # the connection is that of who comes next
                return await anyio.to_thread.run_sync(self._look, work)
        return Failure(self.unusable("the work was not done"))

    async def run(
        self,
        work: Callable[[SqlConnection], _Value],
        *,
        brief: bool = False,
        patience: float = BUSY_SECONDS,
        locks: Sequence[Lock] = (),
    ) -> Result[_Value, StorageError]:
        """As `SqlDatabase.run`, whether or not it is `brief`."""
        problem = self.problem()
        if problem is not None:
            return Failure(problem)
        job = _PostgresJob(work, patience, locks)
        self._waiting.append(job)
        self._wake.set()
        try:
            while not job.done.is_set():
                with anyio.move_on_after(patience):
                    await job.done.wait()
                if self._is_stuck and self._may_give_up(job):
                    break
        finally:
            with suppress(ValueError):  # it was taken up
                self._waiting.remove(job)
        if job.bug is not None:
            raise job.bug
        return job.outcome or Failure(self.unusable("it has not answered in time"))

    def _may_give_up(self, job: _PostgresJob[Any]) -> bool:
        return job in self._waiting or not job.must_be_certain

    async def erase(self) -> None:
        """Nothing: the server takes what was deleted away by itself (`VACUUM`)."""

    def keep_for_good(self) -> None:
        """Nothing: what was committed is on the disk."""

    async def keep_writing(self) -> None:
        """Do the work of all who wait until `finish`: whoever is cancelled has things to keep, too."""
        with anyio.CancelScope(shield=True):
            while not self._is_closing or self._waiting:
                if not self._waiting:
                    self._wake = anyio.Event()
                    await self._wake.wait()
                    continue
                batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
                await anyio.to_thread.run_sync(self._do, batch)
                for job in batch:
                    job.done.set()

    def finish(self) -> None:
        """End `keep_writing`, when nobody waits."""
        self._is_closing = True
        self._wake.set()

    def close(self) -> None:
        """Let go of all connections; after a fork they are the other process's."""
        if self._lifetime.problem() is not None:
            return
        for one in (*self._idle, *([] if self._writer is None else [self._writer])):
            with suppress(*_AWAY):
                one.driver.close()

    def _do(self, batch: list[_PostgresJob[Any]]) -> None:
        """All of `batch` in one transaction; where one of them fails, each in its own."""
        if not self._try(batch):
            for job in batch if len(batch) > 1 else ():
                self._try([job])

    def _try(self, batch: list[_PostgresJob[Any]]) -> bool:
        """Do `batch`, waiting for the server where it is away; False where one of several was at fault."""
        patience = max(job.patience for job in batch)
        deadline = time.monotonic() + (min(patience, SOON) if self._is_away else patience)
        pause, doubtful = _FIRST_PAUSE, False
        while True:
            try:
                if doubtful and self._was_committed():
                    break
                doubtful = False
                outcomes = self._transact(batch)
            except _Doubt:
                doubtful = True
                deadline = inf if any(job.must_be_certain for job in batch) else deadline
            except (*_AWAY, *_AGAIN) as problem:
                if not isinstance(problem, _AGAIN) and not self._lose_writer():
                    return self._note_fault(batch, problem)
                if time.monotonic() >= deadline:
                    self._is_away, self._is_stuck = self._is_away or patience > SOON, False
                    self._fail(batch, problem)
                    return True
            except Exception as problem:
                return self._note_fault(batch, problem)
            else:
                self._is_away = self._is_stuck = False
                for job, value in zip(batch, outcomes, strict=True):
                    job.outcome = Success(value)
                return True
            self._is_stuck = True
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        self._is_away = self._is_stuck = False
        return True

    def _transact(self, batch: list[_PostgresJob[Any]]) -> list[Any]:
        """What `batch` gives, committed. Raises `_Doubt` where nobody knows whether it was; the jobs then have it."""
        if self._writer is None:
            self._writer = connect(self.address, self._password)
        connection, driver = self._writer, self._writer.driver
        try:
            begin(connection, self.address.schema, [self._own, *(lock for job in batch for lock in job.locks)])
            values = [job.work(connection) for job in batch]
        except BaseException:
            with suppress(*_AWAY):
                driver.rollback()
            raise
        self._number += 1
        try:
            driver.execute(_COMMIT.format(self._id, self._number).encode(), prepare=False)
        except psycopg.Error as problem:
            if not connection.is_lost:
                driver.rollback()
                raise
            for job, value in zip(batch, values, strict=True):
                job.outcome = Success(value)
            self._lose_writer()
            raise _Doubt from problem
        return values

    def _was_committed(self) -> bool:
        """Whether the last transaction is in the database, once it has ended there: who commits holds the lock."""
        if self._writer is None:
            self._writer = connect(self.address, self._password)
        self._writer.driver.execute("BEGIN")
        try:
            take_locks(self._writer, self.address.schema, (self._own,))
            row = self._writer.execute("SELECT number FROM writer WHERE id = ?", (self._id,)).fetchone()
        finally:
            self._writer.driver.rollback()
        return row is not None and row[0] == self._number

    def _lose_writer(self) -> bool:
        """Whether the connection is gone, or was never made; then the next try makes a new one."""
        writer = self._writer
        if writer is not None and not writer.is_lost:
            return False
        self._writer = None
        return True

    def _note_fault(self, batch: list[_PostgresJob[Any]], problem: Exception) -> bool:
        """Whether it is known whose fault it was, and they are told."""
        if len(batch) > 1:
            return False
        if not isinstance(problem, _WRONG):
            batch[0].bug = problem
        self._fail(batch, problem)
        return True

    def _fail(self, batch: list[_PostgresJob[Any]], problem: Exception) -> None:
        for job in batch:
            job.outcome = Failure(self.unusable(_sentence(problem)))

    def _look(self, work: Callable[[SqlConnection], _Value]) -> Result[_Value, StorageError]:
        """What `work` reads, in one transaction."""
        deadline = time.monotonic() + (SOON if self._is_away else BUSY_SECONDS)
        pause = _FIRST_PAUSE
        while True:
            connection: PostgresConnection | None = None
            try:
                connection = self._reader()
                connection.driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                value = work(connection)
                connection.driver.execute("COMMIT")
                self._idle.append(connection)
                return Success(value)
            except _WRONG as problem:
                is_away = isinstance(problem, _AWAY) and (connection is None or connection.is_lost)
                self._give_back(connection)
                if not is_away or time.monotonic() >= deadline:
                    self._is_away = self._is_away or is_away
                    return Failure(self.unusable(_sentence(problem)))
            except BaseException:
                self._give_back(connection)
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _reader(self) -> PostgresConnection:
        with suppress(IndexError):
            return self._idle.pop()
        return connect(self.address, self._password)

    def _give_back(self, connection: PostgresConnection | None) -> None:
        if connection is None:
            return
        if connection.is_lost:
            self._idle.clear()  # what goes for one went for all, mostly
            return
        with suppress(*_AWAY):
            connection.driver.rollback()
            self._idle.append(connection)


@asynccontextmanager
async def open_postgres(
    address: DatabaseAddress, journals: Path, password: Secret | None = None, lifetime: Lifetime = ALWAYS
) -> AsyncIterator[Result[PostgresDatabase, StorageError]]:
    """The database at `address`, with our tables in it, closed with the scope."""
    opened = await anyio.to_thread.run_sync(_open, address, journals, password, lifetime)
    if isinstance(opened, Failure):
        yield opened
        return
    database = opened.unwrap()
    try:
        async with tasks_together() as group:
            group.start_soon(database.keep_writing)
            try:
                async with background_tasks() as listening:
                    listening.start_soon(database.hints.listen)
                    yield opened
            finally:
                database.finish()
    finally:
        database.close()


def _open(
    address: DatabaseAddress, journals: Path, password: Secret | None, lifetime: Lifetime
) -> Result[PostgresDatabase, StorageError]:
    connection: PostgresConnection | None = None
    try:
        connection = connect(address, password)
        wrong = prepare(connection, address.schema)
        if wrong is None:
            dialect = dialect_on(journals, has_vectors(connection, address.schema))
            hints = PostgresHints(address, password)
            return Success(PostgresDatabase(address, dialect, journals, hints, password, lifetime, connection))
    except psycopg.Error as problem:
        wrong = _sentence(problem)
    except OSError as problem:
        wrong = f"the folder {journals} cannot be used: {(problem.strerror or 'error').lower()}"
    if connection is not None:
        connection.driver.close()
    return Failure(StorageError(detail=f"{address.name}: {wrong}", remedy=_HINT))


def _sentence(problem: Exception) -> str:
    """The first line of what the driver says."""
    lines = str(problem).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(problem).__name__
