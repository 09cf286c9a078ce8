"""Connections to where they may go: each name is resolved once, each address checked, and just that one is asked."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Protocol

import anyio
from anyio.abc import ByteStream
from returns.result import Failure, Result, Success

from pointsman.core.models.addresses import is_address, is_public


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


CONNECT_SECONDS = 5.0
_MOST_ADDRESSES = 8


async def reachable(
    network: Network, host: str, port: int, *, allow_private: bool = False
) -> Result[Sequence[str], str]:
    """All addresses of `host`, each of which may be connected to; or one sentence that says why not."""
    found: Sequence[str] = (host,) if is_address(host) else tuple(await network.resolve(host, port))
    if not found:
        return Failure(f"There is no host {host!r}.")
    if not allow_private and not all(map(is_public, found)):
        return Failure(f"{host!r} is not on the public internet, so nothing is fetched from there or sent to it.")
    return Success(found)


async def connect_to_any(network: Network, addresses: Sequence[str], port: int) -> ByteStream | None:
    """A connection to the first address that takes one."""
    for address in addresses[:_MOST_ADDRESSES]:
        with anyio.move_on_after(CONNECT_SECONDS):
            try:
                return await network.connect(address, port)
            except OSError:
                continue
    return None
