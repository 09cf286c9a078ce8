"""Port: collections of texts with their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from returns.future import FutureResult

from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.error import StorageError


class CollectionStore(Protocol):
    """Keeps collections. Entries are in the order of their ids, by code points."""

    def all(self) -> FutureResult[tuple[Collection, ...], StorageError]:
        """Every collection, by name."""
        ...

    def put(self, name: str, model: str, entries: Sequence[CollectionEntry]) -> FutureResult[Collection, StorageError]:
        """Keep `entries` in the collection `name`, which is made if need be; those with an id that is there replace it.

        All of them are kept, or none. The model stays the one that the collection was made with.
        """
        ...

    def page(self, name: str, after: str, limit: int) -> FutureResult[tuple[CollectionEntry, ...], StorageError]:
        """At most `limit` entries whose ids come after `after`; `""` begins. Without such a collection, none."""
        ...

    def delete(self, name: str, ids: Sequence[str] = ()) -> FutureResult[int, StorageError]:
        """Delete the entries `ids`, or without any the whole collection; says how many entries are gone."""
        ...
