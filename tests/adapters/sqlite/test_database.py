"""The SQLite file itself: what is not ours is refused and left alone, and nobody's work harms another's."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.adapters.sql.usage_rows import add_rows, row_of
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.adapters.sqlite.database_file import close_to_others
from pointsman.adapters.sqlite.migrations import MIGRATIONS
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.money.settlement import Amount
from pointsman.services.ports.ledger import Refused, Reservation
from pointsman.testing.laws.ledger import account
from pointsman.testing.laws.usage_log import add, at, read
from tests.adapters.sqlite.opened import a_database, some_books
from tests.patience import GUARD


async def refusal(path: Path | str) -> StorageError:
    """The error of opening `path`: typed, and one sentence that names the path."""
    async with open_database(path) as opened:
        assert isinstance(opened, Failure)
        error = opened.failure()
    assert isinstance(error, StorageError)
    assert error.detail.startswith(f"{path}: ")
    assert "\n" not in error.detail
    assert len(error.detail) > len(f"{path}: ") + 5, "it says why"
    return error


async def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert "directory" in (await refusal(tmp_path)).detail


async def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    await refusal(tmp_path / "file" / "stores.db")


@pytest.mark.parametrize("path", ["/dev/full", "/proc/nowhere/stores.db", "a\0b", "~nobody-of-that-name/stores.db"])
async def test_what_cannot_be_a_file_is_refused(path: str) -> None:
    await refusal(path)


async def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("root may write everywhere")
    await refusal(tmp_path / "stores.db")


async def test_what_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes, and no database. " * 200)
    before = path.read_bytes()
    await refusal(path)
    assert path.read_bytes() == before


async def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE bookmarks (url TEXT)")
        theirs.commit()
    before = path.read_bytes()
    assert "another program" in (await refusal(path)).detail
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["theirs.db"]


async def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path):
        pass
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    error = await refusal(path)
    assert "newer" in error.detail
    assert "upgrade" in error.detail
    assert path.read_bytes() == before


async def test_it_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "stores.db"
    async with some_books(path) as books:
        await add(SqlUsageLog(books), at(1.0))
        files = [one for one in path.parent.rglob("*") if one.is_file()]
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in files}
        assert "stores.db-wal" in modes
        assert len(files) == 5, "the database, its two, and the two of this process"
        assert stat.S_IMODE((path.parent / "stores.db-calls").stat().st_mode) == 0o700
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_what_is_no_file_keeps_its_mode(tmp_path: Path) -> None:
    """Root that names /dev/null as its database must not take it away from everybody."""
    device = tmp_path / "device"
    os.mkfifo(device, 0o666)
    device.chmod(0o666)
    close_to_others(device)
    assert stat.S_IMODE(device.stat().st_mode) == 0o666


async def test_opened_again_it_holds_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    for times in range(3):
        async with some_books(path) as books:
            assert len(await read(SqlUsageLog(books))) == times
            await add(SqlUsageLog(books), at(float(times)))


async def test_many_may_make_it_at_the_same_time(tmp_path: Path) -> None:
    """However the making and the migrations fall together, all of them open it."""
    opened: list[Result[Database, StorageError]] = []

    async def make(path: Path, number: int) -> None:
        async with open_database(path) as database:
            opened.append(database)
            row = row_of(at(float(number), str(number)))
            (
                await database.unwrap().run(lambda connection: add_rows(connection, (row,), (sqlite3.IntegrityError,)))
            ).unwrap()

    for round_ in range(30):
        path = tmp_path / f"{round_}.db"
        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(make, path, number)
        async with some_books(path) as books:
            assert len(await read(SqlUsageLog(books))) == 6
    assert len(opened) == 180


async def test_a_table_that_is_gone_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with some_books(path) as books:
        with closing(sqlite3.connect(path)) as other:
            other.execute("DROP TABLE usage")
        failed = (await settle(SqlUsageLog(books).read())).failure()
        assert isinstance(failed, StorageError)
        assert failed.detail.startswith(f"{path}: ")
        still = await settle(SqlLedger(books).balances(["a"], 0.0))
        assert isinstance(still, Success), "the other tables are of use still"


async def test_a_closed_database_is_a_typed_error(tmp_path: Path) -> None:
    async with some_books(tmp_path / "stores.db") as books:
        pass
    assert isinstance((await settle(SqlUsageLog(books).read())).failure(), StorageError)


async def test_what_sqlite_cannot_hold_harms_nobody_else() -> None:
    """A count beyond 64 bits and a lone surrogate: they are kept as far as they can be, with all others."""
    too_much = attrs.evolve(at(0.0, "too much"), usage=Usage(input=2**70))
    no_text = attrs.evolve(at(0.0, "no text"), outcome="\ud800")
    async with some_books() as books:
        log = SqlUsageLog(books)
        await add(log, at(1.0), too_much, no_text, at(2.0))
        found = {record.id: record for record in await read(log)}
    assert found.keys() == {"1.0", "too much", "no text", "2.0"}
    assert found["too much"].usage.input == 2**63 - 1
    assert found["no text"].outcome == "?"


async def test_an_account_whose_name_is_no_text_is_refused_and_harms_nobody_who_asks_with_it() -> None:
    async with some_books() as books:
        ledger, outcomes = SqlLedger(books), dict[str, Result[Reservation | Refused, StorageError]]()

        async def reserve(name: str) -> None:
            outcomes[name] = await settle(ledger.reserve(name, (account(name, 10),), Amount(1), 0.0))

        async with anyio.create_task_group() as tasks:
            for name in ("a", "\ud800", "b"):
                tasks.start_soon(reserve, name)
        assert isinstance(outcomes.pop("\ud800").failure(), StorageError)
        assert {type(outcome.unwrap()) for outcome in outcomes.values()} == {Reservation}


async def test_a_bug_in_some_work_leaves_nothing_half_done() -> None:
    """An exception goes to one who waits, and nobody is told that his work was done when it was undone."""
    outcomes: dict[int, Result[None, StorageError]] = {}
    async with a_database() as database:

        def work(number: int) -> Callable[[sqlite3.Connection], None]:
            def insert(connection: sqlite3.Connection) -> None:
                connection.execute("INSERT INTO account (key) VALUES (?)", (str(number),))
                if number == 5:
                    raise ZeroDivisionError

            return insert

        async def attempt(number: int) -> None:
            try:
                outcomes[number] = await database.run(work(number))
            except ZeroDivisionError:
                raised.append(number)

        raised: list[int] = []
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(attempt, number)
        done = {str(number) for number, outcome in outcomes.items() if outcome == Success(None)}
        assert len(raised) == 1
        assert await _accounts(database) == done
        assert await database.run(work(11)) == Success(None), "and it is of use still"


async def _accounts(database: Database) -> set[str]:
    found = await database.run(lambda connection: connection.execute("SELECT key FROM account").fetchall())
    return {row[0] for row in found.unwrap()}


@attrs.define
class Held:
    """Work that stands still in its thread until it is let go."""

    started: threading.Event = attrs.field(factory=threading.Event)
    go: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.started.set()
        assert self.go.wait(GUARD)
        connection.execute("INSERT INTO account (key) VALUES ('held')")


def insert(key: str) -> Callable[[sqlite3.Connection], None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO account (key) VALUES (?)", (key,))

    return work


@pytest.mark.parametrize("turns", range(8))
async def test_who_is_cancelled_takes_nobody_else_with_him(turns: int) -> None:
    """One of those who wait is cancelled, `turns` turns of the loop after it is his turn: the others' work is done."""
    outcomes: dict[str, Result[None, StorageError]] = {}
    held = Held()
    async with a_database() as database:

        async def attempt(key: str, scope: anyio.CancelScope) -> None:
            with scope:
                outcomes[key] = await database.run(insert(key))

        async def first() -> None:
            outcomes["held"] = await database.run(held)
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            victim.cancel()

        victim = anyio.CancelScope()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await anyio.to_thread.run_sync(held.started.wait, GUARD)
            for key, scope in (("victim", victim), ("b", anyio.CancelScope()), ("c", anyio.CancelScope())):
                tasks.start_soon(attempt, key, scope)
                await anyio.lowlevel.checkpoint()
            held.go.set()
        assert {key: outcomes.get(key) for key in ("held", "b", "c")} == dict.fromkeys(
            ("held", "b", "c"), Success(None)
        )
        assert await _accounts(database) - {"victim"} == {"held", "b", "c"}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_of_asyncio_may_be_cancelled_away_from_its_thread(anyio_backend: str) -> None:
    """As `asyncio.wait_for` does: the thread works on, and who comes next waits for it."""
    held = Held()
    async with a_database() as database:
        first = asyncio.create_task(database.run(held))
        await anyio.to_thread.run_sync(held.started.wait, GUARD)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(database.run(insert("second")))
        for _ in range(20):
            await asyncio.sleep(0)
        held.go.set()
        assert await second == Success(None)
        assert await _accounts(database) == {"held", "second"}
