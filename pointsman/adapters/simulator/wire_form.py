"""A plain TCP socket under asyncio or trio, with the rude ways of closing that a simulator of faults needs.

It knows no HTTP. A broken connection is a `ConnectionError`, as the operating system tells it.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

import anyio
import attrs

_READ = 65_536
_ABORT = struct.pack("ii", 1, 0)


@attrs.frozen
class TcpSocket:
    """One connection. `receive` and `send` may run at the same time, each in one task."""

    _socket: socket.socket

    @classmethod
    def over(cls, accepted: socket.socket) -> TcpSocket:
        """Take over a socket that was just accepted."""
        accepted.setblocking(False)
        with suppress(OSError):  # on some systems where the client has gone already, which its reader will be told
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(accepted)

    async def receive(self) -> bytes:
        """The next bytes, none at their end."""
        while True:
            try:
                return self._socket.recv(_READ)
            except (BlockingIOError, InterruptedError):
                await anyio.wait_readable(self._socket)

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, InterruptedError):
                await anyio.wait_writable(self._socket)

    def finish(self) -> None:
        """Say that nothing more will be sent; the client may still be sending."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def close(self) -> None:
        """Close in order. Nobody may be waiting in `receive` or `send`."""
        self._socket.close()

    def reset(self) -> None:
        """Close with RST: the client's next read fails, and what it has not read is lost."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._socket.close()
