"""Who is erased is nowhere in the file any more, and nobody else has lost a row; the sums of usage stay."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from pointsman.adapters.memory.cipher import PlainCipher
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.erasure import erase_person
from pointsman.adapters.sql.key_store import SqlKeys
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.recording_store import SqlRecordings
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.core.chat.completion import Completion
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ask
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.effect import settle
from pointsman.core.memory import Memory
from pointsman.core.money.budget import accounts
from pointsman.core.money.settlement import Amount
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.ports.database_files import Person
from pointsman.services.ports.recording_store import RecordedExchange
from pointsman.testing.laws.conversation_store import entry, ids
from pointsman.testing.laws.ledger import book, hold
from pointsman.testing.laws.usage_log import add, at, read
from tests.adapters.sqlite.opened import a_database

KEY = VirtualKey(id="k0123456789a", name="zaphod", prefix="pm-", digest=b"d", created=0.0, usd=Decimal(1))
OTHER = attrs.evolve(KEY, id="kbbbbbbbbbbbb", name="trillian", digest=b"e")
BY_KEY = Person(tenant=KEY.tenant, key_id=KEY.id, key_name=KEY.name)
BY_NAME = Person(tenant="zaphod")


async def fill(path: Path, tenant: str, mark: str) -> None:
    """What calls, conversations, memories and the trail hold of `tenant`, whose words all have `mark` in them."""
    key = KEY if mark == "zaphod" else OTHER
    async with a_database(path) as database, open_books(database) as books:
        made = AuditEntry(time=1.0, who="admin", what="key.create", target=key.name)
        await settle(SqlKeys(database).put(key, made))
        id = f"talk{mark}"
        talk = Conversation(id=id, title=f"title{mark}", created=0.0, updated=0.0, owner=tenant)
        store = SqlConversations(database)
        await settle(store.create(talk, (entry("1", f"words{mark}"),)))
        fork = Conversation(id=f"f{mark}", created=0.0, updated=0.0, owner="third", forked_from=(id, "1"))
        await settle(store.create(fork))
        await settle(SqlMemories(database).remember(Memory(id=mark, text=f"fact{mark}", created=0.0, user=tenant)))
        tags, prompt = (f"key:{key.name}",), f"p{mark}"
        record = attrs.evolve(at(1.0), id=mark[::-1], tenant=tenant, conversation=id, tags=tags, prompt=prompt)
        await add(SqlUsageLog(books), record)
        question = ask("m", f"asked{mark}", CallOptions(tenant=tenant))
        tape = RecordedExchange(question, Completion(text=f"told{mark}", model="m"))
        (await settle(SqlRecordings(database, PlainCipher()).keep(tape))).unwrap()
        payer = attrs.make_class("Payer", ["tags", "tenant", "conversation", "budgets"], frozen=True)
        budget = key.budget
        assert budget is not None
        there = accounts((attrs.evolve(budget, only=tenant),), payer((), tenant, id, ()), "p", "m", 0.0)
        ledger = SqlLedger(books)
        await book(ledger, await hold(ledger, f"r{len(mark)}", there, Amount(5, 5)), Amount(5, 5))
        await database.run(lambda connection: note_overrides(connection, f"key:{key.name}"))
        await database.run(lambda connection: note_overrides(connection, tenant))


def words_left(folder: Path, words: list[bytes]) -> list[bytes]:
    """Which of `words` still stand in one of the files."""
    data = b"".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())
    return [word for word in words if word in data]


def note_overrides(connection: sqlite3.Connection, name: str) -> None:
    row = connection.execute("SELECT value FROM setting WHERE name = 'overrides'").fetchone()
    both = {**json.loads(row[0] if row else "{}"), name: {"temperature": 1}}
    connection.execute("INSERT OR REPLACE INTO setting VALUES ('overrides', ?)", (json.dumps(both),))


@pytest.mark.parametrize("person", [BY_KEY, BY_NAME], ids=["key", "user"])
async def test_of_whoever_is_erased_nothing_is_left_and_others_lose_nothing(tmp_path: Path, person: Person) -> None:
    path = tmp_path / "stores.db"
    await fill(path, person.tenant, "zaphod")
    await fill(path, OTHER.tenant if person is BY_KEY else "trillian", "trillian")
    async with a_database(path) as database:
        found = (await erase_person(database, person, 5.0)).unwrap()
        before = {one.table: one.before for one in found}
        assert {one.after for one in found} == {0}
        assert before["entry"] == before["memory"] == before["usage"] == before["account"] == before["setting"] == 1
        assert before["recording"] == 1
        assert before["conversation"] == 2, "theirs, and the fork of it"
        assert before["virtual_key"] == (person is BY_KEY)
        again = (await erase_person(database, person, 6.0)).unwrap()
        assert {one.before for one in again} == {0}
    words = [b"talkzaphod", b"titlezaphod", b"wordszaphod", b"factzaphod", b"pzaphod", b"toldzaphod"]
    words.append(KEY.tenant.encode())
    if person is BY_NAME:
        words.pop()
    assert words_left(tmp_path, words) == []
    async with a_database(path) as database, open_books(database) as books:
        store = SqlConversations(database)
        assert await ids(store, search="wordstrillian") == ["talktrillian"]
        assert await ids(store, owner="third") == ["fzaphod", "ftrillian"]
        records = await read(SqlUsageLog(books))
        assert sorted(one.tenant for one in records)[0] == "", "the sums stay, as nobody's"
        assert len(records) == 2
        assert [one.cost for one in records] == [at(1.0).cost] * 2
        memories = await database.run(lambda connection: connection.execute("SELECT count(*) FROM memory").fetchone())
        assert memories.unwrap() == (1,)
        assert (await settle(SqlRecordings(database, PlainCipher()).find(ask("m", "askedtrillian")))).unwrap()
        trail = await database.run(lambda connection: connection.execute("SELECT what, target FROM audit").fetchall())
        assert ("erase", "erased") in trail.unwrap()


async def test_a_user_goes_with_their_keys_and_sessions_and_another_stays(tmp_path: Path) -> None:
    def count(connection: sqlite3.Connection) -> list[int]:
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES]

    def make(connection: sqlite3.Connection) -> None:
        for id, name in (("u1", "zaphod"), ("u2", "trillian")):
            connection.execute("INSERT INTO user VALUES (?, ?, ?)", (id, name, b"{}"))
            connection.execute("INSERT INTO session VALUES (?, ?, 0, 0)", (id.encode(), id))
            key = (f"k{id}", f"d{id}".encode(), b"{}", id)
            connection.execute("INSERT INTO virtual_key (id, digest, fields, owner) VALUES (?, ?, ?, ?)", key)
            connection.execute(
                "INSERT INTO audit (time, who, what, target, changes) VALUES (0, ?, 'x', '', '[]')", (name,)
            )

    async with a_database(tmp_path / "stores.db") as database:
        (await database.run(make)).unwrap()
        person = Person(tenant="user:u1", user_id="u1", user_name="zaphod")
        found = {one.table: (one.before, one.after) for one in (await erase_person(database, person, 5.0)).unwrap()}
        assert [found[name] for name in (*TABLES, "audit")] == [(1, 0)] * 4
        assert (await database.run(count)).unwrap() == [1, 1, 1]


TABLES = ("user", "session", "virtual_key")


async def test_what_comes_while_somebody_is_erased_is_erased_too(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    await fill(path, KEY.tenant, "zaphod")
    async with a_database(path) as database, open_books(database) as books:
        await add(SqlUsageLog(books), attrs.evolve(at(2.0), id="late", tenant=KEY.tenant))
        async with a_database(path) as mine:
            found = (await erase_person(mine, BY_KEY, 5.0)).unwrap()
        assert {one.after for one in found} == {0}
        records = await read(SqlUsageLog(books))
        assert [one.tenant for one in records] == ["", ""]
