"""A wire on asyncio's own transport to a host by its name.

Addresses are tried one after the other, each a moment after the one before: RFC 8305, section 5
(https://www.rfc-editor.org/rfc/rfc8305#section-5). We create the socket ourselves: anyio's cannot be detached without
closing its sending side (anyio 4.10), and on Windows a socket belongs to one transport for its whole life.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TypeAlias

import anyio

from pointsman.adapters.http1.loop_wire import LoopWire

_STAGGER = 0.25
"""Seconds before the next address is tried too: the "Connection Attempt Delay" of RFC 8305, section 8."""
_Place: TypeAlias = tuple[int, tuple[str, int] | tuple[str, int, int, int]]
"""Family and address."""


async def dial(host: str, port: int) -> LoopWire:
    """A wire to `host`, a name or an address. Raises OSError."""
    places = await _places(host, port)
    return await (_open(places[0]) if len(places) == 1 else _first(places))


async def _places(host: str, port: int) -> Sequence[_Place]:
    """All that `host` stands for, the families taking turns."""
    try:
        family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    except ValueError:
        pass
    else:
        if "%" not in host:  # a zone of IPv6 has to be looked up
            return [(family, (host, port))]
    found: list[tuple[int, _Place]] = []
    seen = Counter[int]()
    for family, _, _, _, address in await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        found.append((seen[family], (family, address)))
        seen[family] += 1
    return [place for _, place in sorted(found, key=lambda one: one[0])]


async def _open(place: _Place) -> LoopWire:
    loop = asyncio.get_running_loop()
    raw = socket.socket(place[0], socket.SOCK_STREAM)
    try:
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(raw, place[1])
    except BaseException:
        raw.close()
        raise
    # from here on the socket is the loop's, which closes it too where this is cancelled
    _, wire = await loop.create_connection(lambda: LoopWire(raw), sock=raw)
    return wire


async def _first(places: Sequence[_Place]) -> LoopWire:
    """A wire to the one that answers first."""
    wires: list[LoopWire] = []
    problems: list[OSError] = []
    try:
        async with anyio.create_task_group() as group:

            async def attempt(place: _Place, over: anyio.Event) -> None:
                try:
                    wires.append(await _open(place))
                    group.cancel_scope.cancel()
                except OSError as problem:
                    problems.append(problem)
                finally:
                    over.set()

            for place in places:
                over = anyio.Event()
                group.start_soon(attempt, place, over)
                with anyio.move_on_after(_STAGGER):
                    await over.wait()
        if wires:
            return wires.pop(0)
        raise problems[0] if problems else OSError("the host has no address")
    finally:
        for late in wires:
            await late.close()
