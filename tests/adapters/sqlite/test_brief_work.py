"""Brief work is done in the event loop; where that would make it wait, it goes to a thread like all other work."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio
import anyio.lowlevel
import attrs
import pytest
from returns.result import Failure, Success

from pointsman.adapters.sql.usage_rows import add_rows, row_of
from pointsman.adapters.sqlite.database import Database
from pointsman.testing.laws.usage_log import at
from tests.adapters.sqlite.opened import a_database


def where(connection: sqlite3.Connection) -> int:
    """The thread in which work is done."""
    return threading.get_ident()


async def place(database: Database, work: Callable[[sqlite3.Connection], int] = where, *, brief: bool = True) -> str:
    thread = (await database.run(work, brief=brief)).unwrap()
    return "loop" if thread == threading.get_ident() else "thread"


def insert(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO account (key) VALUES ('a')")


@asynccontextmanager
async def unhurried(path: Path | None = None) -> AsyncIterator[Database]:
    """A database whose clock stands still: however loaded the machine is, brief work never seems to take long."""
    async with a_database(path) as opened:
        database = attrs.evolve(opened, now=lambda: 0.0)
        yield database
        if database._carrier is not None:
            database._carrier.join()


async def test_it_stays_in_the_event_loop_and_other_work_does_not() -> None:
    async with unhurried() as database:
        assert await place(database) == "loop"
        assert await place(database, brief=False) == "thread"
        assert await place(database) == "loop"


async def test_what_comes_in_one_turn_of_the_loop_is_one_transaction() -> None:
    changes: list[int] = []

    def count(connection: sqlite3.Connection) -> None:
        changes.append(int(connection.in_transaction))
        connection.execute("INSERT INTO account (key) VALUES (?)", (str(len(changes)),))

    async with unhurried() as database:
        commits: list[str] = []
        database._brief.set_trace_callback(lambda said: commits.append(said) if said == "COMMIT" else None)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(lambda: database.run(count, brief=True))
        assert len(changes) == 10
        assert len(commits) == 1


async def test_while_another_process_writes_the_loop_goes_on_and_the_work_is_done_after_it(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with unhurried(path) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: database.run(insert, brief=True))
                for _ in range(100):
                    await anyio.lowlevel.checkpoint()
                assert [row[0] for row in other.execute("SELECT count(*) FROM account")] == [0]
                other.execute("COMMIT")
            assert [row[0] for row in other.execute("SELECT count(*) FROM account")] == [1]
        assert await place(database) == "loop", "and the loop is in use again"


async def test_where_the_disk_is_slow_the_loop_is_spared_for_a_while() -> None:
    time = 0.0

    def slow(connection: sqlite3.Connection) -> int:
        nonlocal time
        time += 0.5
        return where(connection)

    async with a_database() as opened:
        database = attrs.evolve(opened, now=lambda: time)
        assert await place(database) == "loop"
        assert await place(database, slow) == "loop"
        assert await place(database) == "thread"
        time += 4
        assert await place(database) == "thread"
        time += 2
        assert await place(database) == "loop"


async def test_the_log_is_carried_over_while_nothing_but_brief_work_is_done(tmp_path: Path) -> None:
    """Eight thousand records are a hundred megabytes of log where nobody does."""
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        for number in range(8000):
            row = row_of(at(float(number), str(number)))
            await database.run(lambda connection: add_rows(connection, (row,), (sqlite3.IntegrityError,)), brief=True)  # noqa: B023
        assert (tmp_path / "stores.db-wal").stat().st_size < 60 * 2**20
        assert path.stat().st_size > 2**18, "what was carried is in the file"
    assert not (tmp_path / "stores.db-wal").exists()


async def test_another_process_that_reads_for_long_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log cannot begin anew meanwhile: who waited for that as for a write would wait ten seconds each time."""
    waits: list[float] = []
    connect = sqlite3.connect

    def watched(place: str, *, timeout: float, uri: bool) -> sqlite3.Connection:
        waits.append(timeout)
        return connect(place, timeout=timeout, uri=uri)

    def much(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO much VALUES (randomblob(20000))")

    async with unhurried(tmp_path / "stores.db") as database:
        await database.run(lambda connection: connection.execute("CREATE TABLE much (data BLOB)"))
        with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
            other.execute("BEGIN")
            assert other.execute("SELECT count(*) FROM much").fetchone() == (0,)
            monkeypatch.setattr(sqlite3, "connect", watched)
            for _ in range(1500):
                assert await database.run(much, brief=True) == Success(None)
    assert len(waits) > 1, "it is tried again"
    assert sum(waits) < 2


async def test_who_is_cancelled_before_his_turn_leaves_nothing() -> None:
    async with a_database() as database:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await database.run(insert, brief=True)
        assert scope.cancelled_caught
        kept = await database.run(lambda connection: connection.execute("SELECT key FROM account").fetchall())
        assert kept == Success([])


async def test_what_goes_wrong_is_a_failure_of_its_own_alone() -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO account (key) VALUES ('half done')")
        connection.execute("INSERT INTO nowhere VALUES (1)")

    def right(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO account (key) VALUES ('done')")

    outcomes: list[object] = []
    async with a_database() as database:

        async def run(work: Callable[[sqlite3.Connection], None]) -> None:
            outcomes.append(await database.run(work, brief=True))

        async with anyio.create_task_group() as tasks:
            for work in (wrong, right):
                tasks.start_soon(run, work)
        kept = await database.run(lambda connection: connection.execute("SELECT key FROM account").fetchall())
        assert kept == Success([("done",)])
        assert sum(outcome == Success(None) for outcome in outcomes) == 1


@pytest.mark.parametrize("brief", [True, False])
async def test_a_bug_in_the_work_of_one_is_raised_there_and_the_work_of_the_others_is_done(brief: bool) -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO account (key) VALUES ('half done')")
        raise IndexError("a bug")

    def right(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO account (key) VALUES ('done')")

    raised: list[str] = []
    async with a_database() as database:

        async def run(work: Callable[[sqlite3.Connection], None]) -> None:
            try:
                assert await database.run(work, brief=brief) == Success(None)
            except IndexError:
                raised.append(work.__name__)

        async with anyio.create_task_group() as tasks:
            for work in (right, wrong):
                tasks.start_soon(run, work)
        kept = await database.run(lambda connection: connection.execute("SELECT key FROM account").fetchall())
        assert kept == Success([("done",)])
        assert raised == ["wrong"]


async def test_of_a_closed_database_it_is_a_failure_like_all_other_work() -> None:
    async with a_database() as database:
        database.close()
        for brief in (True, False):
            assert isinstance(await database.run(where, brief=brief), Failure)
