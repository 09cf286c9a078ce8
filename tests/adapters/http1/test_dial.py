"""A wire of asyncio's own: which of a host's addresses it leads to, and what is left where it is not wanted."""

from __future__ import annotations

import socket
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketAttribute

from pointsman.adapters.http1.dial import _first, dial
from tests.adapters.http1.peer import OK, Peer, always, listening

REFUSED = (socket.AF_INET, ("127.0.0.1", 1))


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """What is dialled here is asyncio's."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


def at(peer: Peer) -> tuple[socket.AddressFamily, tuple[str, int]]:
    return socket.AF_INET, ("127.0.0.1", peer.port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_name_and_an_address_lead_to_the_peer_in_both_directions(host: str) -> None:
    async with listening(always(OK)) as peer:
        wire = await dial(host, peer.port)
        await wire.send(b"GET / HTTP/1.1\r\n\r\n", 5)
        assert await wire.receive(5) == OK
        assert wire.is_silent(sure=True)
        await wire.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
async def test_an_address_of_ipv6_leads_to_the_peer() -> None:
    async with await anyio.create_tcp_listener(local_host="::1") as listener:
        wire = await dial("::1", listener.extra(SocketAttribute.local_port))
        await wire.close()


async def test_where_one_address_refuses_the_next_is_taken_and_one_that_is_late_is_closed() -> None:
    async with listening(always(OK)) as peer:
        wire = await _first([REFUSED, at(peer), at(peer)])
        assert wire.is_silent(sure=True)
        await wire.close()
        await peer.until(lambda: peer.left == peer.connections)


async def test_where_all_refuse_it_is_an_error_of_the_system() -> None:
    with pytest.raises(ConnectionRefusedError):
        await _first([REFUSED, REFUSED])
    with pytest.raises(OSError, match="address"):
        await _first([])


@pytest.mark.parametrize("many", [1, 2])
async def test_who_is_cancelled_meanwhile_leaves_nothing_open(many: int) -> None:
    async with listening(always(OK)) as peer:

        async def come_and_go() -> None:
            wire = await _first([at(peer)] * many)
            await wire.close()

        for turns in range(15):
            async with anyio.create_task_group() as group:
                group.start_soon(come_and_go)
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        await peer.until(lambda: peer.left == peer.connections)
