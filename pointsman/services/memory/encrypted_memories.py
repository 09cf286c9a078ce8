"""A memory store that seals what is remembered: made of another store, and of a vault."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope, Recalled, recalled
from pointsman.services.ports.cipher import Vault, kept_up
from pointsman.services.ports.memory_store import MemoryStore

_MARK = "sealed:"


@attrs.frozen
class SealedMemories:
    """`store`, in which the texts stand sealed by `vault`; to recall, all memories in the scope are opened.

    Vectors are not kept: they tell what a text is about. `under` is the store that writes only while a mark counts.
    """

    store: MemoryStore
    vault: Vault
    under: Callable[[bytes | None], MemoryStore] | None = None

    @effect
    async def remember(self, memory: Memory) -> Result[None, StorageError]:
        """As `MemoryStore.remember`."""
        return await kept_up(self.vault, lambda: self._remember(memory))

    async def _remember(self, memory: Memory) -> Result[None, StorageError]:
        ready = await self.vault.prepare()
        if isinstance(ready, Failure):
            return ready
        token = self.vault.seal(memory.text.encode("utf-8", "replace")).decode()
        store = self.under(self.vault.mark) if self.under else self.store
        return await settle(store.remember(attrs.evolve(memory, text=_MARK + token, vector=())))

    @effect
    async def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> Result[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`; by words alone."""
        found = await settle(self.all(scope))
        return found.map(lambda memories: recalled(memories, text, k, scope, now))

    @effect
    async def all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""
        return await kept_up(self.vault, lambda: self._all(scope))

    async def _all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        read = await settle(self.store.all(scope))
        if isinstance(read, Failure) or not read.unwrap():
            return read
        ready = await self.vault.prepare()
        return Failure(ready.failure()) if isinstance(ready, Failure) else self._opened(read.unwrap())

    def forget(self, id: str) -> FutureResult[bool, StorageError]:
        """As `MemoryStore.forget`."""
        return self.store.forget(id)

    def forget_user(self, user: str) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return self.store.forget_user(user)

    def _opened(self, memories: Iterable[Memory]) -> Result[tuple[Memory, ...], StorageError]:
        found: list[Memory] = []
        for memory in memories:
            if not memory.text.startswith(_MARK):
                found.append(memory)
                continue
            clear = self.vault.open(memory.text.removeprefix(_MARK).encode())
            if isinstance(clear, Failure):
                return Failure(clear.failure())
            found.append(attrs.evolve(memory, text=clear.unwrap().decode("utf-8", "replace")))
        return Success(tuple(found))


def resealed_memory(text: str, vault: Vault) -> Result[str | None, StorageError]:
    """The text of a memory as it is kept, sealed with the newest key; None where it is not sealed."""
    if not text.startswith(_MARK):
        return Success(None)
    return vault.open(text.removeprefix(_MARK).encode()).map(lambda data: _MARK + vault.seal(data).decode())
