"""A collection store that encrypts texts and vectors: made of another store, and of a cipher."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.services.encrypted_text import decrypt_text, encrypt_text, is_encrypted_text
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.collection_store import CollectionStore

_COUNT = 4
"""Bytes that say how many numbers the vector has, which stand before the text."""


@attrs.frozen
class EncryptedCollections:
    """`store`, in which texts stand encrypted by `cipher`, each with its vector, which tells what a text is about.

    Names of collections and ids are not encrypted. `under` is the store that writes only while a mark counts.
    """

    store: CollectionStore
    cipher: Cipher
    under: Callable[[bytes | None], CollectionStore] | None = None

    def all(self) -> FutureResult[tuple[Collection, ...], StorageError]:
        """As `CollectionStore.all`."""
        return self.store.all()

    @effect
    async def put(self, name: str, model: str, entries: Sequence[CollectionEntry]) -> Result[Collection, StorageError]:
        """As `CollectionStore.put`."""
        return await retry_on_rotation(self.cipher, lambda: self._put(name, model, entries))

    async def _put(self, name: str, model: str, entries: Sequence[CollectionEntry]) -> Result[Collection, StorageError]:
        ready = await self.cipher.prepare()
        if isinstance(ready, Failure):
            return Failure(ready.failure())
        encrypted = [CollectionEntry(one.id, _encrypt(one, self.cipher), ()) for one in entries]
        store = self.under(self.cipher.key_id) if self.under else self.store
        return await settle(store.put(name, model, encrypted))

    @effect
    async def page(self, name: str, after: str, limit: int) -> Result[tuple[CollectionEntry, ...], StorageError]:
        """As `CollectionStore.page`."""
        return await retry_on_rotation(self.cipher, lambda: self._page(name, after, limit))

    async def _page(self, name: str, after: str, limit: int) -> Result[tuple[CollectionEntry, ...], StorageError]:
        read = await settle(self.store.page(name, after, limit))
        if isinstance(read, Failure) or not read.unwrap():
            return read
        ready = await self.cipher.prepare()
        return Failure(ready.failure()) if isinstance(ready, Failure) else self._decrypt(read.unwrap())

    def delete(self, name: str, ids: Sequence[str] = ()) -> FutureResult[int, StorageError]:
        """As `CollectionStore.delete`."""
        return self.store.delete(name, ids)

    def _decrypt(self, entries: Iterable[CollectionEntry]) -> Result[tuple[CollectionEntry, ...], StorageError]:
        found: list[CollectionEntry] = []
        for entry in entries:
            if not is_encrypted_text(entry.text):
                found.append(entry)
                continue
            clear = decrypt_text(entry.text, self.cipher)
            if isinstance(clear, Failure):
                return Failure(clear.failure())
            found.append(_unpack(entry.id, clear.unwrap()))
        return Success(tuple(found))


def _encrypt(entry: CollectionEntry, cipher: Cipher) -> str:
    numbers = array("f", entry.vector)
    packed = len(numbers).to_bytes(_COUNT, "big") + numbers.tobytes() + entry.text.encode("utf-8", "replace")
    return encrypt_text(packed, cipher)


def _unpack(id: str, packed: bytes) -> CollectionEntry:
    numbers = array("f")
    end = _COUNT + int.from_bytes(packed[:_COUNT], "big") * numbers.itemsize
    numbers.frombytes(packed[_COUNT:end])
    return CollectionEntry(id, packed[end:].decode("utf-8", "replace"), tuple(numbers))
