"""Collections in memory."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.future import FutureResult

from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.error import StorageError


@attrs.define
class MemoryCollections:
    """A `CollectionStore` of this process."""

    _models: dict[str, str] = attrs.field(factory=dict, repr=False)
    _entries: dict[str, dict[str, CollectionEntry]] = attrs.field(factory=dict, repr=False)

    def all(self) -> FutureResult[tuple[Collection, ...], StorageError]:
        """As `CollectionStore.all`."""
        return FutureResult.from_value(tuple(self._collection(name) for name in sorted(self._models)))

    def put(self, name: str, model: str, entries: Sequence[CollectionEntry]) -> FutureResult[Collection, StorageError]:
        """As `CollectionStore.put`."""
        self._models.setdefault(name, model)
        self._entries.setdefault(name, {}).update({one.id: one for one in entries})
        return FutureResult.from_value(self._collection(name))

    def page(self, name: str, after: str, limit: int) -> FutureResult[tuple[CollectionEntry, ...], StorageError]:
        """As `CollectionStore.page`."""
        there = self._entries.get(name, {})
        return FutureResult.from_value(tuple(there[id] for id in sorted(there) if id > after)[:limit])

    def delete(self, name: str, ids: Sequence[str] = ()) -> FutureResult[int, StorageError]:
        """As `CollectionStore.delete`."""
        if not ids:
            self._models.pop(name, None)
            return FutureResult.from_value(len(self._entries.pop(name, {})))
        there = self._entries.get(name, {})
        return FutureResult.from_value(len([there.pop(id) for id in dict.fromkeys(ids) if id in there]))

    def _collection(self, name: str) -> Collection:
        return Collection(name, self._models[name], len(self._entries[name]))
