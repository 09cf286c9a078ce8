"""Virtual keys in a SQLite file: their digests, never the keys."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.audited_rows import in_order, is_still, remove_row
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sql.transactions import AUTHORITY, SOON, SqlConnection, SqlDatabase
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey

_COLUMNS = "fields, last_used"


@attrs.frozen
class SqlKeys:
    """A `KeyStore` in `database`."""

    database: SqlDatabase

    @effect
    async def all(self) -> Result[tuple[VirtualKey, ...], StorageError]:
        """As `KeyStore.all`."""
        rows = await self.database.read(
            lambda connection: connection.execute(f"SELECT {_COLUMNS} FROM virtual_key").fetchall()
        )
        if isinstance(rows, Failure):
            return Failure(rows.failure())
        return in_order(map(self._key, rows.unwrap()))

    @effect
    async def find(self, digest: bytes) -> Result[VirtualKey | None, StorageError]:
        """As `KeyStore.find`."""
        query = f"SELECT {_COLUMNS} FROM virtual_key WHERE digest = ?"
        row = await self.database.read(lambda connection: connection.execute(query, (digest,)).fetchone(), brief=True)
        if isinstance(row, Failure):
            return Failure(row.failure())
        return Success(None) if row.unwrap() is None else self._key(row.unwrap())

    @effect
    async def put(self, key: VirtualKey, audit: AuditEntry) -> Result[None, StorageError]:
        """As `KeyStore.put`."""
        fields = encode(key, VirtualKey)

        def write(connection: SqlConnection) -> None:
            connection.execute(
                "INSERT INTO virtual_key (id, digest, fields, last_used, owner) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, fields = excluded.fields,"
                " last_used = excluded.last_used, owner = excluded.owner",
                (key.id, key.digest, fields, key.last_used, key.owner),
            )
            note(connection, audit)

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def replace(self, old: VirtualKey, new: VirtualKey, audit: AuditEntry) -> Result[bool, StorageError]:
        """As `KeyStore.replace`."""
        fields = encode(_without_use(new), VirtualKey)

        def write(connection: SqlConnection) -> bool:
            if not is_still(connection, "virtual_key", old.id, old, _without_use):
                return False
            connection.execute("UPDATE virtual_key SET fields = ? WHERE id = ?", (fields, old.id))
            note(connection, audit)
            return True

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def remove(self, id: str, audit: AuditEntry) -> Result[bool, StorageError]:
        """As `KeyStore.remove`."""
        return await self.database.run(
            lambda connection: remove_row(connection, "virtual_key", id, audit), locks=(AUTHORITY,)
        )

    @effect
    async def used(self, id: str, now: float) -> Result[None, StorageError]:
        """As `KeyStore.used`."""

        def write(connection: SqlConnection) -> None:
            connection.execute("UPDATE virtual_key SET last_used = ? WHERE id = ?", (now, id))

        return await self.database.run(write, brief=True, patience=SOON, locks=(AUTHORITY,))

    def _key(self, row: tuple[Any, ...]) -> Result[VirtualKey, StorageError]:
        read = decode(bytes(row[0]), VirtualKey)
        if isinstance(read, Failure):
            return Failure(self.database.unusable(f"a virtual key is garbled: {read.failure()}"))
        return Success(attrs.evolve(read.unwrap(), last_used=row[1]))


def _without_use(key: VirtualKey) -> VirtualKey:
    return attrs.evolve(key, last_used=None)
