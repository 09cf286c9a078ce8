"""Looks for servers of models on a network, when a person asks for it: few connections at once, short, and polite.

Each host is asked whether a known port is open; only what is open is asked one harmless question (a list of models).
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

import anyio
from returns.result import Success

from pointsman.core.json import as_object, loads
from pointsman.core.models.announcements import read_announcements, write_question
from pointsman.core.models.server_scan import KNOWN_PORTS, FoundServer, hosts_of
from pointsman.services.tasks.together import tasks_together

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


_AT_ONCE = 32
"""Connections that are tried at the same time."""
_CONNECT_SECONDS = 0.5
_ANSWER_SECONDS = 2.0
_MOST_BYTES = 256 * 1024
_OK = 200
_CLOSED = (401, 403)
"""Whoever answers so wants a key, and tells nothing without one."""
_QUESTIONS = (
    ("ollama", "/api/tags", "models"),
    ("lmstudio", "/api/v0/models", "data"),
    ("llamacpp", "/v1/models", "data"),
)
"""What is asked, in this order, and the field by which the answer is known."""


async def scan_hosts(hosts: tuple[str, ...], ports: Mapping[int, str] = KNOWN_PORTS) -> tuple[FoundServer, ...]:
    """The servers at `ports` of `hosts`, in the order of their addresses."""
    found: dict[tuple[int, int], FoundServer] = {}
    limit = anyio.CapacityLimiter(_AT_ONCE)

    async def look(place: tuple[int, int], host: str, port: int) -> None:
        async with limit:
            server = await _look_at(host, port, ports[port])
        if server is not None:
            found[place] = server

    async with tasks_together() as group:
        for number, host in enumerate(hosts):
            for port in ports:
                group.start_soon(look, (number, port), host, port)
    return tuple(found[place] for place in sorted(found))


async def scan_announced(to: tuple[str, int] = MULTICAST) -> tuple[FoundServer, ...]:
    """The servers that announce themselves by mDNS from local addresses, and answer."""
    found: list[FoundServer] = []
    for host, port, kind in await ask_network(to):
        if isinstance(hosts_of(host), Success):
            found += await scan_hosts((host,), {port: kind})
    return tuple(found)


async def _look_at(host: str, port: int, usual: str) -> FoundServer | None:
    """What listens there, if it is a server of models; most often nothing does."""
    try:
        with anyio.fail_after(_CONNECT_SECONDS):
            stream = await anyio.connect_tcp(host, port)
        await stream.aclose()
    except (OSError, TimeoutError):
        return None
    address = f"http://{host}:{port}"
    for kind, path, field in sorted(_QUESTIONS, key=lambda question: question[0] != usual):
        status, body = await _ask(host, port, path)
        rows = as_object(loads(body).value_or(None)).get(field)
        if status == _OK and isinstance(rows, list):
            return FoundServer(address, usual if kind == "llamacpp" else kind, len(rows))
        if status in _CLOSED:
            return FoundServer(address, usual)
    return None


async def _ask(host: str, port: int, path: str) -> tuple[int, bytes]:
    """The status and the beginning of the body of what is at `path`; 0 where nothing comes. HTTP/1.0 has no chunks."""
    received = b""
    question = f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n"
    try:
        with anyio.fail_after(_ANSWER_SECONDS):
            async with await anyio.connect_tcp(host, port) as stream:
                await stream.send(question.encode())
                while len(received) < _MOST_BYTES:
                    received += await stream.receive()
    except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
        pass  # what has come until then is looked at
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1][:3].isdigit()
    return (int(words[1][:3]), body) if is_http else (0, b"")
