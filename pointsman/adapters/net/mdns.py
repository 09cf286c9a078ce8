"""Asks the local network by mDNS which servers of models announce themselves, when a person asks for it.

One datagram goes out, and answers are read for a moment. Where a server is, is who sent the answer: names and addresses
that stand in it are not believed.
"""

from __future__ import annotations

import socket

import anyio

from pointsman.core.models.announcements import read_announcements, write_question

MULTICAST = ("224.0.0.251", 5353)
_SECONDS = 1.5
"""How long answers are waited for."""
_MOST = 256
"""Datagrams that are read, whoever sends more."""


async def ask_network(to: tuple[str, int] = MULTICAST, seconds: float = _SECONDS) -> tuple[tuple[str, int, str], ...]:
    """Host, port and kind of each server that announces itself; none where there is no network."""
    found: dict[tuple[str, int, str], None] = {}
    try:
        udp = await anyio.create_udp_socket(family=socket.AF_INET, local_host="0.0.0.0")
    except OSError:
        return ()
    async with udp:
        try:
            await udp.sendto(write_question(), *to)
            with anyio.move_on_after(seconds):
                for _ in range(_MOST):
                    data, (host, _) = await udp.receive()
                    found.update({(host, one.port, one.kind): None for one in read_announcements(data)})
        except OSError:
            pass  # no route for multicast: nobody is heard
    return tuple(sorted(found))
