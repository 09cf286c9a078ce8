"""A cache in a SQLite file, shared by the processes that open it."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.transactions import CACHE, SOON, SqlConnection, SqlDatabase
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ports.cache_store import CacheBounds, CacheEntry, CacheStats

_BEGINNING = b'{"parts":'
"""How every answer on disk begins: any other object would be read as an empty answer."""


@attrs.frozen
class SqlCache:
    """A `CacheStore` in `database`. The size of an entry is that of its JSON, in bytes."""

    database: SqlDatabase
    bounds: CacheBounds = attrs.field(factory=CacheBounds)
    patience: float = SOON
    """Seconds for which it waits for others who write: to look up an answer may take no longer than to ask for it."""

    async def find(self, key: str, now: float) -> Result[CacheEntry | None, StorageError]:
        """As `CacheStore.find`; an entry that cannot be read (a later version wrote it) is none."""
        found = await self.database.run(
            lambda connection: _find(connection, key, now), brief=True, patience=self.patience, locks=(CACHE,)
        )
        if isinstance(found, Failure):
            return Failure(found.failure())
        row = found.unwrap()
        if row is None:
            return Success(None)
        response = decode(row[0], ChatResponse)
        if isinstance(response, Failure) or not row[0].startswith(_BEGINNING):
            return await self.database.run(_count_miss, locks=(CACHE,))
        return Success(CacheEntry(response.unwrap(), row[1], row[2]))

    async def keep(self, key: str, entry: CacheEntry, now: float) -> Result[None, StorageError]:
        """As `CacheStore.keep`; an answer that JSON cannot carry is an error, and changes nothing."""
        try:
            data = encode(entry.response, ChatResponse)
        except (TypeError, ValueError) as problem:  # orjson: a number above 64 bits, a lone surrogate
            return Failure(self.database.unusable(f"an answer cannot be written: {problem}"))
        return await self.database.run(
            lambda connection: self._keep(connection, key, entry, data, now), patience=self.patience, locks=(CACHE,)
        )

    @effect
    async def drop(self, key: str) -> Result[None, StorageError]:
        """As `CacheStore.drop`."""
        return await self.database.run(lambda connection: _drop(connection, key), locks=(CACHE,))

    @effect
    async def clear(self) -> Result[int, StorageError]:
        """As `CacheStore.clear`."""
        return await self.database.run(_clear, locks=(CACHE,))

    @effect
    async def stats(self) -> Result[CacheStats, StorageError]:
        """As `CacheStore.stats`."""
        return await self.database.run(_stats, locks=(CACHE,))

    def _keep(self, connection: SqlConnection, key: str, entry: CacheEntry, data: bytes, now: float) -> None:
        _drop(connection, key)
        if len(data) > self.bounds.size or self.bounds.entries < 1:
            return
        connection.execute("DELETE FROM cache WHERE expires <= ?", (now,))
        connection.execute(
            "INSERT INTO cache VALUES (?, ?, ?, ?, ?, ?)",
            (key, data, entry.stored, entry.expires, len(data), _turn(connection)),
        )
        while _count(connection, "entries") > self.bounds.entries or _count(connection, "size") > self.bounds.size:
            connection.execute("DELETE FROM cache WHERE key = (SELECT key FROM cache ORDER BY used LIMIT 1)")
            _add(connection, "evicted")


def _find(connection: SqlConnection, key: str, now: float) -> tuple[bytes, float, float] | None:
    row = connection.execute("SELECT response, stored, expires FROM cache WHERE key = ?", (key,)).fetchone()
    if row is None or row[2] <= now:
        if row is not None:
            _drop(connection, key)
        _add(connection, "misses")
        return None
    connection.execute("UPDATE cache SET used = ? WHERE key = ?", (_turn(connection), key))
    _add(connection, "hits")
    return bytes(row[0]), float(row[1]), float(row[2])


def _count_miss(connection: SqlConnection) -> None:
    """What was counted as a hit could not be read."""
    connection.execute("UPDATE cache_count SET value = value - 1 WHERE name = 'hits'")
    _add(connection, "misses")


def _drop(connection: SqlConnection, key: str) -> None:
    connection.execute("DELETE FROM cache WHERE key = ?", (key,))


def _clear(connection: SqlConnection) -> int:
    count = _count(connection, "entries")
    connection.execute("DELETE FROM cache")
    connection.execute("UPDATE cache_count SET value = 0")
    return count


def _stats(connection: SqlConnection) -> CacheStats:
    counts = dict(connection.execute("SELECT name, value FROM cache_count").fetchall())
    counts.pop("turn")
    return CacheStats(**counts)


def _turn(connection: SqlConnection) -> int:
    _add(connection, "turn")
    return _count(connection, "turn")


def _add(connection: SqlConnection, name: str) -> None:
    connection.execute("UPDATE cache_count SET value = value + 1 WHERE name = ?", (name,))


def _count(connection: SqlConnection, name: str) -> int:
    return int(connection.execute("SELECT value FROM cache_count WHERE name = ?", (name,)).fetchone()[0])
