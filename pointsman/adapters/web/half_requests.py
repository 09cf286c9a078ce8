"""Ends requests that do not become whole: who sends a head or a body piece by piece would hold a connection for ever.

uvicorn bounds the time between two requests, and nothing within one.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterable
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import attrs
from uvicorn.protocols.http.h11_impl import H11Protocol

from pointsman.adapters.web.envelope import error_body
from pointsman.core.error import InvalidRequest

_LATE = InvalidRequest(detail="the request did not become whole in time; send it anew", status=408, local=True)
_BODY = error_body(_LATE)
_ANSWER = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b"
) % (len(_BODY), _BODY)


class HttpCycle(Protocol):
    """A request and its answer, as uvicorn has them."""

    more_body: bool
    response_started: bool
    response_complete: bool


class Flow(Protocol):
    """Whether uvicorn reads on."""

    read_paused: bool


@runtime_checkable
class HttpConnection(Protocol):
    """A connection on which HTTP is spoken, and how many bytes it has `received`."""

    transport: asyncio.Transport
    cycle: HttpCycle | None
    flow: Flow
    timeout_keep_alive_task: asyncio.TimerHandle | None
    received: int


@attrs.define
class _Wait:
    """A connection on which a request is not whole, since `since`, when so many bytes had been received."""

    exchange: HttpCycle | None
    since: float
    received: int


@attrs.define(eq=False)
class HalfRequests:
    """Answers 408, and closes the connection, where the head takes longer than `head` seconds, or the body than `body`.

    For the body there is more time the more of it comes: a second for `rate` bytes.
    """

    head: float = 20.0
    body: float = 20.0
    rate: float = 8192.0
    _waits: WeakKeyDictionary[object, _Wait] = attrs.field(factory=WeakKeyDictionary, repr=False)

    def look(self, connections: Iterable[object], now: float) -> None:
        """Look at all connections; `now` is the time of the event loop, in seconds."""
        for connection in tuple(connections):
            if isinstance(connection, HttpConnection):  # a web socket looks after itself, by pings
                self._look_at(connection, now)

    def _look_at(self, connection: HttpConnection, now: float) -> None:
        exchange = connection.cycle
        if connection.flow.read_paused or not _is_half(connection):
            self._waits.pop(connection, None)
            return
        wait = self._waits.get(connection)
        if wait is None or wait.exchange is not exchange:
            self._waits[connection] = _Wait(exchange, now, connection.received)
            return
        is_body = exchange is not None and not exchange.response_complete
        allowed = self.body + (connection.received - wait.received) / self.rate if is_body else self.head
        if now - wait.since > allowed:
            if exchange is None or exchange.response_complete or not exchange.response_started:
                connection.transport.write(_ANSWER)
            connection.transport.close()


def _is_half(connection: HttpConnection) -> bool:
    """Whether a request is awaited that has not come whole. Between two requests uvicorn looks at its own clock."""
    exchange = connection.cycle
    if exchange is None:
        return True
    if exchange.response_complete:
        return connection.timeout_keep_alive_task is None
    return exchange.more_body


def counting_protocol() -> type[asyncio.Protocol]:
    """uvicorn's protocol, which also says how much has come: that of httptools where it is installed."""
    if importlib.util.find_spec("httptools") is None:
        return CountingH11

    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class CountingHttpTools(HttpToolsProtocol):
        """`HttpToolsProtocol`, which counts."""

        received = 0

        def data_received(self, data: bytes) -> None:
            """Read `data`."""
            self.received += len(data)
            super().data_received(data)

    return CountingHttpTools


class CountingH11(H11Protocol):
    """`H11Protocol`, which counts."""

    received: int = 0

    def data_received(self, data: bytes) -> None:
        """Read `data`."""
        self.received += len(data)
        super().data_received(data)
