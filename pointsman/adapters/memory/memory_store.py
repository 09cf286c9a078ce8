"""Memories in memory."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope, Recalled, recall, within


@attrs.define
class MemoryMemories:
    """A `MemoryStore` of this process."""

    _kept: dict[str, Memory] = attrs.field(factory=dict, repr=False)

    def remember(self, memory: Memory) -> FutureResult[None, StorageError]:
        """As `MemoryStore.remember`."""
        self._kept[memory.id] = memory
        return FutureResult.from_value(None)

    def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> FutureResult[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`."""
        return FutureResult.from_value(recall(self._kept.values(), text, k, scope, now, vector))

    def all(self, scope: MemoryScope) -> FutureResult[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""
        found = [memory for memory in self._kept.values() if within(memory, scope)]
        return FutureResult.from_value(tuple(sorted(found, key=lambda one: (-one.created, one.id))))

    def forget(self, id: str) -> FutureResult[bool, StorageError]:
        """As `MemoryStore.forget`."""
        return FutureResult.from_value(self._kept.pop(id, None) is not None)

    def forget_user(self, user: str) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return self._delete(lambda memory: memory.user == user)

    def forget_before(self, before: float) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_before`."""
        return self._delete(lambda memory: memory.created < before)

    def _delete(self, goes: Callable[[Memory], bool]) -> FutureResult[int, StorageError]:
        gone = [id for id, memory in self._kept.items() if goes(memory)]
        for id in gone:
            del self._kept[id]
        return FutureResult.from_value(len(gone))
