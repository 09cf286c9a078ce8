"""Conversations from elsewhere, kept once: what is there already stays, what has grown there grows here."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, LLMError, StorageError
from pointsman.services.ports.conversation_store import ConversationStore


@attrs.frozen(kw_only=True)
class ImportCount:
    """How many conversations are new, with how many messages; how many have grown, and how many were there already."""

    new: int = 0
    messages: int = 0
    grown: int = 0
    present: int = 0


@effect
async def keep_imported(store: ConversationStore, dialogues: Iterable[Dialogue]) -> Result[ImportCount, LLMError]:
    """Keep `dialogues` in `store`."""
    count = ImportCount()
    for dialogue in dialogues:
        done = await _keep(store, dialogue, count)
        if isinstance(done, Failure):
            return Failure(done.failure())
        count = done.unwrap()
    return Success(count)


async def _keep(
    store: ConversationStore, dialogue: Dialogue, count: ImportCount
) -> Result[ImportCount, StorageError | ConversationNotFound | ConversationConflict]:
    kept = await settle(store.get(dialogue.conversation.id))
    if isinstance(kept, Failure):
        error = kept.failure()
        if not isinstance(error, ConversationNotFound):
            return Failure(error)
        made = await settle(store.create(attrs.evolve(dialogue.conversation, version=0), dialogue.entries))
        grown = attrs.evolve(count, new=count.new + 1, messages=count.messages + len(dialogue.entries))
        return made.map(lambda _: grown)
    before = kept.unwrap()
    more = dialogue.entries[len(before.entries) :]
    is_longer = [one.id for one in dialogue.entries[: len(before.entries)]] == [one.id for one in before.entries]
    if not more or not is_longer:
        return Success(attrs.evolve(count, present=count.present + 1))
    later = max(before.conversation.updated, dialogue.conversation.updated)
    leaf = dialogue.conversation.leaf
    changed = await settle(store.change(attrs.evolve(before.conversation, updated=later, leaf=leaf), more))
    grown = attrs.evolve(count, grown=count.grown + 1, messages=count.messages + len(more))
    return changed.map(lambda _: grown)
