"""A SQLite file is carried over whole, also by who is killed half-way and goes on; the proof sees what is not alike."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import anyio
import anyio.to_thread
import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import Settings
from pointsman.adapters.memory.cipher import PlainCipher
from pointsman.adapters.postgres.carry_over import CarriedFile, carry_over
from pointsman.adapters.postgres.postgres_runs import PostgresRunFolder
from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.recording_store import SqlRecordings
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.adapters.sqlite.migrations import STORES
from pointsman.adapters.sqlite.run_folder import SqliteRunFolder
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.chat.completion import Completion
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ask
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import HealingQuestion
from pointsman.core.memory import Memory
from pointsman.core.money.cost import Cost
from pointsman.core.money.settlement import Amount
from pointsman.core.security.audit import AuditEntry
from pointsman.layers.database_files import carry_over as carry_with_runs
from pointsman.services.evaluation.run_reading import read_whole_run
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.database_files import CarriedTable
from pointsman.services.ports.ledger import Reservation
from pointsman.services.ports.recording_store import RecordedExchange
from pointsman.services.ports.run_store import RunStore
from pointsman.testing.laws.ledger import account
from pointsman.testing.laws.run_folder import begin
from pointsman.testing.laws.run_store import HEALED, ITEMS, MANIFEST, answer, question
from pointsman.testing.laws.usage_log import at
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, a_schema
from tests.adapters.sqlite.opened import a_database
from tests.adapters.web.test_api import data
from tests.served import running

CONVERSATIONS, EACH = 30, 100
ODD = "NUL \0, \ue000, 'quotes', \\N and \\backslashes, 火车正在等待信号"

TAPE = RecordedExchange(ask("m", ODD), Completion(text=ODD, model="m"))


def silent(table: str, done: int, total: int) -> None:
    """Hears of progress and says nothing."""


def source_of(path: Path) -> CarriedFile:
    return CarriedFile(path, STORES.application_id, len(STORES.migrations))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with something in most tables."""
    path = tmp_path_factory.mktemp("carried") / "stores.db"
    anyio.run(_fill, path)
    return path


async def _fill(path: Path, count: int = CONVERSATIONS) -> None:
    async with a_database(path) as database, open_books(database) as books:
        conversations = SqlConversations(database)
        for number in range(count):
            one = Conversation(id=f"c{number}", title=f"Signal {number} {ODD}", created=1.0, updated=float(number))
            entries = [Entry(id=f"e{n}", message=user(f"{ODD} word{number}x{n}"), time=float(n)) for n in range(EACH)]
            (await settle(conversations.create(one, entries))).unwrap()
        (
            await settle(SqlMemories(database).remember(Memory(id="m", text=ODD, created=1.0, vector=(0.1, -2.5))))
        ).unwrap()
        (await settle(SqlRecordings(database, PlainCipher()).keep(TAPE))).unwrap()
        (
            await database.run(lambda connection: note(connection, AuditEntry(time=1.0, who=ODD, what="a", target="b")))
        ).unwrap()
        await _spend(books)


async def _spend(books: Books) -> None:
    ledger, log = SqlLedger(books), SqlUsageLog(books)
    held = (await settle(ledger.reserve("r", (account("money", 100),), Amount(7, 3), 0.0))).unwrap()
    assert isinstance(held, Reservation)
    (await settle(ledger.settle(held, Amount(5, 2), 0.0))).unwrap()
    for number in range(50):
        (await settle(log.add(attrs.evolve(at(float(number), f"u{number}"), tags=(ODD,))))).unwrap()


async def test_all_of_it_is_there_and_is_found_by_the_same_words(filled: Path, stores: Stores) -> None:
    schema = a_schema()
    carried = carry_over(source_of(filled), stores.server.address(schema), None, silent).unwrap()
    assert {one.table: one.rows for one in carried}["entry"] == CONVERSATIONS * EACH
    assert carry_over(source_of(filled), stores.server.address(schema), None, silent) == Success(carried)
    async with a_database(filled) as old, stores.database(schema) as new, open_books(new) as books:
        before, after = SqlConversations(old), SqlConversations(new)
        for words in ("word7x9", "信号", "signal 2", "nowhere"):
            query = ConversationQuery(search=words)
            assert await settle(after.find(query)) == await settle(before.find(query))
        assert await settle(SqlRecordings(new, PlainCipher()).find(TAPE.request)) == Success(TAPE)
        assert await settle(after.get("c3")) == await settle(before.get("c3"))
        (balance,) = (await settle(SqlLedger(books).balances(["money"], 0.0))).unwrap()
        assert (balance.spent, balance.reserved) == (Amount(5, 2), Amount())
        latest = (await settle(SqlUsageLog(books).latest(1))).unwrap()
        assert [(one.id, one.tags) for one in latest] == [("u49", (ODD,))]
        entry = AuditEntry(time=2.0, who="a", what="b", target="c")
        assert isinstance(await new.run(lambda connection: note(connection, entry)), Success), "numbers go on"


def test_every_table_is_carried_but_for_what_is_of_the_moment(filled: Path, postgres: Server) -> None:
    carried = carry_over(source_of(filled), postgres.address(), None, silent).unwrap()
    with closing(sqlite3.connect(filled)) as file:
        listed = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")}
    kept = {
        name for name in listed if not name.startswith(("sqlite_", "entry_text", "conversation_title", "memory_text"))
    }
    assert {one.table for one in carried} == kept - {"process", "lease", "cache_count", "authority"}


def test_who_is_killed_half_way_goes_on_from_there(filled: Path, postgres: Server) -> None:
    address = postgres.address()
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from pointsman.core.database_address import DatabaseAddress\n"
        "from tests.adapters.postgres.test_carry_over import carry_over, source_of\n"
        "def tell(table, done, total):\n"
        "    if table == 'entry' and done >= total // 2: os.kill(os.getpid(), 9)\n"
        "carry_over(source_of(Path(sys.argv[1])), DatabaseAddress(sys.argv[2], sys.argv[3]), None, tell)\n"
    )
    command = [sys.executable, "-c", script, str(filled), address.url, address.schema]
    assert subprocess.run(command, check=False).returncode == -9
    steps: list[int] = []

    def tell(table: str, done: int, total: int) -> None:
        if table == "entry":
            steps.append(done)

    assert isinstance(carry_over(source_of(filled), address, None, tell), Success)
    assert steps[0] > CONVERSATIONS * EACH // 2, "what was there stays"
    assert steps[-1] == CONVERSATIONS * EACH


async def test_the_proof_sees_a_row_that_is_not_as_it_was(filled: Path, stores: Stores) -> None:
    schema = a_schema()
    carry_over(source_of(filled), stores.server.address(schema), None, silent).unwrap()
    async with stores.database(schema) as database:
        (
            await database.run(lambda one: one.execute("UPDATE entry SET time = time + 1 WHERE id = 'e7'").rowcount)
        ).unwrap()
    again = carry_over(source_of(filled), stores.server.address(schema), None, silent)
    assert isinstance(again, Failure)
    assert "entry" in str(again.failure())


async def test_a_file_that_is_used_or_foreign_or_a_target_that_is_full_is_refused(
    filled: Path, stores: Stores, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    async with a_database(other) as database, open_books(database) as books:
        await _spend(books)
        used = carry_over(source_of(other), stores.server.address(), None, silent)
    assert "stop it first" in str(used.failure())
    schema = a_schema()
    assert isinstance(carry_over(source_of(other), stores.server.address(schema), None, silent), Success)
    full = carry_over(source_of(filled), stores.server.address(schema), None, silent)
    assert "schema=NAME" in str(full.failure())
    foreign = carry_over(attrs.evolve(source_of(other), version=999), stores.server.address(), None, silent)
    assert "run `pointsman usage" in str(foreign.failure())
    missing = carry_over(source_of(tmp_path / "none.db"), stores.server.address(), None, silent)
    assert "none.db" in str(missing.failure())


def test_who_writes_meanwhile_is_noticed(filled: Path, postgres: Server, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    with closing(sqlite3.connect(filled)) as file, closing(sqlite3.connect(path)) as copy:
        file.backup(copy)

    def tell(table: str, done: int, total: int) -> None:
        if table == "setting":
            with closing(sqlite3.connect(path)) as writer:
                writer.execute("INSERT INTO setting VALUES ('a', 'b')")
                writer.commit()

    changed = carry_over(source_of(path), postgres.address(), None, tell)
    assert "changed meanwhile" in str(changed.failure())


WORDS = ("word777x9", "信号", "signal 2", "nowhere")
QUESTIONS = 2_500


async def _write_run(path: Path, questions: int) -> None:
    async with open_run_store(path) as opened:
        store = opened.unwrap()
        (await settle(store.begin(MANIFEST, ITEMS))).unwrap()
        async with anyio.create_task_group() as tasks:
            for number in range(questions):
                tasks.start_soon(_answer, store, question(repeat=number))
        (await settle(store.keep_verdict(question(), HEALED))).unwrap()
        (await settle(store.keep_failure(question("b"), Cost(Decimal("0.5")), ODD))).unwrap()


async def _answer(store: RunStore, asked: HealingQuestion) -> None:
    (await settle(store.keep_answer(answer(asked, ODD)))).unwrap()


async def _carry(path: Path, url: str) -> Result[tuple[CarriedTable, ...], StorageError]:
    """As `pointsman migrate`."""
    return await carry_with_runs(Settings(database=url), str(path), silent)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A file, and the folder of its runs, of which one takes several batches."""
    path = tmp_path / "house.db"
    anyio.run(_empty, path)
    for id, questions in (("20260101-a", 3), ("20260202 of mine", QUESTIONS)):
        anyio.run(_write_run, tmp_path / "runs" / f"{id}.db", questions)
    return path


async def _empty(path: Path) -> None:
    async with a_database(path):
        pass


async def test_runs_are_carried_with_the_file_that_they_are_beside(house: Path, stores: Stores) -> None:
    schema = a_schema()
    url = stores.server.url(schema)
    carried = {one.table: one.rows for one in (await _carry(house, url)).unwrap()}
    assert (carried["run"], carried["run_item"], carried["run_failure"]) == (2, 2 * len(ITEMS), 2)
    assert carried["run_question"] == QUESTIONS + 3
    assert {one.table: one.rows for one in (await _carry(house, url)).unwrap()} == carried, "again changes nothing"
    files = SqliteRunFolder(house.parent / "runs")
    async with stores.database(schema) as database:
        folder = PostgresRunFolder(database, "there")
        assert await settle(folder.entries()) == await settle(files.entries())
        for id in ("20260101-a", "20260202 of mine"):
            async with files.open(id) as old, folder.open(id, alone=True) as new:
                before, after = old.unwrap(), new.unwrap()
                assert await read_whole_run(after) == await read_whole_run(before)
                assert await settle(after.rows()) == await settle(before.rows())
                assert await settle(after.keep_verdict(question(repeat=1), HEALED)) == Success(None)
    changed = str((await _carry(house, url)).failure())
    assert "of the table run_question not all has arrived as it is in the file" in changed


async def test_a_run_that_goes_on_or_is_called_as_another_there_is_not_carried(house: Path, stores: Stores) -> None:
    schema = a_schema()
    url, runs = stores.server.url(schema), house.parent / "runs"
    async with open_run_store(runs / "20260202 of mine.db", alone=True):
        assert "another process is at this run" in str((await _carry(house, url)).failure())
    async with stores.database(schema) as database:
        await begin(PostgresRunFolder(database, "there"), "20260202 of mine")
    refused = str((await _carry(house, url)).failure())
    assert "there is a run 20260202 of mine in" in refused
    (runs / "20260202 of mine.db").rename(runs / "20260202-renamed.db")
    assert isinstance(await _carry(house, url), Success)
    (runs / "odd.db").write_bytes(b"no database at all" * 100)
    assert "odd.db" in str((await _carry(house, url)).failure())


_KILLED = """
import os, sys
import anyio
from pointsman import Settings
from pointsman.layers.database_files import carry_over

def tell(table, done, total):
    if table.endswith(sys.argv[3]) and done >= total // 2:
        os.kill(os.getpid(), 9)

anyio.run(carry_over, Settings(database=sys.argv[2]), sys.argv[1], tell)
"""


def kill_at(table: str, path: Path, url: str) -> None:
    """Carry `path` until half of `table` is there, and be killed then."""
    command = [sys.executable, "-c", _KILLED, str(path), url, table]
    assert subprocess.run(command, check=False).returncode == -9


async def test_who_is_killed_in_a_run_goes_on_from_there(house: Path, postgres: Server) -> None:
    schema = a_schema()
    await anyio.to_thread.run_sync(kill_at, "mine/run_question", house, postgres.url(schema))
    steps: list[int] = []

    def tell(table: str, done: int, total: int) -> None:
        if table.endswith("mine/run_question"):
            steps.append(done)

    assert isinstance(await carry_with_runs(Settings(database=postgres.url(schema)), str(house), tell), Success)
    assert (steps[0] > QUESTIONS // 2, steps[-1]) == (True, QUESTIONS)


@pytest.mark.long
def test_a_hundred_thousand_messages_are_carried_by_who_is_killed_half_way_and_the_page_finds_them_all(
    house: Path, postgres: Server, tmp_path: Path
) -> None:
    anyio.run(_fill, house, 1_000)
    url = postgres.url()
    for table in ("entry", "mine/run_question"):
        kill_at(table, house, url)
    carried = anyio.run(_carry, house, url).unwrap()
    assert {one.table: one.rows for one in carried}["entry"] == 1_000 * EACH
    found: list[list[object]] = []
    for number, database in enumerate((str(house), url)):
        with running(tmp_path / f"home{number}", database=database) as server, server.signed_in() as client:
            found.append(
                [
                    data(client.get("/api/v1/conversations", params={"limit": 100})),
                    *(data(client.get("/api/v1/conversations", params={"search": words})) for words in WORDS),
                    data(client.get("/api/v1/conversations/c777")),
                    [run["judged"] for run in data(client.get("/api/v1/eval/runs"))["runs"]],
                ]
            )
    assert found[0] == found[1]
