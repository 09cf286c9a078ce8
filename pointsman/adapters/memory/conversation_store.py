"""Conversations in memory."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.future import FutureResult

from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, words_of
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.services.ports.conversation_store import ConversationQuery, not_found, there_already


@attrs.define
class MemoryConversations:
    """A `ConversationStore` of this process."""

    _kept: dict[str, Dialogue] = attrs.field(factory=dict, repr=False)

    def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> FutureResult[None, StorageError]:
        """As `ConversationStore.create`."""
        if conversation.id in self._kept:
            return FutureResult.from_failure(there_already("conversation", conversation.id))
        twice = _twice(entries)
        if twice is not None:
            return FutureResult.from_failure(there_already("message", twice))
        self._kept[conversation.id] = Dialogue(conversation=conversation, entries=tuple(entries))
        return FutureResult.from_value(None)

    def get(self, id: str) -> FutureResult[Dialogue, StorageError | ConversationNotFound]:
        """As `ConversationStore.get`."""
        found = self._kept.get(id)
        return FutureResult.from_failure(not_found(id)) if found is None else FutureResult.from_value(found)

    def find(self, query: ConversationQuery) -> FutureResult[tuple[Conversation, ...], StorageError]:
        """As `ConversationStore.find`."""
        found = [
            dialogue.conversation
            for dialogue in self._kept.values()
            if set(query.tags) <= set(dialogue.conversation.tags)
            and query.owner in (None, dialogue.conversation.owner)
            and _holds(dialogue, query.search)
        ]
        found.sort(key=lambda one: (one.updated, one.id), reverse=True)
        if query.before is not None:
            found = [one for one in found if (one.updated, one.id) < query.before]
        return FutureResult.from_value(tuple(found[: max(0, query.limit)]))

    def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> FutureResult[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """As `ConversationStore.change`."""
        kept = self._kept.get(conversation.id)
        if kept is None:
            return FutureResult.from_failure(not_found(conversation.id))
        found = kept.conversation.version
        if found != conversation.version:
            return FutureResult.from_failure(ConversationConflict(expected=conversation.version, found=found))
        twice = _twice((*kept.entries, *entries))
        if twice is not None:
            return FutureResult.from_failure(there_already("message", twice))
        changed = attrs.evolve(conversation, version=found + 1)
        self._kept[conversation.id] = Dialogue(conversation=changed, entries=(*kept.entries, *entries))
        return FutureResult.from_value(changed)

    def revise(self, id: str, entry: Entry) -> FutureResult[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.revise`."""
        kept = self._kept.get(id)
        if kept is None or not any(one.id == entry.id for one in kept.entries):
            return FutureResult.from_failure(not_found(id))
        entries = tuple(entry if one.id == entry.id else one for one in kept.entries)
        self._kept[id] = attrs.evolve(kept, entries=entries)
        return FutureResult.from_value(None)

    def delete(self, id: str) -> FutureResult[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.delete`."""
        if self._kept.pop(id, None) is None:
            return FutureResult.from_failure(not_found(id))
        return FutureResult.from_value(None)


def _twice(entries: Sequence[Entry]) -> str | None:
    """The id that two of `entries` have."""
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            return entry.id
        seen.add(entry.id)
    return None


def _holds(dialogue: Dialogue, search: str) -> bool:
    wanted = words_of(search)
    if not wanted:
        return not search.strip()
    texts = (dialogue.conversation.title, *(entry.message.text for entry in dialogue.entries))
    there = {word for text in texts for word in words_of(text)}
    return all(any(word.startswith(start) for word in there) for start in wanted)
