"""Leases in a Redis or Valkey server: for each name the holders by the end of their lease, by the server's clock."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.redis.redis_client import RedisServer, key_of
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ports.shared_leases import LEASE_SECONDS, SharedLease

_HEAD = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local holder, seconds = ARGV[1], tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local function hold()
  redis.call('ZADD', KEYS[1], now + seconds, holder)
  redis.call('EXPIRE', KEYS[1], math.ceil(2 * seconds))
end
local is_held = redis.call('ZSCORE', KEYS[1], holder)
"""
ACQUIRE = (
    _HEAD
    + """
if not is_held and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return '0' end
hold()
return '1'
"""
)
"""ARGV: holder, lease, how many may hold it."""
RENEW = (
    _HEAD
    + """
if is_held then hold() end
return '1'
"""
)
"""ARGV: holder, lease."""
RELEASE = "return tostring(redis.call('ZREM', KEYS[1], ARGV[1]))"


@attrs.frozen
class RedisLeases:
    """`SharedLeases` in `server`, of `seconds` each."""

    server: RedisServer
    seconds: float = LEASE_SECONDS

    @effect
    async def acquire(self, lease: SharedLease, most: int) -> Result[bool, StorageError]:
        """As `SharedLeases.acquire`."""
        values = (lease.holder, self.seconds, most)
        return (await self.server.run(ACQUIRE, _key(lease), values)).map(lambda answer: answer == "1")

    @effect
    async def renew(self, leases: Sequence[SharedLease]) -> Result[None, StorageError]:
        """As `SharedLeases.renew`."""
        for lease in leases:
            renewed = await self.server.run(RENEW, _key(lease), (lease.holder, self.seconds))
            if isinstance(renewed, Failure):
                return Failure(renewed.failure())
        return Success(None)

    @effect
    async def release(self, lease: SharedLease) -> Result[None, StorageError]:
        """As `SharedLeases.release`."""
        return (await self.server.run(RELEASE, _key(lease), (lease.holder,))).map(lambda _: None)


def _key(lease: SharedLease) -> str:
    return key_of(f"lease:{lease.name}")
