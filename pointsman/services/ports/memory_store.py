"""Port: what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from returns.future import FutureResult

from pointsman.core.error import StorageError

if TYPE_CHECKING:
    from pointsman.core.memory import Memory, MemoryScope, Recalled


class MemoryStore(Protocol):
    """Keeps memories. What is forgotten is gone."""

    def remember(self, memory: Memory) -> FutureResult[None, StorageError]:
        """Keep `memory`; one with the same id is replaced."""
        ...

    def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> FutureResult[tuple[Recalled, ...], StorageError]:
        """The `k` memories in `scope` that fit `text` (whose `vector` may be known) best.

        `pointsman.core.memory.recalled` ranks them.
        """
        ...

    def all(self, scope: MemoryScope) -> FutureResult[tuple[Memory, ...], StorageError]:
        """All memories in `scope`, the latest first."""
        ...

    def forget(self, id: str) -> FutureResult[bool, StorageError]:
        """Delete one; says whether it was there."""
        ...

    def forget_user(self, user: str) -> FutureResult[int, StorageError]:
        """Delete all that is remembered for `user`, and say how many there were."""
        ...

    def forget_before(self, before: float) -> FutureResult[int, StorageError]:
        """Delete all that was remembered before `before` (Unix seconds), whoever's it is; says how many."""
        ...
