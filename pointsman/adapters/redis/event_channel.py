"""Events between processes by publishing in a Redis or Valkey server, which keeps none of them."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.result import Success

from pointsman.adapters.redis.redis_client import RedisServer, key_of
from pointsman.core.json import JsonObject, as_object, dumps_text, loads
from pointsman.services.tasks.together import tasks_together

_CHANNEL = key_of("events")
_MOST_WAITING = 1000
_PAUSE = 0.5
"""Seconds until a server that is away is tried again."""


@attrs.frozen(eq=False)
class RedisEvents:
    """`EventCarrier` by `server`. While it is away, events of other machines are not seen; nobody waits for them."""

    server: RedisServer
    is_private: bool = False
    _lines: tuple[MemoryObjectSendStream[str], MemoryObjectReceiveStream[str]] = attrs.field(
        factory=lambda: anyio.create_memory_object_stream[str](_MOST_WAITING), repr=False
    )

    def send(self, message: JsonObject) -> None:
        """As `EventCarrier.send`."""
        try:
            self._lines[0].send_nowait(dumps_text(message))
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            return

    async def run(self, take: Callable[[JsonObject], None]) -> None:
        """As `EventCarrier.run`."""
        async with tasks_together() as group:
            group.start_soon(self._publish)
            while True:
                await self.server.hear(_CHANNEL, lambda text: take(as_object(loads(text).value_or({}))))
                await anyio.sleep(_PAUSE)

    async def _publish(self) -> None:
        async for line in self._lines[1]:
            if not isinstance(await self.server.publish(_CHANNEL, line), Success):
                await anyio.sleep(_PAUSE)

    def close(self) -> None:
        """Take up nothing more."""
        for end in self._lines:
            end.close()
