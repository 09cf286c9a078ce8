"""Imported conversations are kept once; what has grown elsewhere grows here; what was changed here stays."""

from __future__ import annotations

import attrs

from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.core.chat.message import assistant, user
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.effect import settle
from pointsman.services.conversations.imports import ImportCount, keep_imported


def entry(id: str, text: str) -> Entry:
    return Entry(id=id, message=user(text) if id.startswith("u") else assistant(text), time=1.0)


TALK = Dialogue(
    conversation=Conversation(id="c", title="t", created=1.0, updated=2.0), entries=(entry("u1", "a"), entry("a1", "b"))
)
LONGER = Dialogue(conversation=attrs.evolve(TALK.conversation, updated=9.0), entries=(*TALK.entries, entry("u2", "c")))


async def test_a_second_import_changes_nothing() -> None:
    store = MemoryConversations()
    assert (await settle(keep_imported(store, [TALK]))).unwrap() == ImportCount(new=1, messages=2)
    assert (await settle(keep_imported(store, [TALK]))).unwrap() == ImportCount(present=1)


async def test_what_was_said_there_since_is_added() -> None:
    store = MemoryConversations()
    await settle(keep_imported(store, [TALK]))
    assert (await settle(keep_imported(store, [LONGER]))).unwrap() == ImportCount(grown=1, messages=1)
    kept = (await settle(store.get("c"))).unwrap()
    assert [one.id for one in kept.entries] == ["u1", "a1", "u2"]
    assert kept.conversation.updated == 9.0
    assert (await settle(keep_imported(store, [TALK]))).unwrap() == ImportCount(present=1)


async def test_what_went_on_here_stays_as_it_is() -> None:
    store = MemoryConversations()
    await settle(keep_imported(store, [TALK]))
    await settle(store.change(TALK.conversation, (entry("u3", "mine"),)))
    assert (await settle(keep_imported(store, [LONGER]))).unwrap() == ImportCount(present=1)
    assert [one.id for one in (await settle(store.get("c"))).unwrap().entries] == ["u1", "a1", "u3"]
