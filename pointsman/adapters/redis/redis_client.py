"""A connection to a Redis or Valkey server, and the one place where what goes wrong with it becomes a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret

if TYPE_CHECKING:
    from coredis import Redis
    from coredis.commands.script import Script

Value = str | int | float
"""What scripts are given."""
TIMEOUT = 0.25
"""Seconds after which the server is taken to be away: calls wait for it."""
_REMEDY = "See to it that the server of `shared` runs and can be reached; until then each process goes by its share."


@attrs.define(eq=False)
class RedisServer:
    """A server, and the scripts it was given.

    Nothing is sent twice: who hears no answer within `TIMEOUT` cannot know whether it was done, and what is done a
    second time by itself (coredis would try three times) would count a call again.
    """

    address: str
    """Without a password."""
    _client: Redis[str] = attrs.field(repr=False)
    _scripts: dict[str, Script[str]] = attrs.field(factory=dict, repr=False)

    async def run(self, script: str, key: str, values: Sequence[Value]) -> Result[str, StorageError]:
        """What `script` answers."""
        from coredis.exceptions import RedisError

        known = self._scripts.get(script)
        if known is None:
            known = self._scripts[script] = self._client.register_script(script)
        try:
            answer: object = await known([key], list(values))
        except (RedisError, OSError, TimeoutError, EOFError) as problem:
            return Failure(self._away(problem))
        return Success(str(answer))

    async def publish(self, channel: str, text: str) -> Result[None, StorageError]:
        """To all who hear `channel` at the moment."""
        from coredis.exceptions import RedisError

        try:
            await self._client.publish(channel, text)
        except (RedisError, OSError, TimeoutError, EOFError) as problem:
            return Failure(self._away(problem))
        return Success(None)

    async def hear(self, channel: str, take: Callable[[str], None]) -> None:
        """Give to `take` what is published, until the server is away; then nobody is told."""
        from coredis.exceptions import RedisError
        from coredis.retry import NoRetryPolicy

        try:
            async with self._client.pubsub(
                channels=[channel], ignore_subscribe_messages=True, retry_policy=NoRetryPolicy()
            ) as heard:
                async for message in heard:
                    take(str(message["data"]))
        except* (RedisError, OSError, TimeoutError, EOFError):
            pass  # the driver raises them in groups

    async def forget_all(self) -> None:
        """Delete everything; for tests."""
        await self._client.flushall()

    def _away(self, problem: BaseException) -> StorageError:
        why = "does not answer" if isinstance(problem, TimeoutError) else (str(problem) or type(problem).__name__)
        return StorageError(detail=f"{self.address}: {why}", remedy=_REMEDY)


@asynccontextmanager
async def open_redis(address: str, password: Secret | None, *, seconds: float = TIMEOUT) -> AsyncIterator[RedisServer]:
    """A server that need not be there: what is asked of it fails until it is, after `seconds` at most."""
    import coredis
    from coredis.retry import NoRetryPolicy

    from pointsman.adapters.redis.redis_connection import RedisConnection

    client = coredis.Redis.from_url(
        address,
        decode_responses=True,
        verify_version=False,
        retry_policy=NoRetryPolicy(),
        stream_timeout=seconds,
        connect_timeout=seconds,
        pool_timeout=seconds,
        max_connections=16,
        password=None if password is None else password.reveal(),
    )
    client.connection_pool.connection_class = RedisConnection  # `from_url` would take its own whatever it is given
    async with client:
        yield RedisServer(_plain(address), client)


def key_of(name: str) -> str:
    """A key whose part in braces is `name`: whatever begins with it is kept in one place of a cluster."""
    return f"pointsman:{{{quote(name, safe='/:')}}}"


def _plain(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{'' if parts.port is None else f':{parts.port}'}{parts.path}"
