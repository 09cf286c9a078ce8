"""Messages that are passed on from one who writes to those who listen, with a bound for the slow.

Topics: async, queues
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType


class Relay:
    """Each listener has all messages that come while it listens, the last `most` of those that wait."""

    def __init__(self, most: int = 3) -> None:
        self.most = most
        self._waiting: dict[int, list[str]] = {}
        self._changed = asyncio.Condition()
        self._closed = False
        self._numbers = 0

    async def send(self, message: str) -> int:
        """Pass on a message; how many listen."""
        async with self._changed:
            if self._closed:
                raise RuntimeError("the relay is closed")
            for queue in self._waiting.values():
                queue.append(message)
                del queue[: -self.most]
            self._changed.notify_all()
            return len(self._waiting)

    def join(self) -> int:
        """Begin to listen; the listener's number."""
        self._numbers += 1
        self._waiting[self._numbers] = []
        return self._numbers

    async def listen(self, number: int) -> AsyncIterator[str]:
        """The messages of a listener, until the relay is closed; then it listens no more."""
        try:
            while True:
                async with self._changed:
                    while not self._waiting[number] and not self._closed:
                        await self._changed.wait()
                    if not self._waiting[number]:
                        return
                    message = self._waiting[number].pop(0)
                yield message
        finally:
            self._waiting.pop(number, None)

    async def __aenter__(self) -> "Relay":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._changed:
            self._closed = True
            self._changed.notify_all()


async def collect(relay: Relay, number: int, until: str = "") -> list[str]:
    """What a listener hears, up to a message that is `until`."""
    heard = []
    async for message in relay.listen(number):
        heard.append(message)
        if message == until:
            break
    return heard
