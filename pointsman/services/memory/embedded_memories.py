"""A memory store that also knows what memories mean: made of another store, and of a model that embeds texts."""

from __future__ import annotations

import attrs
from returns.future import FutureResult
from returns.result import Result

from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope, Recalled, unit
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.ports.client import Client
from pointsman.services.ports.memory_store import MemoryStore


@attrs.frozen
class EmbeddedMemories:
    """`store`, whose memories get vectors by `model` when they are kept, and are found by them when they are recalled.

    Where embedding fails, a memory is kept without a vector, and words alone find it; a `Degraded` says so.
    """

    store: MemoryStore
    client: Client
    model: str
    publish: Publish = publish_nowhere

    @effect
    async def remember(self, memory: Memory) -> Result[None, StorageError]:
        """As `MemoryStore.remember`."""
        vector = memory.vector or await self._vector(memory.text)
        return await settle(self.store.remember(attrs.evolve(memory, vector=vector)))

    @effect
    async def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> Result[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`."""
        return await settle(self.store.recall(text, k, scope, now, vector or await self._vector(text)))

    def all(self, scope: MemoryScope) -> FutureResult[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""
        return self.store.all(scope)

    def forget(self, id: str) -> FutureResult[bool, StorageError]:
        """As `MemoryStore.forget`."""
        return self.store.forget(id)

    def forget_user(self, user: str) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return self.store.forget_user(user)

    def forget_before(self, before: float) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_before`."""
        return self.store.forget_before(before)

    async def _vector(self, text: str) -> tuple[float, ...]:
        if not text.strip():
            return ()
        asked = EmbeddingRequest(self.model, (text,), options=CallOptions(order=(self.model,), tags=("memory",)))
        # in the order stands this model alone: vectors of another could not be compared with those that are there
        answer = await settle(self.client.embed(asked))
        give_up(answer, "the meaning of memories", self.publish)
        return answer.map(lambda found: unit(found.embeddings[0].vector) if found.embeddings else ()).value_or(())
