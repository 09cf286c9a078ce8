"""The laws of `KeyRotation`. A law takes an opening of new, empty `Stores` that are encrypted by keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
from returns.result import Success

from pointsman.core.chat.completion import Completion
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ask
from pointsman.core.collection import CollectionEntry
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.effect import settle
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings
from pointsman.services.ports.key_rotation import KeyRotation, Reencrypted
from pointsman.services.ports.recording_store import RecordedExchange
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.stores import Stores
from pointsman.testing.laws.settings_store import entry

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Stores]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
FILLED = Reencrypted(providers=1, conversations=2, messages=6, memories=1, texts=1, recordings=1)
"""How much `fill` keeps."""


def rotation_of(stores: Stores) -> KeyRotation:
    """What changes the keys; the laws are of stores that have it."""
    assert stores.rotation is not None, "these stores have no keys that can be changed"
    return stores.rotation


async def fill(stores: Stores) -> None:
    """Keep something of every kind that is encrypted."""
    provider = ProviderSettings(name="p", kind="openai", api_key=Secret("sk-secret"))
    assert (await settle(stores.settings.write(StoredSettings(providers={"p": provider}), entry("filled")))).unwrap()
    for id in "ab":
        await keep_conversation(stores, id)
    memory = Memory(id="1", text="the night train leaves from platform 3", created=1.0, user="ann")
    (await settle(stores.memories.remember(memory))).unwrap()
    text = CollectionEntry("a", "the points are set by hand", (0.5, -0.25))
    (await settle(stores.collections.put("notes", "p/m", (text,)))).unwrap()
    tape = RecordedExchange(ask("m", "Which way?"), Completion(text="left", model="m"))
    (await settle(stores.recordings.keep(tape))).unwrap()


async def keep_conversation(stores: Stores, id: str) -> None:
    """A conversation of three messages."""
    entries = [Entry(id=str(number), message=user(f"{id} {number}"), time=1.0) for number in range(3)]
    conversation = Conversation(id=id, title=f"title {id}", created=1.0, updated=1.0, system="be brief")
    assert await settle(stores.conversations.create(conversation, entries)) == Success(None)


async def read_all(stores: Stores, *ids: str) -> list[object]:
    """Everything that `fill` has kept, and the conversations `ids`."""
    settings = (await settle(stores.settings.read())).unwrap()
    memories = (await settle(stores.memories.all(MemoryScope(user="ann")))).unwrap()
    talks = [(await settle(stores.conversations.get(id))).unwrap() for id in ("a", "b", *ids)]
    texts = (await settle(stores.collections.page("notes", "", 10))).unwrap()
    tape = (await settle(stores.recordings.find(ask("m", "Which way?")))).unwrap()
    return [settings.providers, memories, talks, texts, tape]


async def all_can_be_read_as_before(opening: Opening) -> None:
    for drop in (False, True):
        async with opening() as stores:
            await fill(stores)
            before = await read_all(stores)
            assert await settle(rotation_of(stores).rotate(drop=drop)) == Success(FILLED)
            assert await read_all(stores) == before


async def of_nothing_nothing_is_encrypted_again(opening: Opening) -> None:
    async with opening() as stores:
        assert (await settle(stores.settings.read())).unwrap().providers == {}
        assert await settle(rotation_of(stores).rotate(drop=True)) == Success(Reencrypted())
        await fill(stores)
        assert await read_all(stores)


async def it_can_be_done_again_and_again(opening: Opening) -> None:
    async with opening() as stores:
        await fill(stores)
        before = await read_all(stores)
        for drop in (False, False, True, True):
            assert await settle(rotation_of(stores).rotate(drop=drop)) == Success(FILLED)
        assert await read_all(stores) == before


async def what_is_kept_meanwhile_can_be_read_too(opening: Opening) -> None:
    async with opening() as stores:
        await fill(stores)
        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(keep_conversation, stores, f"new {number}")
            first = (await settle(rotation_of(stores).rotate(drop=True))).unwrap()
            assert first.messages >= FILLED.messages
        ids = [f"new {number}" for number in range(10)]
        before = await read_all(stores, *ids)
        done = (await settle(rotation_of(stores).rotate(drop=True))).unwrap()
        assert done == Reencrypted(providers=1, conversations=12, messages=36, memories=1, texts=1, recordings=1)
        assert await read_all(stores, *ids) == before


LAWS: tuple[Law, ...] = (
    all_can_be_read_as_before,
    of_nothing_nothing_is_encrypted_again,
    it_can_be_done_again_and_again,
    what_is_kept_meanwhile_can_be_read_too,
)
