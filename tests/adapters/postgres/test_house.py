"""The whole house on PostgreSQL: what a command keeps, another finds, and what is erased is gone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import anyio
import attrs
import pytest
from returns.result import Failure, Success

from pointsman import Recording, Replaying, Settings, ask, fake, fake_settings, open_app
from pointsman.adapters.postgres.postgres_connection import connect
from pointsman.adapters.postgres.postgres_database import PostgresDatabase
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.erasure import erase_person
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.database_address import read_address
from pointsman.core.effect import settle
from pointsman.core.memory import Memory
from pointsman.core.money.settlement import Amount
from pointsman.core.security.secret import Secret
from pointsman.layers.database_files import back_up
from pointsman.layers.stores import by_settings
from pointsman.services.ports import stores as ports
from pointsman.services.ports.database_files import Person
from pointsman.testing.laws.conversation_store import entry, ids
from pointsman.testing.laws.ledger import account, book, hold
from pointsman.testing.laws.usage_log import at
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server
from tests.every_method import outcomes_below
from tests.services.test_middleware import events_of


async def test_an_app_keeps_its_usage_and_settings_there(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = attrs.evolve(fake_settings(), database=postgres.url())
    layers = attrs.evolve(fake(), stores=by_settings)
    async with open_app(layers, settings) as opened:
        app = opened.unwrap()
        answered = await settle(app.client.chat(ask("fake/any", "Hello")))
        assert isinstance(answered, Success), answered
    async with by_settings(settings) as again:
        records = (await settle(again.unwrap().usage_log.read())).unwrap()
    assert [one.outcome for one in records] == ["ok"]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_what_one_process_records_another_replays(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    key_file = str(tmp_path / "a.key")
    settings = attrs.evolve(fake_settings(), database=postgres.url(), encrypted=encrypted, key_file=key_file)
    settings = attrs.evolve(
        settings, providers={"fake": attrs.evolve(settings.providers["fake"], api_key=Secret("sk-hidden"))}
    )
    layers, question = attrs.evolve(fake(), stores=by_settings), ask("fake/any", "Is it sk-hidden?")
    async with open_app(layers, settings) as opened:
        app = opened.unwrap()
        asked = (await settle(Recording(app.client, app.stores.recordings).chat(question))).unwrap()
        streamed = await events_of(Recording(app.client, app.stores.recordings), ask("fake/any", "Bit by bit"))
    async with by_settings(settings) as again:
        replaying = Replaying(again.unwrap().recordings)
        replayed = (await settle(replaying.chat(question))).unwrap()
        assert replayed.text == asked.text.replace("sk-hidden", "***")
        assert [type(one) for one in await events_of(replaying, ask("fake/any", "Bit by bit"))] == [
            type(one) for one in streamed
        ]
        assert "record it first" in str((await settle(replaying.chat(ask("fake/any", "never asked")))).failure())
    with closing(connect(read_address(settings.database or "").unwrap(), None).driver) as driver:
        kept = driver.execute("SELECT tape FROM recording").fetchall()
    assert [str(tape).startswith("sealed:") for (tape,) in kept] == [encrypted] * 2
    assert not any("hidden" in str(tape) for (tape,) in kept)


_IN_THE_PROCESS = {"scoreboard", "cipher", "limiter", "circuits", "leases", "carrier"}
"""How models do, what encrypts, and what Redis has, where there is one."""


async def test_every_store_is_in_the_server_but_for_how_models_do(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    async with by_settings(attrs.evolve(fake_settings(), database=postgres.url())) as opened:
        stores = opened.unwrap()
        kept = {field.name: getattr(stores, field.name) for field in attrs.fields(ports.Stores)}
        kept["runs"] = stores.runs()
        kept["check_writing"] = getattr(stores.check_writing, "__self__", None)
        found = {name: type(getattr(one, "_value", lambda one=one: one)()).__module__ for name, one in kept.items()}
    elsewhere = {name for name, module in found.items() if not module.startswith(_OF_DATABASES)}
    assert elsewhere == _IN_THE_PROCESS


_OF_DATABASES = ("pointsman.adapters.sql.", "pointsman.adapters.postgres.")


async def test_of_whoever_is_erased_nothing_is_left_and_others_lose_nothing(stores: Stores) -> None:
    async with stores.database() as database, open_books(database) as books:
        for number, name in enumerate(("zaphod", "trillian")):
            talk = Conversation(id=f"c{number}", title=name, created=0.0, updated=0.0, owner=name)
            (await settle(SqlConversations(database).create(talk, (entry("1", f"words{name}"),)))).unwrap()
            memory = Memory(id=name, text=f"fact {name}", created=0.0, user=name)
            (await settle(SqlMemories(database).remember(memory))).unwrap()
            (await settle(SqlUsageLog(books).add(attrs.evolve(at(1.0), id=name, tenant=name)))).unwrap()
            held = await hold(SqlLedger(books), name, (account(f"b|tenant|{name}|1", 9),), Amount(5))
            await book(SqlLedger(books), held, Amount(5))
        overrides = '{"zaphod": {"temperature": 1}, "trillian": {}}'
        keep = "INSERT INTO setting (name, value) VALUES ('overrides', ?), ('version', '3')"
        (await database.run(lambda connection: connection.execute(keep, (overrides,)).rowcount)).unwrap()
        (await books.bring_up_to_date()).unwrap()
        found = (await erase_person(database, Person(tenant="zaphod"), 5.0)).unwrap()
        before = {one.table: one.before for one in found}
        assert {one.after for one in found} == {0}
        assert before["entry"] == before["memory"] == before["usage"] == before["account"] == before["setting"] == 1
        assert await ids(SqlConversations(database)) == ["c1"]
        records = (await settle(SqlUsageLog(books).read())).unwrap()
        assert sorted(one.tenant for one in records) == ["", "trillian"]
        query = "SELECT name, value FROM setting ORDER BY name"
        kept = (await database.read(lambda connection: connection.execute(query).fetchall())).unwrap()
        assert kept == [("overrides", '{"trillian":{}}'), ("version", "4")]


def test_a_server_is_copied_by_its_own_tools(postgres: Server, tmp_path: Path) -> None:
    outcome = anyio.run(lambda: back_up(Settings(database=postgres.url()), str(tmp_path / "copy.db"), force=False))
    assert isinstance(outcome, Failure)
    assert "pg_dump" in str(outcome.failure())


async def test_a_process_has_at_most_six_connections(postgres: Server, stores: Stores) -> None:
    counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pointsman' AND pid <> pg_backend_pid()"

    def count() -> int:
        with closing(connect(postgres.address(), None).driver) as driver:
            row = driver.execute(counted.encode()).fetchone()
        assert row is not None
        return int(str(row[0]))

    async def look(database: PostgresDatabase) -> None:
        (await database.read(lambda connection: connection.execute("SELECT pg_sleep(0.02)").fetchall())).unwrap()

    before = count()
    async with stores.database() as database:
        async with anyio.create_task_group() as tasks:
            for _ in range(24):
                tasks.start_soon(look, database)
        (await database.run(lambda connection: connection.execute("SELECT 1").fetchall())).unwrap()
        assert 2 <= count() - before <= 6


async def test_after_the_end_no_method_waits_for_a_server_that_is_not_asked_any_more(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = attrs.evolve(fake_settings(), database=postgres.url())
    async with open_app(attrs.evolve(fake(), stores=by_settings), settings) as opened:
        app = opened.unwrap()
        await app.stores.cipher.prepare()
    outcomes = await outcomes_below("app", app)
    assert {path: one for path, one in outcomes.items() if one.startswith(("RAISED", "HANGS"))} == {}
    closed = "StorageError: this database is closed: use it inside the scope that opened it."
    for store in (app.stores.conversations, app.stores.keys, app.stores.settings, app.stores.users):
        assert set((await outcomes_below("store", store)).values()) == {closed}
