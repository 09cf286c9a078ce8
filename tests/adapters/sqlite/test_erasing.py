"""What is forgotten or deleted is gone: no word of it stays in the file, its index or its log."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

import anyio
import attrs
import pytest

from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.core.chat.message import user
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.effect import settle
from pointsman.core.memory import Memory, MemoryScope
from tests.adapters.sqlite.opened import a_database


def word() -> str:
    """A word that is nowhere else."""
    return "w" + secrets.token_hex(12)


def left(folder: Path, words: list[str]) -> list[str]:
    """Which words are still in one of the files; an index may keep the end of a word only."""
    data = b"".join(path.read_bytes() for path in sorted(folder.iterdir())).lower()
    return [one for one in words if one[-10:].encode() in data]


def memory(id: str, text: str, user: str = "ann") -> Memory:
    return Memory(id=id, text=text, created=0.0, user=user, tags=(f"tag of {text}",))


@pytest.mark.parametrize("size", [1, 40])
async def test_of_what_is_forgotten_no_word_stays(tmp_path: Path, size: int) -> None:
    gone, kept = [word() for _ in range(20)], [word() for _ in range(5)]
    async with a_database(tmp_path / "stores.db") as database:
        store = SqlMemories(database)
        for number, one in enumerate(gone):
            whose = "bob" if number >= 10 else "ann"
            await settle(store.remember(memory(one, f"{one} " * size, whose)))
        for one in kept:
            await settle(store.remember(memory(one, f"{one} " * size, "eve")))
        assert left(tmp_path, [*gone, *kept]) == [*gone, *kept]
        for one in gone[:9]:
            assert (await settle(store.forget(one))).unwrap()
        await settle(store.remember(memory(gone[9], "something else", "eve")))
        await settle(store.remember(attrs.evolve(memory(gone[9], "something else", "eve"), id="new")))
        assert (await settle(store.forget(gone[9]))).unwrap()
        assert (await settle(store.forget_user("bob"))).unwrap() == 10
        assert left(tmp_path, gone) == []
        assert left(tmp_path, kept) == kept
        scope = MemoryScope(user="eve")
        for one in kept:
            found = (await settle(store.recall(one, 9, scope, 0.0))).unwrap()
            assert [recalled.memory.id for recalled in found] == [one]
    assert left(tmp_path, gone) == []


async def test_what_is_remembered_and_forgotten_at_the_same_moment_is_gone_too(tmp_path: Path) -> None:
    gone = [word() for _ in range(10)]
    async with a_database(tmp_path / "stores.db") as database:
        store = SqlMemories(database)

        async def come_and_go(one: str) -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(settle, store.remember(memory(one, one)))
                group.start_soon(settle, store.forget(one))
            await settle(store.forget(one))

        async with anyio.create_task_group() as group:
            for one in gone:
                group.start_soon(come_and_go, one)
        assert left(tmp_path, gone) == []


async def test_of_a_deleted_conversation_no_word_stays(tmp_path: Path) -> None:
    gone, kept = [word() for _ in range(12)], word()
    async with a_database(tmp_path / "stores.db") as database:
        store = SqlConversations(database)
        long = [Entry(id=str(n), message=user(f"{one} " * 500), time=0.0) for n, one in enumerate(gone[2:])]
        made = Conversation(id="a", title=gone[0], system=gone[1], created=0.0, updated=0.0)
        await settle(store.create(Conversation(id="b", title=kept, created=0.0, updated=0.0)))
        await settle(store.create(made, long[:5]))
        await settle(store.change(made, long[5:]))
        await settle(store.revise("a", attrs.evolve(long[0], message=user("other"))))
        assert left(tmp_path, [*gone[3:], kept]) == [*gone[3:], kept]
        await settle(store.delete("a"))
        assert left(tmp_path, [*gone, kept]) == [kept]


async def test_nor_does_one_stay_while_the_log_is_being_carried_over(tmp_path: Path) -> None:
    """SQLite refuses, without waiting, where somebody else carries at that moment."""
    async with a_database(tmp_path / "stores.db") as database:
        await database.run(lambda connection: connection.execute("CREATE TABLE much (data BLOB)"))
        store, log = SqlMemories(database), tmp_path / "stores.db-wal"
        for number in range(10):
            one = word()
            await settle(store.remember(memory(str(number), one)))
            await database.run(lambda connection: connection.execute("INSERT INTO much VALUES (randomblob(4000000))"))
            carrier = threading.Thread(target=database._carry_over)
            carrier.start()
            assert (await settle(store.forget(str(number)))).unwrap()
            carrier.join()
            assert log.stat().st_size == 0
            assert left(tmp_path, [one]) == []
