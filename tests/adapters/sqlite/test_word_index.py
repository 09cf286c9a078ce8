"""The index of words: made of what older versions have kept, gone on with where it was cut off, and bounded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from returns.result import Success

from pointsman.adapters.codec import encode
from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.indexed_words import index_words
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sqlite import word_index
from pointsman.adapters.sqlite.migrations import APPLICATION_ID, MIGRATIONS, STORES
from pointsman.adapters.sqlite.prepare import prepare
from pointsman.core.chat.message import Message, user
from pointsman.core.conversations.conversation import ChatParameters, Conversation, Entry
from pointsman.core.effect import settle
from pointsman.core.memory import MemoryScope
from pointsman.services.ports.conversation_store import ConversationStore, SearchBounds
from pointsman.testing.laws.conversation_store import entry, ids, ids_in_parts, is_complete, talk
from tests.adapters.sqlite.opened import a_database, sealed_conversations

BEFORE = next(number for number, script in enumerate(MIGRATIONS) if "conversation_unindexed" in script)
"""The last version of the schema without it."""
TOKEN = "gAAAAA" + "x" * 120


def execute(statement: str, connection: sqlite3.Connection) -> int:
    return connection.execute(statement).rowcount


def an_old_file(path: Path, messages: int) -> None:
    """A file as the version before has left it."""
    with closing(sqlite3.connect(path)) as old:
        for script in MIGRATIONS[:BEFORE]:
            old.executescript(script)
        old.execute(f"PRAGMA user_version = {BEFORE}")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for id, title in (("c", "รถไฟ"), ("s", TOKEN)):
            old.execute(
                "INSERT INTO conversation (id, title, created, updated, version, tags, system)"
                " VALUES (?, ?, 0, 0, 0, '[]', '')",
                (id, title),
            )
        old.execute("INSERT INTO memory VALUES ('m', '我住在北京', 0, 0.5, '', '', '[]', NULL)")
        for number in range(messages):
            keep_as_before(old, number, f"火车正在等待信号 nr{number}")
        old.commit()


def keep_as_before(old: sqlite3.Connection, number: int, text: str) -> None:
    old.execute(
        "INSERT INTO entry (conversation, number, id, message, text, time, provider, model, estimated, picodollars,"
        " cost_complete, status, error) VALUES ('c', ?, ?, ?, ?, 0, '', '', 0, 0, 1, 'complete', '')",
        (number, str(number), encode(user(text), Message), text),
    )


async def test_what_an_older_version_has_kept_is_found_by_its_words(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    an_old_file(path, 3)
    async with a_database(path) as database:
        store = SqlConversations(database)
        for search in ("รถไฟ", "信号", "nr2", "等待 nr1"):
            assert await ids(store, search=search) == ["c"]
        assert await ids(store, search="gAAAAAxxx") == [], "what is encrypted is not cut into words"
        recalled = (await settle(SqlMemories(database).recall("北京?", 9, MemoryScope(), 1.0))).unwrap()
        assert [one.memory.id for one in recalled] == ["m"]
        old = (await settle(store.get("c"))).unwrap()
        texts = [one.message.text for one in old.branch]
        assert texts == [f"火车正在等待信号 nr{number}" for number in range(3)]
        assert old.conversation.leaf is None, "what was kept before there were branches is one"
        assert (old.conversation.parameters, old.conversation.folder) == (ChatParameters(), "")
        assert await settle(store.delete("c")) == Success(None)
        for index in ("memory_text", "conversation_title", "entry_text"):
            check = f"INSERT INTO {index} ({index}) VALUES ('integrity-check')"
            assert isinstance(await database.run(partial(execute, check)), Success)


def test_whoever_is_cut_off_while_making_it_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stores.db"
    an_old_file(path, 10)
    monkeypatch.setattr(word_index, "ROWS", 4)
    cut = index_words

    def cut_five(text: str) -> str:
        if "nr5" in text:
            raise KeyboardInterrupt
        return cut(text)

    monkeypatch.setattr(word_index, "index_words", cut_five)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(KeyboardInterrupt):
            prepare(connection, STORES)
        assert count(connection, "words IS NULL") == 6, "the first four stay"
    monkeypatch.setattr(word_index, "index_words", cut)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert prepare(connection, STORES) is None
        assert count(connection, "words IS NULL") == 0
        assert count(connection, "text <> ''") == 0
        found = connection.execute("SELECT count(*) FROM entry_text WHERE entry_text MATCH '\"等待\" *'")
        assert found.fetchone() == (10,)


async def test_what_an_older_version_keeps_meanwhile_is_found_from_the_next_start_on(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    an_old_file(path, 1)
    async with a_database(path):
        with closing(sqlite3.connect(path)) as old:
            keep_as_before(old, 7, "a lever")
            old.commit()
    async with a_database(path) as database:
        assert await ids(SqlConversations(database), search="lever") == ["c"]


def count(connection: sqlite3.Connection, condition: str) -> int:
    (number,) = connection.execute(f"SELECT count(*) FROM entry WHERE {condition}").fetchone()
    return int(number)


async def fill(store: ConversationStore) -> None:
    """Twenty conversations of five messages that all say `train`; the oldest alone says `bell`, and ann's is old."""
    for number in range(20):
        said = [entry(str(n), f"train nr{number}" + (" bell" if number == 0 else "")) for n in range(5)]
        made = talk(f"c{number:02}", updated=float(number))
        owned = Conversation(id=made.id, created=0.0, updated=made.updated, owner="ann" if number == 1 else "")
        await settle(store.create(owned, said))


async def check_bounds(store: ConversationStore) -> None:
    """With at most 10 hits and 12 messages: a rare word leads to the oldest, a common one to the newest."""
    await fill(store)
    assert await ids(store, search="train", limit=2) == ["c19", "c18"]
    assert await ids(store, search="train", limit=2, before=(18.0, "c18")) == ["c17", "c16"]
    assert await ids(store, search="train", owner="ann") == ["c01"]
    assert await ids(store, search="train nothing") == []


async def test_a_common_word_leads_to_the_newest_and_a_rare_one_to_all(tmp_path: Path) -> None:
    async with a_database(tmp_path / "stores.db") as database:
        store = SqlConversations(database, bounds=SearchBounds(hits=10, messages=12))
        await check_bounds(store)
        assert await ids(store, search="bell") == ["c00"]
        assert await ids(store, search="bell train") == ["c00"]
        assert len(await ids(store, search="train")) == 12
        assert await is_complete(store, search="bell train"), "a rare word leads to all"
        assert not await is_complete(store, search="train")
        assert await is_complete(store, search="train", limit=12), "the page is full, and the next goes on"
        assert await ids_in_parts(store, "train") == [f"c{number:02}" for number in range(19, -1, -1)]


async def test_memory_and_encryption_look_at_no_more_than_they_may() -> None:
    bounds = SearchBounds(messages=12)
    store = MemoryConversations(bounds=bounds)
    await check_bounds(store)
    await check_completeness(store)
    async with sealed_conversations(bounds) as encrypted:
        await check_bounds(encrypted)
        await check_completeness(encrypted)


async def check_completeness(store: ConversationStore) -> None:
    """What was not looked into is said to be missing; what is older is found from there on."""
    assert await ids(store, search="bell") == []
    assert not await is_complete(store, search="bell")
    assert await ids_in_parts(store, "bell") == ["c00"]
    assert await ids_in_parts(store, "train") == [f"c{number:02}" for number in range(19, -1, -1)]
    assert await is_complete(store, search="train", limit=12)
    assert not await is_complete(store, search="train", limit=13)


async def test_a_long_message_counts_as_several() -> None:
    store = MemoryConversations(bounds=SearchBounds(messages=5))
    await settle(store.create(talk("new", updated=2.0), (Entry(id="1", message=user("x " * 5000), time=0.0),)))
    await settle(store.create(talk("old", updated=1.0), (entry("1", "lever"),)))
    assert await ids(store, search="lever") == []
    assert await ids(store, search="x") == ["new"]
