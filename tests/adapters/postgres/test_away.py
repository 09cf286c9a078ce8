"""The server goes away, and processes are killed: nothing that was confirmed is lost, nothing counts twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread

import anyio
import anyio.to_thread
import pytest
from returns.result import Failure, Success

from pointsman.adapters.postgres.postgres_database import PostgresDatabase
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.transactions import MONEY, SqlConnection
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.effect import settle
from pointsman.core.money.settlement import Amount
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, a_schema, started_server
from tests.adapters.postgres.test_change_hints import put_key, two_processes, until_it_is_deaf, until_it_listens
from tests.patience import GUARD

ROUNDS = int(os.environ.get("POINTSMAN_ROUNDS", "3"))
LINES = 120
"""So many lines a writer says before it is killed."""


@pytest.fixture(scope="module")
def fleeting() -> Iterator[Server]:
    """A server of these tests alone, to stop."""
    with started_server() as server:
        yield server


def add_one(connection: SqlConnection) -> None:
    connection.execute(
        "INSERT INTO setting (name, value) VALUES ('sum', '1') ON CONFLICT (name) DO UPDATE"
        " SET value = (setting.value::int + 1)::text"
    )


def the_sum(connection: SqlConnection) -> int:
    return int(connection.execute("SELECT value FROM setting WHERE name = 'sum'").fetchone()[0])


async def test_what_comes_while_the_server_restarts_is_done_once_it_is_back(fleeting: Server) -> None:
    async with Stores(fleeting).database() as database:
        (await database.run(add_one)).unwrap()
        (await database.read(the_sum)).unwrap()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, lambda: fleeting.restart("immediate"))
            for _ in range(20):
                assert await database.run(add_one) == Success(None)
                await anyio.sleep(0.01)
        assert await database.read(the_sum) == Success(21)


async def test_hints_come_again_after_a_restart_of_the_server(fleeting: Server) -> None:
    async with two_processes(fleeting) as (mine, yours):
        with anyio.fail_after(GUARD):
            async with anyio.create_task_group() as group:
                group.start_soon(until_it_is_deaf, mine.hints)
                await anyio.to_thread.run_sync(lambda: fleeting.restart("immediate"))
        await until_it_listens(mine.hints)
        async with anyio.create_task_group() as group:
            group.start_soon(put_key, yours)
            with anyio.fail_after(GUARD):
                await mine.hints.wait(mine.hints.count)


async def test_a_server_that_stays_away_is_a_failure_that_names_it_and_no_password(fleeting: Server) -> None:
    async with Stores(fleeting).database() as database:
        await anyio.to_thread.run_sync(fleeting.stop)
        outcome = await database.run(add_one, patience=0.2)
        assert isinstance(outcome, Failure)
        assert database.address.name in str(outcome.failure())
        assert "Check that the server runs" in str(outcome.failure())
        await database.run(add_one, patience=0.2)  # it is known to be away now: nobody waits for long
        assert isinstance(await database.read(the_sum), Failure)
        await anyio.to_thread.run_sync(fleeting.start)
        assert await database.run(add_one) == Success(None)


@pytest.mark.parametrize("was_done", [True, False])
async def test_a_connection_that_is_lost_at_the_commit_leaves_no_doubt(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, was_done: bool
) -> None:
    """Whether the server did it or not: it is done once."""
    async with stores.database() as database:
        (await database.run(add_one)).unwrap()
        with losing_the_commit(monkeypatch, database, was_done):
            assert await database.run(add_one, locks=(MONEY,)) == Success(None)
        assert await database.read(the_sum) == Success(2)


@contextmanager
def losing_the_commit(monkeypatch: pytest.MonkeyPatch, database: PostgresDatabase, was_done: bool) -> Iterator[None]:
    """The connection breaks where the next transaction ends, after it or before it."""
    writer = database._writer
    assert writer is not None
    driver = writer.driver
    execute: Callable[..., object] = driver.execute
    broken: list[bytes] = []

    def break_off(sql: object, *rest: object, **options: object) -> object:
        if not isinstance(sql, bytes) or not sql.endswith(b"COMMIT"):
            return execute(sql, *rest, **options)
        broken.append(sql)
        if was_done:
            execute(sql)
        driver.close()
        return execute(sql)

    with monkeypatch.context() as patch:
        patch.setattr(driver, "execute", break_off)
        yield
    assert broken


async def test_one_of_many_that_is_wrong_fails_alone(stores: Stores) -> None:
    def wrong(connection: SqlConnection) -> None:
        add_one(connection)
        connection.execute("SELECT nothing FROM nowhere")

    async with stores.database() as database:
        outcomes: list[object] = []

        async def run(work: Callable[[SqlConnection], None]) -> None:
            outcomes.append(await database.run(work))

        async with anyio.create_task_group() as tasks:
            for number in range(9):
                tasks.start_soon(run, wrong if number == 4 else add_one)
        assert sum(isinstance(one, Failure) for one in outcomes) == 1
        assert await database.read(the_sum) == Success(8)


async def test_of_two_that_begin_at_once_one_makes_the_tables(stores: Stores) -> None:
    schema = a_schema()
    async with anyio.create_task_group() as tasks:

        async def begin() -> None:
            async with stores.database(schema) as database:
                assert await database.run(add_one) == Success(None)

        for _ in range(4):
            tasks.start_soon(begin)
    async with stores.database(schema) as database:
        assert await database.read(the_sum) == Success(4)


def test_what_was_confirmed_survives_kills_and_a_restart(fleeting: Server, tmp_path: Path) -> None:
    """Two processes, one of each event loop, are killed round by round, while the server restarts in the middle."""
    anyio.run(_kill_and_count, fleeting, tmp_path)


async def _kill_and_count(fleeting: Server, tmp_path: Path) -> None:
    schema, folder = a_schema(), tmp_path / "calls"
    said: list[str] = []
    async with Stores(fleeting).database(schema, folder):
        for round_ in range(ROUNDS):
            await anyio.to_thread.run_sync(a_round, fleeting, schema, folder, f"r{round_}", round_ % 2 == 1, said)
    begun = {line.split()[1] for line in said if line.startswith("begun ")}
    added = {line.split()[1] for line in said if line.startswith("added ")}
    async with Stores(fleeting).database(schema, folder) as database, open_books(database) as books:
        records = (await settle(SqlUsageLog(books).read())).unwrap()
        (balance,) = (await settle(SqlLedger(books).balances(["shared"], 0.0))).unwrap()
        left = (
            await database.read(lambda connection: connection.execute("SELECT id FROM process").fetchall())
        ).unwrap()
    assert {id for (id,) in left} <= {books.journal.id}, "also of those that had not said yet on which machine they are"
    ended = {one.id for one in records if one.outcome == "ok"}
    lost = [one for one in records if one.outcome != "ok"]
    assert len(records) == len({one.id for one in records})
    assert added <= ended
    assert begun <= {one.id for one in records}
    assert balance.reserved == Amount()
    assert balance.spent == Amount(tokens=len(ended) + 2 * len(lost))


def a_round(server: Server, schema: str, folder: Path, name: str, restarts: bool, said: list[str]) -> None:
    writers = [_started(server.url(schema), folder, f"{name}-{loop}", loop) for loop in ("asyncio", "trio")]
    restarted = (server if restarts else None, None)
    begun = Barrier(len(writers))
    readers = [
        Thread(target=_listen, args=(one, said, who, begun)) for one, who in zip(writers, restarted, strict=True)
    ]
    for one in readers:
        one.start()
    for one in readers:
        one.join()


def _started(url: str, folder: Path, name: str, loop: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.adapters.postgres.process", "write", url, str(folder), name, loop]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _listen(process: subprocess.Popen[str], said: list[str], restarted: Server | None, begun: Barrier) -> None:
    """Until it has said enough; then it is killed, and what it had said is read to the end.

    Nothing happens to the server before all have `begun`: who finds none at the start ends with a sentence.
    """
    assert process.stdout is not None
    with process:
        for number, line in enumerate(process.stdout):
            said.append(line)
            if number == 0:
                begun.wait(GUARD)
            if number == LINES // 2 and restarted is not None:
                restarted.restart("immediate")
            if number == LINES:
                process.kill()
    assert process.returncode == -9, "it ended by itself: a call failed that could have waited"
