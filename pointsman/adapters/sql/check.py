"""Whether a database can be written at this moment: a full disk, or a read-only file, is read as before."""

from __future__ import annotations

from secrets import token_hex

from returns.result import Result

from pointsman.adapters.sql.transactions import SOON, SqlConnection, SqlDatabase
from pointsman.core.effect import effect
from pointsman.core.error import StorageError


@effect
async def check_writable(database: SqlDatabase) -> Result[None, StorageError]:
    """Write a row that is gone when the transaction ends: what is as it was before is not written at all."""
    return await database.run(_write, brief=True, patience=SOON)


def _write(connection: SqlConnection) -> None:
    id = f"check-{token_hex(8)}"
    connection.execute("INSERT INTO process (id, number) VALUES (?, 0)", (id,))
    connection.execute("DELETE FROM process WHERE id = ?", (id,))
