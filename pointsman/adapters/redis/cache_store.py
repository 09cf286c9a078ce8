"""A cache in a Redis or Valkey server, shared by all processes that name it: each operation is one script.

`:data` holds the answers, `:from` and `:until` when they were made and expire, `:size` their bytes, `:used` the turn of
their last use, and `:count` what is counted. All are of one place of a cluster.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.redis.redis_client import RedisServer, key_of
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.json import as_object, count_or_none, loads
from pointsman.services.ports.cache_store import CacheBounds, CacheEntry, CacheStats

_HEAD = """
local base, key = KEYS[1], ARGV[1]
local function count(name, by) return redis.call('HINCRBY', base .. ':count', name, by) end
local function touch() redis.call('ZADD', base .. ':used', count('turn', 1), key) end
local function drop(one)
  local size = redis.call('HGET', base .. ':size', one)
  if not size then return end
  count('size', -tonumber(size))
  count('entries', -1)
  redis.call('HDEL', base .. ':data', one)
  redis.call('HDEL', base .. ':from', one)
  redis.call('HDEL', base .. ':size', one)
  redis.call('ZREM', base .. ':until', one)
  redis.call('ZREM', base .. ':used', one)
end
"""
FIND = (
    _HEAD
    + """
local ends = redis.call('ZSCORE', base .. ':until', key)
if not ends or tonumber(ends) <= tonumber(ARGV[2]) then
  drop(key)
  count('misses', 1)
  return ''
end
touch()
count('hits', 1)
return redis.call('HGET', base .. ':from', key) .. ' ' .. ends .. ' ' .. redis.call('HGET', base .. ':data', key)
"""
)
"""ARGV: key, the time."""
KEEP = (
    _HEAD
    + """
local now, from, ends, size = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local entries, bytes = tonumber(ARGV[6]), tonumber(ARGV[7])
drop(key)
if size > bytes or entries < 1 then return '' end
for _, one in ipairs(redis.call('ZRANGEBYSCORE', base .. ':until', '-inf', now)) do drop(one) end
redis.call('HSET', base .. ':data', key, ARGV[8])
redis.call('HSET', base .. ':from', key, from)
redis.call('HSET', base .. ':size', key, size)
redis.call('ZADD', base .. ':until', ends, key)
touch()
count('size', size)
count('entries', 1)
while count('entries', 0) > entries or count('size', 0) > bytes do
  drop(redis.call('ZRANGE', base .. ':used', 0, 0)[1])
  count('evicted', 1)
end
return ''
"""
)
"""ARGV: key, the time, made, expires, bytes, the most entries and bytes, the answer."""
DROP = f"{_HEAD}drop(key) return ''"
MISREAD = f"{_HEAD}count('hits', -1) count('misses', 1) return ''"
CLEAR = (
    _HEAD
    + """
local entries = count('entries', 0)
for _, part in ipairs({ ':data', ':from', ':until', ':size', ':used', ':count' }) do redis.call('DEL', base .. part) end
return tostring(entries)
"""
)
STATS = (
    _HEAD
    + """
local found = {}
for _, name in ipairs({ 'entries', 'size', 'hits', 'misses', 'evicted' }) do found[name] = count(name, 0) end
return cjson.encode(found)
"""
)


@attrs.frozen
class RedisCache:
    """A `CacheStore` in `server`. The size of an entry is that of its JSON, in bytes."""

    server: RedisServer
    bounds: CacheBounds = attrs.field(factory=CacheBounds)

    async def find(self, key: str, now: float) -> Result[CacheEntry | None, StorageError]:
        """As `CacheStore.find`; an entry that cannot be read (a later version wrote it) is none."""
        found = await self.server.run(FIND, _KEY, (key, now))
        if isinstance(found, Failure):
            return Failure(found.failure())
        if not found.unwrap():
            return Success(None)
        stored, expires, data = found.unwrap().split(" ", 2)
        response = decode(data.encode(), ChatResponse)
        if isinstance(response, Failure):
            return (await self.server.run(MISREAD, _KEY, (key,))).map(lambda _: None)
        return Success(CacheEntry(response.unwrap(), float(stored), float(expires)))

    async def keep(self, key: str, entry: CacheEntry, now: float) -> Result[None, StorageError]:
        """As `CacheStore.keep`; an answer that JSON cannot carry is an error, and changes nothing."""
        try:
            data = encode(entry.response, ChatResponse)
        except (TypeError, ValueError) as problem:  # orjson: a number above 64 bits, a lone surrogate
            return Failure(StorageError(detail=f"an answer cannot be written: {problem}"))
        most = (self.bounds.entries, self.bounds.size)
        values = (key, now, repr(entry.stored), repr(entry.expires), len(data), *most, data.decode())
        return (await self.server.run(KEEP, _KEY, values)).map(lambda _: None)

    @effect
    async def drop(self, key: str) -> Result[None, StorageError]:
        """As `CacheStore.drop`."""
        return (await self.server.run(DROP, _KEY, (key,))).map(lambda _: None)

    @effect
    async def clear(self) -> Result[int, StorageError]:
        """As `CacheStore.clear`."""
        return (await self.server.run(CLEAR, _KEY, ("",))).map(int)

    @effect
    async def stats(self) -> Result[CacheStats, StorageError]:
        """As `CacheStore.stats`."""
        return (await self.server.run(STATS, _KEY, ("",))).map(_stats)


_KEY = key_of("cache")


def _stats(text: str) -> CacheStats:
    counts = as_object(loads(text).value_or({}))
    return CacheStats(**{name: count_or_none(counts.get(name)) or 0 for name in _COUNTS})


_COUNTS = ("entries", "size", "hits", "misses", "evicted")
