"""A store of collections that encrypts texts and vectors: made of another store, and of a cipher."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.effect import effect, settle
from pointsman.core.error import StorageError
from pointsman.services.ports.cipher import Cipher, retry_on_rotation
from pointsman.services.ports.collection_store import CollectionStore

_MARK = "sealed:"
_COUNT = 4
"""Bytes that say how many numbers a vector has, before its numbers and the text."""


@attrs.frozen
class EncryptedCollections:
    """`store`, in which texts and vectors stand encrypted by `cipher`; a vector tells what a text is about.

    Names, of collections and of texts, and the model stay readable. What was kept before stays as it is until it is
    kept again. `under` is the store that writes only while a mark counts, see `Cipher.key_id`.
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
        hidden = [CollectionEntry(one.id, _MARK + self.cipher.encrypt(_pack(one)).decode(), ()) for one in entries]
        store = self.under(self.cipher.key_id) if self.under else self.store
        return await settle(store.put(name, model, hidden))

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

    def _decrypt(self, entries: Sequence[CollectionEntry]) -> Result[tuple[CollectionEntry, ...], StorageError]:
        found: list[CollectionEntry] = []
        for one in entries:
            if one.vector or not one.text.startswith(_MARK):
                found.append(one)
                continue
            clear = self.cipher.decrypt(one.text.removeprefix(_MARK).encode())
            if isinstance(clear, Failure):
                return Failure(clear.failure())
            found.append(_unpack(one.id, clear.unwrap()))
        return Success(tuple(found))


def reencrypt_entry(text: str, vector: Sequence[float] | bytes, cipher: Cipher) -> Result[str | None, StorageError]:
    """The text of an entry as it is kept, encrypted with the newest key; None where it is not encrypted.

    Only what is encrypted stands there without a vector.
    """
    if len(vector) or not text.startswith(_MARK):
        return Success(None)
    return cipher.decrypt(text.removeprefix(_MARK).encode()).map(lambda data: _MARK + cipher.encrypt(data).decode())


def _pack(entry: CollectionEntry) -> bytes:
    numbers = array("f", entry.vector)
    return len(numbers).to_bytes(_COUNT, "big") + numbers.tobytes() + entry.text.encode("utf-8", "replace")


def _unpack(id: str, data: bytes) -> CollectionEntry:
    end = _COUNT + array("f").itemsize * int.from_bytes(data[:_COUNT], "big")
    return CollectionEntry(id, data[end:].decode("utf-8", "replace"), tuple(array("f", data[_COUNT:end])))
