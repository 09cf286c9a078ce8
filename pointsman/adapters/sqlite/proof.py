"""The sealed word that tells whether a key fits what is sealed in this file."""

from __future__ import annotations

import sqlite3

import attrs
from returns.result import Result

from pointsman.adapters.sqlite.database import Database
from pointsman.core.error import StorageError


@attrs.frozen
class SqliteProof:
    """A `ProofStore` in `database`; the first that is written stays."""

    database: Database

    async def read_proof(self) -> Result[bytes | None, StorageError]:
        """The sealed word; None where nothing has been sealed yet."""
        return await self.database.read(_proof)

    async def write_proof(self, token: bytes) -> Result[bytes, StorageError]:
        """Keep `token` unless another process was faster; gives the one that is kept."""

        def write(connection: sqlite3.Connection) -> bytes:
            connection.execute("INSERT OR IGNORE INTO sealing (id, proof) VALUES (1, ?)", (token,))
            return _proof(connection) or token

        return await self.database.run(write)


def ensure_current(connection: sqlite3.Connection, mark: bytes | None) -> None:
    """Stop a transaction that would keep what was sealed with a key that is being dropped: `Cipher.key_id` says why.

    The database makes a failure of the error, as of its own.
    """
    if mark is not None and _proof(connection) != mark:
        raise sqlite3.IntegrityError("another process has changed the keys meanwhile; try again")


def _proof(connection: sqlite3.Connection) -> bytes | None:
    row = connection.execute("SELECT proof FROM sealing").fetchone()
    return None if row is None else bytes(row[0])
