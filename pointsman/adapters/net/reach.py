"""Connections to where they may go: a name is resolved once, every address is checked, and just that one is asked."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from anyio.abc import ByteStream
from returns.result import Failure, Result, Success

from pointsman.adapters.net.network import Network
from pointsman.core.models.addresses import is_address, is_public

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
