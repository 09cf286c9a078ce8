"""Collections in a SQLite file; a vector is its numbers, four bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import ANY_SEALED, COLLECTIONS, SqlConnection, SqlDatabase, storable
from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.effect import effect
from pointsman.core.error import StorageError

_ALL = (
    "SELECT name, model, (SELECT count(*) FROM collection_entry WHERE collection = name) FROM collection"
    " WHERE :name IN ('', name) ORDER BY name"
)
_PUT = (
    "INSERT INTO collection_entry (collection, id, text, vector) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (collection, id) DO UPDATE SET text = excluded.text, vector = excluded.vector"
)
_PAGE = "SELECT id, text, vector FROM collection_entry WHERE collection = ? AND id > ? ORDER BY id LIMIT ?"


@attrs.frozen
class SqlCollections:
    """A `CollectionStore` in `database`. With a `mark` it writes only while that counts, see `Cipher.key_id`."""

    database: SqlDatabase
    mark: bytes | None = attrs.field(default=None, repr=False)

    @effect
    async def all(self) -> Result[tuple[Collection, ...], StorageError]:
        """As `CollectionStore.all`."""
        return await self.database.read(lambda connection: tuple(_select(connection, "")))

    @effect
    async def put(self, name: str, model: str, entries: Sequence[CollectionEntry]) -> Result[Collection, StorageError]:
        """As `CollectionStore.put`."""
        rows = [
            (storable(name), storable(one.id), storable(one.text), array("f", one.vector).tobytes()) for one in entries
        ]

        def write(connection: SqlConnection) -> Collection:
            ensure_current(connection, self.mark)
            values = (storable(name), storable(model))
            connection.execute("INSERT INTO collection (name, model) VALUES (?, ?) ON CONFLICT DO NOTHING", values)
            connection.executemany(_PUT, rows)
            return _select(connection, storable(name))[0]

        return await self.database.run(write, locks=(COLLECTIONS, ANY_SEALED))

    @effect
    async def page(self, name: str, after: str, limit: int) -> Result[tuple[CollectionEntry, ...], StorageError]:
        """As `CollectionStore.page`."""
        values = (storable(name), storable(after), limit)
        return await self.database.read(
            lambda connection: tuple(map(_entry, connection.execute(_PAGE, values).fetchall()))
        )

    @effect
    async def delete(self, name: str, ids: Sequence[str] = ()) -> Result[int, StorageError]:
        """As `CollectionStore.delete`."""

        def write(connection: SqlConnection) -> int:
            if not ids:
                connection.execute("DELETE FROM collection WHERE name = ?", (storable(name),))
                return connection.execute(
                    "DELETE FROM collection_entry WHERE collection = ?", (storable(name),)
                ).rowcount
            rows = [(storable(name), storable(id)) for id in ids]
            return connection.executemany("DELETE FROM collection_entry WHERE collection = ? AND id = ?", rows).rowcount

        done = await self.database.run(write, locks=(COLLECTIONS,))
        if done.value_or(0):
            await self.database.erase()
        return done


def _select(connection: SqlConnection, name: str) -> list[Collection]:
    return [Collection(*row) for row in connection.execute(_ALL, {"name": name})]


def _entry(row: tuple[Any, ...]) -> CollectionEntry:
    return CollectionEntry(row[0], row[1], tuple(array("f", row[2])))
