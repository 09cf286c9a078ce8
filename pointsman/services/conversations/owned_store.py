"""The conversations of one owner: those of others are not there. It wraps a store, and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.effect import effect, fail, settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.services.ports.conversation_store import (
    ConversationPage,
    ConversationQuery,
    ConversationStore,
    not_found,
)


@attrs.frozen
class OwnedConversations:
    """A `ConversationStore` over `store`, of what `owner` has made; it makes nothing that is not theirs."""

    store: ConversationStore
    owner: str

    def create(self, conversation: Conversation, entries: Sequence[Entry] = ()) -> FutureResult[None, StorageError]:
        """As `ConversationStore.create`."""
        return self.store.create(attrs.evolve(conversation, owner=self.owner), entries)

    @effect
    async def get(self, id: str) -> Result[Dialogue, StorageError | ConversationNotFound]:
        """As `ConversationStore.get`."""
        found = await settle(self.store.get(id))
        if isinstance(found, Failure) or found.unwrap().conversation.owner == self.owner:
            return found
        return Failure(not_found(id))

    def find(self, query: ConversationQuery) -> FutureResult[ConversationPage, StorageError]:
        """As `ConversationStore.find`."""
        return self.store.find(attrs.evolve(query, owner=self.owner))

    def folders(self, owner: str | None = None) -> FutureResult[tuple[str, ...], StorageError]:
        """As `ConversationStore.folders`."""
        if owner not in (None, self.owner):
            return FutureResult.from_value(())
        return self.store.folders(self.owner)

    def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> FutureResult[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        """As `ConversationStore.change`."""
        if conversation.owner != self.owner:
            return fail(not_found(conversation.id))
        return self.store.change(conversation, entries)

    def revise(self, id: str, entry: Entry) -> FutureResult[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.revise`, of an entry that was added through this store, as an answer grows."""
        return self.store.revise(id, entry)

    @effect
    async def delete(self, id: str) -> Result[None, StorageError | ConversationNotFound]:
        """As `ConversationStore.delete`."""
        found = await settle(self.get(id))
        return Failure(found.failure()) if isinstance(found, Failure) else await settle(self.store.delete(id))

    def forget(self, before: float, owner: str | None = None) -> FutureResult[int, StorageError]:
        """As `ConversationStore.forget`."""
        if owner not in (None, self.owner):
            return FutureResult.from_value(0)
        return self.store.forget(before, self.owner)
