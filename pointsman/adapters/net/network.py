"""Port of the fetch tool: names to addresses, and connections to addresses; and the system's own."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Protocol

import anyio
from anyio.abc import ByteStream


class Network(Protocol):
    """What the fetch tool needs of the network: a name is resolved once for each request, and never connected to."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The IP addresses of a name; none if it is not known."""
        ...

    async def connect(self, address: str, port: int) -> ByteStream:
        """A TCP connection to an IP address. Raises OSError."""
        ...


class SystemNetwork:
    """The resolver and the sockets of this machine, without proxies."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """As `Network.resolve`."""
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(str(address[0]) for *_, address in found))

    async def connect(self, address: str, port: int) -> ByteStream:
        """As `Network.connect`."""
        return await anyio.connect_tcp(address, port)


SYSTEM = SystemNetwork()
