"""A new key for everything: the old one opens nothing then, and nothing is lost, whoever writes or dies meanwhile."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import anyio
import attrs
import pytest
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.core.chat.message import user
from pointsman.core.conversations.conversation import Conversation, Entry, Summary
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConversationNotFound, StorageError
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings
from pointsman.layers.encryption import message_codec
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.key_rotation import Reencrypted
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.testing.laws.settings_store import entry
from tests.adapters.sqlite.rotating import Process, Silent, a_process, key_file, opened_by, rotating

EVERYONE = MemoryScope(user="ann")


def talk(id: str) -> Conversation:
    return Conversation(
        id=id,
        title=f"title {id}",
        created=1.0,
        updated=1.0,
        system="be brief",
        summary=Summary(text=f"short {id}", upto="0"),
    )


def said(*names: int) -> list[Entry]:
    return [Entry(id=str(name), message=user(f"words {name}"), time=1.0) for name in names]


async def fill(process: Process, talks: int = 3, messages: int = 4) -> None:
    """Keep something of each kind, sealed."""
    providers = {"a": ProviderSettings(name="a", kind="openai", api_key=Secret("sk-a"))}
    stored = StoredSettings(providers={**providers, "b": ProviderSettings(name="b", kind="ollama")})
    assert (await settle(process.settings.write(stored, entry("filled")))).unwrap()
    for number in range(talks):
        (await settle(process.talks.create(talk(str(number)), said(*range(messages))))).unwrap()
        memory = Memory(id=str(number), text=f"fact {number}", created=1.0, user="ann")
        (await settle(process.memories.remember(memory))).unwrap()


async def texts(process: Process) -> dict[str, list[str]]:
    """Everything that can be read, by conversation; facts and keys under names of their own."""
    found: dict[str, list[str]] = {}
    for one in (await settle(process.talks.find(ConversationQuery(limit=1000)))).unwrap().conversations:
        dialogue = (await settle(process.talks.get(one.id))).unwrap()
        assert one.summary is not None
        texts = [entry.message.text for entry in dialogue.entries]
        found[one.id] = [one.title, one.system, one.summary.text, *texts]
    facts = (await settle(process.memories.all(EVERYONE))).unwrap()
    found["facts"] = sorted(memory.text for memory in facts)
    providers = (await settle(process.settings.read())).unwrap().providers.values()
    found["keys"] = [one.api_key.reveal() for one in providers if one.api_key]
    return found


def keys(path: Path) -> list[str]:
    return key_file(path).path.read_text().split()


def execute(statement: str, connection: sqlite3.Connection) -> int:
    return connection.execute(statement).rowcount


@pytest.mark.parametrize("messages", [4, 450])
async def test_everything_is_sealed_again_and_the_old_key_opens_nothing(tmp_path: Path, messages: int) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        await fill(process, messages=messages)
        before = await texts(process)
        (old,) = keys(path)
        assert opened_by(old, tmp_path) > 3 * messages
        done = (await settle(process.rotation.rotate(drop=True))).unwrap()
        assert done == Reencrypted(providers=1, conversations=3, messages=3 * messages, memories=3)
        (new,) = keys(path)
        assert new != old
        assert await texts(process) == before
        assert opened_by(old, tmp_path) == 0
    assert opened_by(old, tmp_path) == 0
    assert opened_by(new, tmp_path) > 3 * messages
    async with a_process(path) as process:
        assert await texts(process) == before
        found = (await settle(process.memories.recall("fact", 9, EVERYONE, 2.0))).unwrap()
        assert len(found) == 3
        assert (await settle(process.memories.forget_user("ann"))).unwrap() == 3  # the index is as it should be
        for index in ("memory_text", "conversation_title", "entry_text"):
            check = f"INSERT INTO {index} ({index}) VALUES ('integrity-check')"
            assert isinstance(await process.database.run(partial(execute, check)), Success)
    key_file(path).write((Secret(old),))
    async with a_process(path) as process:
        for outcome in (
            await settle(process.talks.get("1")),
            await settle(process.talks.find(ConversationQuery())),
            await settle(process.settings.read()),
            await settle(process.rotation.rotate(drop=True)),
        ):
            assert isinstance(outcome, Failure)
            assert "does not fit" in str(outcome.failure())
    assert keys(path) == [old]


async def test_what_was_never_sealed_stays_as_it_is_also_where_it_looks_sealed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        plain = SqlConversations(process.database)
        clear = attrs.evolve(talk("clear"), title="gAAAAA is how it begins")
        (await settle(plain.create(clear, said(1, 2)))).unwrap()
        await fill(process, talks=1)
        done = (await settle(process.rotation.rotate(drop=True))).unwrap()
        assert done == Reencrypted(providers=1, conversations=1, messages=4, memories=1)
        kept = (await settle(plain.get("clear"))).unwrap()
        assert (kept.conversation, kept.entries) == (clear, tuple(said(1, 2)))


async def test_old_keys_stay_where_they_are_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        await fill(process)
        (old,) = keys(path)
        (await settle(process.rotation.rotate(drop=False))).unwrap()
        assert keys(path)[1:] == [old]
        assert opened_by(old, tmp_path) == 0


@pytest.mark.parametrize("silent", [True, False])
async def test_a_process_that_runs_on_reads_and_writes_through_one_rotation_after_the_other(
    tmp_path: Path, silent: bool
) -> None:
    path = tmp_path / "a.db"
    source = Silent() if silent else key_file(path)
    async with a_process(path, source) as server, a_process(path, source) as other:
        await fill(server)
        before = await texts(server)
        for number in range(3):
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            assert await texts(server) == before
            (await settle(server.talks.create(talk(f"new {number}"), said(1)))).unwrap()
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            memory = Memory(id=f"new {number}", text=f"fact new {number}", created=1.0, user="ann")
            (await settle(server.memories.remember(memory))).unwrap()
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            kept = (await settle(server.talks.get("1"))).unwrap().conversation
            (await settle(server.talks.change(kept, said(100 + number)))).unwrap()
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            (await settle(server.talks.revise("1", said(100 + number)[0]))).unwrap()
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            read = (await settle(server.settings.read())).unwrap()
            (await settle(other.rotation.rotate(drop=True))).unwrap()
            assert (await settle(server.settings.write(read, entry("again")))).unwrap()
            before = await texts(server)
    async with a_process(path, source) as fresh:
        assert await texts(fresh) == before
        assert {"new 0", "new 1", "new 2"} <= before.keys()


@attrs.frozen
class Delayed(SqlConversations):
    """A store before whose first write somebody else rotates, twice."""

    other: Process = attrs.field(kw_only=True)
    rotations: list[int] = attrs.field(kw_only=True)

    @effect
    async def revise(self, id: str, entry: Entry) -> Result[None, StorageError | ConversationNotFound]:
        if self.rotations:
            self.rotations.pop()
            (await settle(self.other.rotation.rotate(drop=True))).unwrap()
        return await settle(SqlConversations(self.database, self.mark).revise(id, entry))


async def test_what_was_sealed_before_a_rotation_is_never_kept_after_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as server, a_process(path) as other:
        await fill(server)
        pending = [1, 1]

        def under(mark: bytes | None) -> Delayed:
            return Delayed(server.database, mark, other=other, rotations=pending)

        slow = EncryptedConversations(under(None), server.cipher, message_codec(), under)
        revised = attrs.evolve(said(1)[0], message=user("second thoughts"))
        assert await settle(slow.revise("1", revised)) == Success(None)
        assert pending == []
    async with a_process(path) as fresh:
        assert "second thoughts" in (await texts(fresh))["1"]


async def test_two_who_rotate_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as one, a_process(path) as two:
        await fill(one, messages=450)
        before = await texts(one)
        outcomes: list[object] = []

        async def rotate(process: Process) -> None:
            outcomes.append(await settle(process.rotation.rotate(drop=True)))

        for _ in range(3):
            async with anyio.create_task_group() as group:
                group.start_soon(rotate, one)
                group.start_soon(rotate, two)
        assert any(isinstance(outcome, Success) for outcome in outcomes)
    async with a_process(path) as fresh:
        assert await texts(fresh) == before
        (await settle(fresh.rotation.rotate(drop=True))).unwrap()
        assert len(keys(path)) == 1


async def test_a_message_that_no_key_opens_is_named_and_no_key_is_dropped(tmp_path: Path) -> None:
    path, strange = tmp_path / "a.db", tmp_path / "strange" / "b.db"
    async with a_process(path) as process, a_process(strange) as stranger:
        await fill(process)
        await fill(stranger, talks=1)
        (old,) = keys(path)
        foreign = (await settle(SqlConversations(stranger.database).get("0"))).unwrap().entries[2]
        (await settle(SqlConversations(process.database).revise("1", foreign))).unwrap()
        outcome = await settle(process.rotation.rotate(drop=True))
        assert isinstance(outcome, Failure)
        assert "the message '2' cannot be encrypted again, and no key is dropped" in outcome.failure().detail
        assert old in keys(path)
        for id in ("0", "2"):
            assert (await settle(process.talks.get(id))).unwrap().entries == tuple(said(0, 1, 2, 3))
        (await settle(process.talks.delete("1"))).unwrap()
        assert (await settle(process.rotation.rotate(drop=True))).unwrap().conversations == 2
        assert len(keys(path)) == 1


async def test_without_its_keys_nothing_is_rotated_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        await fill(process)
        before, kept = await texts(process), key_file(path).path.read_bytes()
        key_file(path).path.unlink()
        async with a_process(path) as other:
            for one in (other, process):
                outcome = await settle(one.rotation.rotate(drop=True))
                assert isinstance(outcome, Failure)
                assert "is gone; put the right one back" in outcome.failure().detail
        assert not key_file(path).path.exists()
        key_file(path).path.write_bytes(kept)
        assert await texts(process) == before


async def test_wrong_keys_put_in_place_of_the_right_ones_seal_nothing(tmp_path: Path) -> None:
    path, strange = tmp_path / "a.db", KeyFile(tmp_path / "b.key")
    async with a_process(path) as server:
        await fill(server)
        before, kept = await texts(server), key_file(path).path.read_bytes()
        async with a_process(tmp_path / "b.db", strange) as stranger:
            await stranger.cipher.prepare()
        key_file(path).path.write_bytes(strange.path.read_bytes())
        for _ in range(2):
            refused: FutureResult[object, StorageError | ConversationNotFound] = server.talks.create(talk("x"))
            assert isinstance(await settle(refused), Failure)
        key_file(path).path.write_bytes(kept)
        assert await texts(server) == before


@pytest.mark.long
@pytest.mark.parametrize("rotations", [0, 1, 3])
async def test_a_kill_9_in_the_middle_leaves_everything_readable(tmp_path: Path, rotations: int) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        await fill(process, talks=6, messages=150)
        before = await texts(process)
        (first,) = keys(path)
        for pause in range(4):
            with rotating(path, 1 + rotations):
                for number in range(pause):  # somewhere in the next one
                    id = f"{pause}-{number}"
                    (await settle(process.talks.create(talk(id), said(1)))).unwrap()
                    before[id] = [f"title {id}", "be brief", f"short {id}", "words 1"]
            assert await texts(process) == before
            async with a_process(path) as fresh:
                assert await texts(fresh) == before
        (await settle(process.rotation.rotate(drop=True))).unwrap()
        assert await texts(process) == before
        assert len(keys(path)) == 1
        assert opened_by(first, tmp_path) == 0
