"""A memory store with a span around whatever is asked of it. Texts are left out: how many there were is told."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope, Recalled
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.tracer import Tracer
from pointsman.services.tracing import trace


@attrs.frozen
class MemoryTracing:
    """`store`, whose work is spans."""

    store: MemoryStore
    tracer: Tracer

    @effect
    async def remember(self, memory: Memory) -> Result[None, StorageError]:
        """As `MemoryStore.remember`."""
        return await trace(self.tracer, "memory remember", {}, lambda: settle(self.store.remember(memory)))

    @effect
    async def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> Result[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`."""
        return await trace(
            self.tracer,
            "memory recall",
            {"most": k},
            lambda: settle(self.store.recall(text, k, scope, now, vector)),
            lambda recalled: {"memories": len(recalled)},
        )

    @effect
    async def all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""
        return await trace(
            self.tracer, "memory all", {}, lambda: settle(self.store.all(scope)), lambda found: {"memories": len(found)}
        )

    @effect
    async def forget(self, id: str) -> Result[bool, StorageError]:
        """As `MemoryStore.forget`."""
        return await trace(self.tracer, "memory forget", {}, lambda: settle(self.store.forget(id)))

    @effect
    async def forget_user(self, user: str) -> Result[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return await trace(
            self.tracer,
            "memory forget_user",
            {},
            lambda: settle(self.store.forget_user(user)),
            lambda number: {"memories": number},
        )

    @effect
    async def forget_before(self, before: float) -> Result[int, StorageError]:
        """As `MemoryStore.forget_before`."""
        return await trace(
            self.tracer,
            "memory forget_before",
            {},
            lambda: settle(self.store.forget_before(before)),
            lambda number: {"memories": number},
        )
