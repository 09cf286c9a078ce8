"""Conversations in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
from returns.future import FutureResult

from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.core.words import missing_terms, terms_of
from pointsman.services.ports.conversation_store import (
    BRIEF,
    LONG,
    ConversationPage,
    ConversationQuery,
    SearchBounds,
    not_found,
    there_already,
)


@attrs.define
class MemoryConversations:
    """A `ConversationStore` of this process."""

    _kept: dict[str, Dialogue] = attrs.field(factory=dict, repr=False)
    bounds: SearchBounds = BRIEF

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

    def find(self, query: ConversationQuery) -> FutureResult[ConversationPage, StorageError]:
        """As `ConversationStore.find`."""
        fitting = [
            dialogue
            for dialogue in self._kept.values()
            if set(query.tags) <= set(dialogue.conversation.tags)
            and query.owner in (None, dialogue.conversation.owner)
            and query.pinned in (None, dialogue.conversation.pinned)
            and query.archived in (None, dialogue.conversation.archived)
            and query.folder in (None, dialogue.conversation.folder)
            and (query.before is None or _place(dialogue.conversation) < query.before)
        ]
        fitting.sort(key=lambda one: _place(one.conversation), reverse=True)
        limit, upto = max(0, query.limit), None
        found = fitting[:limit]
        if query.search.strip():
            found, upto = _holding(fitting, query.search, self.bounds.messages, limit)
        return FutureResult.from_value(ConversationPage(tuple(one.conversation for one in found), upto))

    def folders(self, owner: str | None = None) -> FutureResult[tuple[str, ...], StorageError]:
        """As `ConversationStore.folders`."""
        shown = (one.conversation for one in self._kept.values() if not one.conversation.archived)
        found = {one.folder for one in shown if one.folder and owner in (None, one.owner)}
        return FutureResult.from_value(tuple(sorted(found)))

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

    def forget(self, before: float, owner: str | None = None) -> FutureResult[int, StorageError]:
        """As `ConversationStore.forget`."""
        gone = [
            id
            for id, dialogue in self._kept.items()
            if dialogue.conversation.updated < before and owner in (None, dialogue.conversation.owner)
        ]
        for id in gone:
            del self._kept[id]
        return FutureResult.from_value(len(gone))


def _twice(entries: Sequence[Entry]) -> str | None:
    """The id that two of `entries` have."""
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            return entry.id
        seen.add(entry.id)
    return None


def _place(conversation: Conversation) -> tuple[float, str]:
    return (conversation.updated, conversation.id)


def _holding(
    dialogues: Iterable[Dialogue], search: str, most: int, limit: int
) -> tuple[list[Dialogue], tuple[float, str] | None]:
    """The first `limit` that hold all terms; the last one looked into, where `most` messages were before."""
    upto: tuple[float, str] | None = None
    terms, looked, found = terms_of(search), 0, list[Dialogue]()
    for dialogue in dialogues if terms else ():
        if len(found) >= limit:
            break
        if looked >= most:
            return found, upto
        missing = missing_terms(dialogue.conversation.title, terms)
        for entry in reversed(dialogue.entries):
            if not missing:
                break
            if looked >= most:
                return found, upto or _place(dialogue.conversation)
            looked += 1 + len(entry.message.text) // LONG
            missing = missing_terms(entry.message.text, missing)
        if not missing:
            found.append(dialogue)
        upto = _place(dialogue.conversation)
    return found, None
