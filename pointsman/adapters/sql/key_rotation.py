"""A new key for what is sealed in a SQLite file, a bounded number of rows in a transaction.

From the transaction in which the new key is added on nobody can keep anything that an old key has sealed
(`ensure_current`); so one pass over all rows is enough to let the old keys go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.proof import ensure_current
from pointsman.adapters.sql.transactions import (
    COLLECTIONS,
    CONVERSATIONS,
    MEMORIES,
    SEALING,
    SETTINGS,
    SqlConnection,
    SqlDatabase,
)
from pointsman.core.chat.message import Message
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.conversations.encrypted_store import ORIGIN, reencrypt_message, reencrypt_word
from pointsman.services.encrypted_text import reencrypt_text
from pointsman.services.ports.cipher import PROOF, Cipher, RotatingCipher
from pointsman.services.ports.key_rotation import Reencrypted

ROWS, SIZE = 200, 4_000_000
"""How many rows, and about how many bytes, are sealed again in one transaction. Half of the time is left to others."""
_LOCKS = (COLLECTIONS, SETTINGS, SEALING, CONVERSATIONS, MEMORIES)
_Value = TypeVar("_Value")
_Row: TypeAlias = tuple[Any, ...]
_Sealed: TypeAlias = Result[Sequence[object] | None, StorageError]
"""The columns of a row, sealed again; None where nothing in it is sealed."""


@attrs.frozen
class _Table:
    """What is sealed in one table: the columns, and how the row with these values is named in a message."""

    name: str
    named: str
    columns: tuple[str, ...]
    resealed: Callable[[_Row, Cipher], _Sealed]


@attrs.frozen
class _Batch:
    """Up to which row it went, how many were sealed again, and whether there are more."""

    last: int
    sealed: int
    more: bool


@attrs.frozen
class SqlKeyRotation:
    """A `KeyRotation` of what is in `database`, sealed by `cipher`."""

    database: SqlDatabase
    cipher: RotatingCipher

    @effect
    async def rotate(self, *, drop: bool) -> Result[Reencrypted, StorageError]:
        """As `KeyRotation.rotate`."""
        for get_ready in (self.cipher.prepare, self.cipher.renew):
            ready = await get_ready()
            if isinstance(ready, Failure):
                return Failure(ready.failure())
        begun = await self._flat(self._begin)
        if isinstance(begun, Failure):
            return Failure(begun.failure())
        counts: list[int] = []
        for table in (_PROVIDERS, _CONVERSATIONS, _MESSAGES, _MEMORIES, _ENTRIES, _RECORDINGS):
            done = await self._whole(table, begun.unwrap())
            if isinstance(done, Failure):
                return Failure(done.failure())
            counts.append(done.unwrap())
        ended = await self._flat(lambda connection: self._end(connection, begun.unwrap(), drop))
        await self.database.erase()
        providers, conversations, messages, memories, texts, recordings = counts
        made = Reencrypted(
            providers=providers,
            conversations=conversations,
            messages=messages,
            memories=memories,
            texts=texts,
            recordings=recordings,
        )
        return ended.map(lambda _: made)

    def _begin(self, connection: SqlConnection) -> Result[bytes, StorageError]:
        """Add a key; from now on whoever seals with another may not write. Gives the mark."""
        ensure_current(connection, self.cipher.key_id)
        added = self.cipher.add_key()
        if isinstance(added, Failure):
            return Failure(added.failure())
        mark = self.cipher.encrypt(PROOF)
        connection.execute("UPDATE sealing SET proof = ?", (mark,))
        return Success(mark)

    def _end(self, connection: SqlConnection, mark: bytes, drop: bool) -> Result[None, StorageError]:
        ensure_current(connection, mark)
        self.database.keep_for_good()
        return self.cipher.drop_keys(1) if drop else Success(None)

    async def _whole(self, table: _Table, mark: bytes) -> Result[int, StorageError]:
        """Seal all rows of `table` again; says how many there were."""
        batch, sealed = _Batch(-(2**63), 0, more=True), 0
        while batch.more:
            began = time.monotonic()
            done = await self._flat(partial(self._some, table, mark, batch.last))
            if isinstance(done, Failure):
                return Failure(done.failure())
            batch = done.unwrap()
            sealed += batch.sealed
            await anyio.sleep(time.monotonic() - began)  # SQLite lets nobody in who is not there at the right moment
        return Success(sealed)

    def _some(self, table: _Table, mark: bytes, last: int, connection: SqlConnection) -> Result[_Batch, StorageError]:
        ensure_current(connection, mark)
        sealed = size = 0
        for row, size in _rows(connection, table, last):
            last = row[0]
            fresh = table.resealed(row[1:], self.cipher)
            if isinstance(fresh, Failure):
                return Failure(_shut(table, row[1], fresh.failure()))
            values = fresh.unwrap()
            if values is not None:
                _replace(connection, table, row, values)
                sealed += 1
            if size >= SIZE:
                break
        return Success(_Batch(last, sealed, more=size > 0))

    async def _flat(
        self, work: Callable[[SqlConnection], Result[_Value, StorageError]]
    ) -> Result[_Value, StorageError]:
        """What `work` gives, in a transaction. Whatever it has written before it fails is good, and stays."""
        return (await self.database.run(work, locks=_LOCKS)).bind(lambda outcome: outcome)


def _rows(connection: SqlConnection, table: _Table, last: int) -> Iterator[tuple[_Row, int]]:
    """The rows after `last`, one at a time, and how many bytes there have been."""
    columns, size = ", ".join(("rowid", *table.columns)), 0
    found = connection.execute(f"SELECT rowid FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT {ROWS}", (last,))
    for (number,) in found.fetchall():
        row = connection.execute(f"SELECT {columns} FROM {table.name} WHERE rowid = ?", (number,)).fetchone()
        size += 1 + sum(len(value) for value in row[1:] if isinstance(value, (str, bytes)))
        yield row, size


def _replace(connection: SqlConnection, table: _Table, row: _Row, values: Sequence[object]) -> None:
    sealed = table.columns[1:]
    columns = ", ".join(f"{name} = ?" for name in sealed)
    connection.execute(f"UPDATE {table.name} SET {columns} WHERE rowid = ?", (*values, row[0]))


def _shut(table: _Table, id: str, why: StorageError) -> StorageError:
    return StorageError(
        detail=f"the {table.named} {id!r} cannot be encrypted again, and no key is dropped: {why.detail}. What is "
        "encrypted already stays readable; bring the key back, or delete what it belongs to, and rotate again"
    )


def _provider(row: _Row, cipher: Cipher) -> _Sealed:
    if not row[1]:
        return Success(None)
    return cipher.decrypt(bytes(row[1])).map(lambda data: (cipher.encrypt(data),))


def _conversation(row: _Row, cipher: Cipher) -> _Sealed:
    fresh: list[str | None] = []
    for text in row[1:]:
        word = reencrypt_word(text or "", cipher)
        if isinstance(word, Failure):
            return Failure(word.failure())
        fresh.append(word.unwrap() or text)
    return Success(None if fresh == list(row[1:]) else fresh)


def _message(row: _Row, cipher: Cipher) -> _Sealed:
    if ORIGIN.encode() not in bytes(row[1]):
        return Success(None)
    read = decode(bytes(row[1]), Message)
    if isinstance(read, Failure):
        return Failure(StorageError(detail=f"it is garbled: {read.failure()}"))
    problem = reencrypt_word(row[2], cipher)
    if isinstance(problem, Failure):
        return Failure(problem.failure())
    return reencrypt_message(read.unwrap(), cipher).map(
        lambda fresh: None if fresh is None else (encode(fresh, Message), problem.unwrap() or row[2])
    )


def _text(row: _Row, cipher: Cipher) -> _Sealed:
    return reencrypt_text(row[1], cipher).map(lambda text: None if text is None else (text,))


_PROVIDERS = _Table("provider", "provider", ("name", "sealed"), _provider)
_CONVERSATIONS = _Table("conversation", "conversation", ("id", "title", "system", "summary"), _conversation)
_MESSAGES = _Table("entry", "message", ("id", "message", "problem"), _message)
_MEMORIES = _Table("memory", "memory", ("id", "text"), _text)
_ENTRIES = _Table("collection_entry", "text of a collection", ("id", "text"), _text)
_RECORDINGS = _Table("recording", "recording", ("key", "tape"), _text)
