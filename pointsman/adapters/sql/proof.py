"""The sealed word that tells whether a key fits what is sealed in this file."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.sql.transactions import SEALING, SqlConnection, SqlDatabase, WorkRefused
from pointsman.core.error import StorageError


@attrs.frozen
class SqlProof:
    """A `ProofStore` in `database`; the first that is written stays."""

    database: SqlDatabase

    async def read_proof(self) -> Result[bytes | None, StorageError]:
        """The sealed word; None where nothing has been sealed yet."""
        return await self.database.read(_proof)

    async def write_proof(self, token: bytes) -> Result[bytes, StorageError]:
        """Keep `token` unless another process was faster; gives the one that is kept."""

        def write(connection: SqlConnection) -> bytes:
            connection.execute("INSERT INTO sealing (id, proof) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (token,))
            return _proof(connection) or token

        return await self.database.run(write, locks=(SEALING,))


def ensure_current(connection: SqlConnection, mark: bytes | None) -> None:
    """Stop a transaction that would keep what was sealed with a key that is being dropped: `Cipher.key_id` says why.

    Whoever uses this holds `ANY_SEALED`, or `SEALING`.
    """
    if mark is not None and _proof(connection) != mark:
        raise WorkRefused("another process has changed the keys meanwhile; try again")


def _proof(connection: SqlConnection) -> bytes | None:
    row = connection.execute("SELECT proof FROM sealing").fetchone()
    return None if row is None else bytes(row[0])
