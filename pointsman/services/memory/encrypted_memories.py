"""A memory store that encrypts what is remembered: made of another store, and of a cipher."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.core.memory import Memory, MemoryScope, Recalled, recall
from pointsman.services.encrypted_text import decrypt_text, encrypt_text, is_encrypted_text
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.memory_store import MemoryStore


@attrs.frozen
class EncryptedMemories:
    """`store`, in which the texts stand encrypted by `cipher`; to recall, all memories in the scope are opened.

    Vectors are not kept: they tell what a text is about. `under` is the store that writes only while a mark counts.
    """

    store: MemoryStore
    cipher: Cipher
    under: Callable[[bytes | None], MemoryStore] | None = None

    @effect
    async def remember(self, memory: Memory) -> Result[None, StorageError]:
        """As `MemoryStore.remember`."""
        return await retry_on_rotation(self.cipher, lambda: self._remember(memory))

    async def _remember(self, memory: Memory) -> Result[None, StorageError]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return ready
        text = encrypt_text(memory.text.encode("utf-8", "replace"), self.cipher)
        store = self.under(self.cipher.key_id) if self.under else self.store
        return await settle(store.remember(attrs.evolve(memory, text=text, vector=())))

    @effect
    async def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> Result[tuple[Recalled, ...], StorageError]:
        """As `MemoryStore.recall`; by words alone."""
        found = await settle(self.all(scope))
        return found.map(lambda memories: recall(memories, text, k, scope, now))

    @effect
    async def all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        """As `MemoryStore.all`."""
        return await retry_on_rotation(self.cipher, lambda: self._all(scope))

    async def _all(self, scope: MemoryScope) -> Result[tuple[Memory, ...], StorageError]:
        read = await settle(self.store.all(scope))
        if isinstance(read, Failure) or not read.unwrap():
            return read
        ready = await self.cipher.prepare()
        return Failure(ready.failure()) if isinstance(ready, Failure) else self._decrypt(read.unwrap())

    def forget(self, id: str) -> FutureResult[bool, StorageError]:
        """As `MemoryStore.forget`."""
        return self.store.forget(id)

    def forget_user(self, user: str) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_user`."""
        return self.store.forget_user(user)

    def forget_before(self, before: float) -> FutureResult[int, StorageError]:
        """As `MemoryStore.forget_before`."""
        return self.store.forget_before(before)

    def _decrypt(self, memories: Iterable[Memory]) -> Result[tuple[Memory, ...], StorageError]:
        found: list[Memory] = []
        for memory in memories:
            if not is_encrypted_text(memory.text):
                found.append(memory)
                continue
            clear = decrypt_text(memory.text, self.cipher)
            if isinstance(clear, Failure):
                return Failure(clear.failure())
            found.append(attrs.evolve(memory, text=clear.unwrap().decode("utf-8", "replace")))
        return Success(tuple(found))
