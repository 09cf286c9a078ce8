"""Rate limits in a Redis or Valkey server: each limit has its keys, and each operation is one script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.redis.redis_client import RedisServer, Value, key_of
from pointsman.adapters.redis.scripts import LEAVE, RENEW, REPORT, TAKE
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.routing.rate import MINUTE
from pointsman.services.ports.shared_limits import LEASE_SECONDS, ROOM_SECONDS, Claim, PastUse

_Value = TypeVar("_Value")
_AT_ONCE = 500
"""Calls in one script: nobody else is served meanwhile."""
_ALIVE = "processes"


@attrs.frozen
class RedisLimits:
    """`SharedLimits` in `server`. `minute` is how many seconds the limits are of; tests have shorter ones."""

    server: RedisServer
    minute: float = MINUTE

    @effect
    async def take(self, claim: Claim) -> Result[float, StorageError]:
        """As `SharedLimits.take`."""
        limit = claim.limit
        most = [_or_none(one) for one in (limit.requests_per_minute, limit.tokens_per_minute, limit.concurrent)]
        values: tuple[Value, ...] = (self.minute, claim.id, *most, claim.tokens, LEASE_SECONDS, ROOM_SECONDS)
        return (await self.server.run(TAKE, _key(claim.name), values)).map(float)

    @effect
    async def leave(self, claim: Claim, tokens: int | None) -> Result[None, StorageError]:
        """As `SharedLimits.leave`."""
        values = (self.minute, claim.id, _or_none(tokens))
        return (await self.server.run(LEAVE, _key(claim.name), values)).map(_nothing)

    @effect
    async def report(self, uses: Sequence[PastUse]) -> Result[None, StorageError]:
        """As `SharedLimits.report`."""
        for name, some in _by_name(uses, lambda use: use.claim.name):
            values = [value for use in some for value in (use.claim.id, use.age, use.tokens)]
            told = await self.server.run(REPORT, _key(name), [self.minute, *values])
            if isinstance(told, Failure):
                return Failure(told.failure())
        return Success(None)

    @effect
    async def renew(self, process: str, claims: Sequence[Claim]) -> Result[int, StorageError]:
        """As `SharedLimits.renew`."""
        held = [claim for claim in claims if claim.limit.concurrent is not None]
        for name, some in _by_name(held, lambda claim: claim.name):
            told = await self.server.run(RENEW, f"{_key(name)}:b", [LEASE_SECONDS, *(claim.id for claim in some)])
            if isinstance(told, Failure):
                return Failure(told.failure())
        return (await self.server.run(RENEW, key_of(_ALIVE), [LEASE_SECONDS, process])).map(int)


def _key(name: str) -> str:
    return key_of(f"limit:{name}")


def _or_none(amount: int | None) -> int:
    return -1 if amount is None else amount


def _nothing(_: str) -> None:
    return None


def _by_name(values: Sequence[_Value], name_of: Callable[[_Value], str]) -> Iterator[tuple[str, Sequence[_Value]]]:
    """The values of each name, no more than `_AT_ONCE` together."""
    groups: dict[str, list[_Value]] = {}
    for value in values:
        groups.setdefault(name_of(value), []).append(value)
    for name, group in groups.items():
        for start in range(0, len(group), _AT_ONCE):
            yield name, group[start : start + _AT_ONCE]
