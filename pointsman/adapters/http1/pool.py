"""Connections: an O(1) pool, which is also a transport for httpx.

httpx's own pool scans every connection for every request, which collapses under concurrency; this one keeps a stack of
idle connections for each origin. It knows connections, and nothing of models, proxies or the environment.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import anyio
import attrs
import httpx
from returns.result import Failure

from pointsman.adapters.http1.body import Body
from pointsman.adapters.http1.connection import Connection, Gone, connect
from pointsman.adapters.http1.exchange import (
    Header,
    HttpRequest,
    Limits,
    Misconfigured,
    Origin,
    TotalTimeout,
    header_of,
)
from pointsman.adapters.http1.head import Head, Malformed
from pointsman.adapters.http1.slots import Slots
from pointsman.adapters.net.trust import distrust, trust

_PORTS = {"http": 80, "https": 443}
_NO_ANSWER = "it ended before an answer came"
_cancelled = anyio.get_cancelled_exc_class
_EARLY = 0.005
"""Seconds by which a timer of an event loop may be early."""


@attrs.define(eq=False)
class _Exchange:
    """A slot in use, and the connection that uses it; ended once."""

    pool: PoolTransport
    origin: Origin
    until: float | None
    until_head: float | None
    total: float | None
    connection: Connection | None = None
    open: bool = True
    is_sent: bool = False

    async def end(self, keep: bool) -> None:
        """Give the slot back, and the connection too if it may be kept; it is closed otherwise."""
        if self.open:
            self.open = False
            await self.pool.take_back(self, keep)

    def blame(self, problem: BaseException) -> None:
        """Raise a `TotalTimeout` if that is what `problem` is."""
        if not isinstance(problem, httpx.TimeoutException) or self.until is None or self.total is None:
            return
        if self.pool.now() >= self.until - _EARLY:
            raise TotalTimeout(self.total, sent=isinstance(problem, httpx.ReadTimeout)) from problem


class _Answer(httpx.AsyncByteStream):
    """One answer. At its end the connection goes back to the pool; left half-read, it is closed."""

    __slots__ = (
        "_body",
        "_connection",
        "_exchange",
        "_first",
        "_keep",
        "_outlives_cancelling",
        "_read",
        "_seconds",
        "head",
        "headers",
        "status",
    )

    def __init__(self, exchange: _Exchange, head: Head, body: Body, first: bytes, keep: bool, limits: Limits) -> None:
        self.head = head
        self.status = head.status
        self.headers: Sequence[Header] = head.headers
        self._exchange = exchange
        self._connection = cast(Connection, exchange.connection)
        self._body = body
        self._first = first
        self._keep = keep
        self._outlives_cancelling = False
        self._read = limits.read
        self._seconds = limits.read if limits.first is None else _later(limits.first, limits.read)

    def __aiter__(self) -> _Answer:
        return self

    async def __anext__(self) -> bytes:
        """The next piece of content. Raises httpx's ReadTimeout, ReadError and RemoteProtocolError."""
        body = self._body
        try:
            if self._first:
                content, self._first = self._first, b""
            else:
                content = b""
                while not content and not body.done:
                    if data := await self._connection.read(self._seconds):
                        content = body.feed(data)
                    else:
                        body.end()
            if body.done:
                await self._exchange.end(self._keep and body.clean)
        except BaseException as problem:
            if self._outlives_cancelling and isinstance(problem, _cancelled()):
                raise
            await self._exchange.end(False)
            if isinstance(problem, Malformed):
                raise httpx.RemoteProtocolError(str(problem)) from problem
            self._exchange.blame(problem)
            raise
        if content:
            self._seconds = self._read
            return content
        raise StopAsyncIteration

    def outlive_cancelling(self) -> None:
        """See `ResumableResponse`."""
        self._outlives_cancelling = True

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._exchange.open:
            await self._exchange.end(self._keep and self._body.done and self._body.clean)


@attrs.frozen
class _Awaited:
    """See `AwaitedResponse`."""

    pool: PoolTransport
    exchange: _Exchange
    question: HttpRequest

    async def wait(self) -> _Answer:
        return await self.pool.wait(self.exchange, self.question)

    async def aclose(self) -> None:
        await self.exchange.end(False)


class PoolTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over a stack of idle connections for each origin, on asyncio and trio.

    `max_connections` bounds the exchanges under way, `max_idle_per_origin` the idle connections of one origin; one that
    was idle for `keepalive_expiry` seconds is closed at the next request. TLS is set up when the first https origin is
    asked for. A request is sent a second time only if a kept connection had ended before a byte of the answer came, and
    either not all of it had gone out or it asks for nothing to be done (GET). `now` gives seconds that only grow.
    """

    def __init__(
        self,
        *,
        verify: bool | ssl.SSLContext = True,
        max_connections: int = 2000,
        max_idle_per_origin: int = 2000,
        keepalive_expiry: float = 30.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        self._slots = Slots(max_connections)
        self._idle: dict[Origin, deque[Connection]] = {}
        self._busy: set[_Exchange] = set()
        self._max_idle = max_idle_per_origin
        self._expiry = keepalive_expiry
        self.now = now
        self._swept_at = now()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx asks its transports; the request's `timeout` extension gives the limits in seconds."""
        answer = await self.ask(question_of(request))
        return httpx.Response(
            answer.status,
            headers=answer.head.headers,
            stream=answer,
            extensions={"http_version": answer.head.version, "reason_phrase": answer.head.reason},
        )

    async def ask(self, question: HttpRequest) -> _Answer:
        """Send one request and wait for the head of its answer. Raises httpx's TransportErrors."""
        if self._closed:
            raise RuntimeError("the transport is closed")
        limits, now = question.limits, self.now()
        until = limits.total and now + limits.total
        exchange = _Exchange(
            self, question.origin, until, _sooner(until, limits.first and now + limits.first), limits.total
        )
        try:
            await self._slots.acquire(_sooner(limits.pool, limits.total))
        except httpx.PoolTimeout as problem:
            exchange.blame(problem)
            raise
        self._busy.add(exchange)
        try:
            return await self._answer(exchange, question, *await self._ask(exchange, question))
        except BaseException as problem:
            if question.on_leave is not None and exchange.is_sent and isinstance(problem, _cancelled()):
                question.on_leave(_Awaited(self, exchange, question))
                raise
            await exchange.end(False)
            exchange.blame(problem)
            raise

    async def wait(self, exchange: _Exchange, question: HttpRequest) -> _Answer:
        """Wait again for the head of an answer whose asker has left."""
        try:
            return await self._answer(exchange, question, *await self._receive(exchange, question, whole=True))
        except BaseException as problem:
            await exchange.end(False)
            exchange.blame(problem)
            if isinstance(problem, Gone):
                raise httpx.ReadError(_NO_ANSWER) from problem
            raise

    async def _answer(
        self, exchange: _Exchange, question: HttpRequest, head: Head, body: Body, first: bytes
    ) -> _Answer:
        keep = head.keep and b"close" not in header_of(question.headers, b"connection").lower()
        if body.done and not first:
            await exchange.end(keep and body.clean)
        return _Answer(exchange, head, body, first, keep, question.limits)

    async def _ask(self, exchange: _Exchange, question: HttpRequest) -> tuple[Head, Body, bytes]:
        connection = await self._take_idle(exchange)
        if connection is not None:
            try:
                return await self._once(exchange, connection, question)
            except Gone:
                await connection.close()
                exchange.is_sent = False
        scheme, host, port = question.origin
        tls = self._tls() if scheme == "https" else None
        seconds = _sooner(question.limits.connect, question.limits.total)
        connection = await connect(host, port, tls, question.name or host, seconds, self.now)
        connection.until, exchange.connection = exchange.until_head, connection
        return await self._once(exchange, connection, question)

    async def _once(
        self, exchange: _Exchange, connection: Connection, question: HttpRequest
    ) -> tuple[Head, Body, bytes]:
        """Send `question` and wait for the head. Raises `Gone` where it may be sent again."""
        if question.on_send is not None:
            question.on_send()
        exchange.is_sent = whole = await connection.send(question)
        try:
            return await self._receive(exchange, question, whole=whole)
        except Gone as problem:
            # RFC 9112, section 9.3.1: sent again by itself only if it cannot have been served, or is idempotent.
            if question.parts is not None or (whole and question.method != b"GET"):
                raise httpx.ReadError(_NO_ANSWER) from problem
            raise

    @staticmethod
    async def _receive(exchange: _Exchange, question: HttpRequest, *, whole: bool) -> tuple[Head, Body, bytes]:
        connection, limits = cast(Connection, exchange.connection), question.limits
        seconds = limits.read if limits.first is None else limits.first
        head, body, first = await connection.receive(question.method, seconds)
        connection.until = exchange.until
        return (head if whole else attrs.evolve(head, keep=False)), body, first

    async def _take_idle(self, exchange: _Exchange) -> Connection | None:
        """An idle connection that surely stands, the one used last: what is sent on it is not sent again."""
        now = self.now()
        if now - self._swept_at >= self._expiry:
            await self._sweep(now)
        stack = self._idle.get(exchange.origin)
        while stack:
            exchange.connection = connection = stack.pop()
            connection.until = exchange.until_head
            if connection.kept_at + self._expiry > now and connection.is_silent(sure=True):
                return connection
            await connection.close()
        return None

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            given = self._verify
            self._context = given if isinstance(given, ssl.SSLContext) else tls_context(given)
            self._context.set_alpn_protocols(["http/1.1"])
        return self._context

    async def take_back(self, exchange: _Exchange, keep: bool) -> None:
        """End an exchange: its slot is free at once, its connection is kept or closed."""
        self._busy.discard(exchange)
        self._slots.release()
        connection = exchange.connection
        if connection is None:
            return
        stack = self._idle.setdefault(exchange.origin, deque())
        if keep and not self._closed and len(stack) < self._max_idle:
            connection.kept_at = self.now()
            stack.append(connection)
        else:
            await connection.close()

    async def _sweep(self, now: float) -> None:
        """Close what has been idle too long, looking once in every expiry time."""
        self._swept_at = now
        for connection in list(self._expired_connections(now - self._expiry)):
            await connection.close()

    def _expired_connections(self, since: float) -> Iterator[Connection]:
        for stack in self._idle.values():
            while stack and stack[0].kept_at <= since:
                yield stack.popleft()

    async def aclose(self) -> None:
        """Close every connection, also those in use: their readers get a ReadError."""
        self._closed = True
        for exchange in list(self._busy):
            if exchange.connection is not None:
                await exchange.connection.close()
        for stack in self._idle.values():
            while stack:
                await stack.pop().close()


def _sooner(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def _later(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)


def tls_context(verify: bool) -> ssl.SSLContext:
    """What certificates are checked with, or nothing checked. Raises `Misconfigured`."""
    if not verify:
        return distrust()
    trusted = trust()
    if isinstance(trusted, Failure):
        raise Misconfigured(trusted.failure())
    return trusted.unwrap()


def origin_of(url: httpx.URL) -> Origin:
    """Where `url` leads. Raises httpx's UnsupportedProtocol."""
    if url.scheme not in _PORTS or not url.host:
        raise httpx.UnsupportedProtocol(f"the URL {url!s} does not begin with http:// or https:// and a host")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def question_of(request: httpx.Request) -> HttpRequest:
    """`request` as ours. Raises httpx's UnsupportedProtocol."""
    limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
    try:
        content, parts = request.content, None
    except httpx.RequestNotRead:
        content, parts = b"", cast(httpx.AsyncByteStream, request.stream)
    return HttpRequest(
        method=request.method.encode("ascii", "replace"),
        origin=origin_of(request.url),
        target=request.url.raw_path,
        headers=request.headers.raw,
        content=content,
        limits=Limits(*(limits.get(phase) for phase in ("connect", "read", "write", "pool"))),
        parts=parts,
        chunked="transfer-encoding" in request.headers,
        name=request.extensions.get("sni_hostname"),
    )
