"""The wire under a connection: bytes out, bytes in, each with a limit in seconds. anyio's streams, which do everything.

What breaks is raised as anyio raises it; a limit that passed is a `TimeoutError`.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Protocol

import anyio
from anyio.abc import ByteStream, SocketAttribute

_READ = 64 * 1024


class Wire(Protocol):
    """A connected stream."""

    async def send(self, data: bytes, seconds: float | None) -> None:
        """Write all of `data`. Raises anyio's resource errors, OSError and TimeoutError."""
        ...

    async def receive(self, seconds: float | None) -> bytes:
        """What comes next, never empty. Raises as `send` does, and anyio's EndOfStream."""
        ...

    def is_silent(self, *, sure: bool) -> bool:
        """Whether it stands, and nothing waits to be read; as far as is known already, unless it must be `sure`."""
        ...

    async def close(self) -> None:
        """Close at once. Raises as `send` does."""
        ...


class AnyioWire:
    """A stream of anyio's, with or without TLS, on any event loop."""

    __slots__ = ("_poll", "_stream")

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._poll = silence_of(stream.extra(SocketAttribute.raw_socket))

    async def send(self, data: bytes, seconds: float | None) -> None:
        """See `Wire`."""
        with anyio.move_on_after(seconds):  # half the cost of `fail_after`
            await self._stream.send(data)
            return
        raise TimeoutError

    async def receive(self, seconds: float | None) -> bytes:
        """See `Wire`."""
        with anyio.move_on_after(seconds):
            return await self._stream.receive(_READ)
        raise TimeoutError

    def is_silent(self, *, sure: bool) -> bool:
        """See `Wire`."""
        return self._poll()

    async def close(self) -> None:
        """See `Wire`."""
        await self._stream.aclose()


def silence_of(raw: socket.socket) -> Callable[[], bool]:
    """A function that says whether nothing waits to be read from `raw`."""
    number = raw.fileno()
    if not hasattr(select, "poll"):  # Windows, where select has no bound on the number
        return lambda: not select.select([number], [], [], 0)[0]
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return lambda: not poll.poll(0)
