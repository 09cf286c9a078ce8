"""Connections: an O(1) pool under httpx, and httpx's own transport where ours does not serve.

httpx's own pool scans every connection for every request, which collapses under concurrency; this one keeps a stack of
idle connections for each origin. It knows httpcore's connections, and nothing of models.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import cast

import anyio
import httpcore
import httpx

_Origin = tuple[bytes, bytes, int]

_EXCEPTIONS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.NetworkError, httpx.NetworkError),
    (httpcore.ProxyError, httpx.ProxyError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.ProtocolError, httpx.ProtocolError),
)
_CAUGHT = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProxyError, httpcore.ProtocolError)
_CAUGHT_ALL = (*_CAUGHT, httpcore.UnsupportedProtocol, ssl.SSLError)


def _translated(problem: Exception) -> httpx.TransportError:
    for theirs, ours in _EXCEPTIONS:
        if isinstance(problem, theirs):
            return ours(str(problem))
    return httpx.ConnectError(str(problem))


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except _CAUGHT_ALL as problem:
        raise _translated(problem) from problem


class _Body(httpx.AsyncByteStream):
    """The body of one response; closing it gives the connection back, or closes it if it was not read to its end."""

    __slots__ = ("_connection", "_open", "_origin", "_parts", "_pool", "_stream")

    def __init__(
        self, pool: PoolTransport, origin: _Origin, connection: httpcore.AsyncHTTPConnection, stream: object
    ) -> None:
        self._pool = pool
        self._origin = origin
        self._connection = connection
        self._stream = cast(httpx.AsyncByteStream, stream)
        self._parts: AsyncIterator[bytes] | None = None
        self._open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._parts is None:
            self._parts = self._stream.__aiter__()
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self._parts.__anext__()  # type: ignore[union-attr]  # `__aiter__` has been called
        except _CAUGHT_ALL as problem:
            raise _translated(problem) from problem

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            with anyio.CancelScope(shield=True):
                try:
                    await self._stream.aclose()
                    await self._exhaust()
                finally:
                    await self._pool.release(self._origin, self._connection)

    async def _exhaust(self) -> None:
        """Run httpcore's generators to their end, which is near now: trio complains of generators left half-way."""
        try:
            while self._parts is not None:
                await self._parts.__anext__()
        except (StopAsyncIteration, *_CAUGHT_ALL, RuntimeError, anyio.ClosedResourceError):
            self._parts = None


class PoolTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over a stack of idle connections for each origin, on asyncio and trio.

    `max_connections` bounds all open exchanges, `max_idle` the idle connections of one origin; a connection idle for
    `keepalive_expiry` seconds is not used again. TLS is set up when the first https origin is asked for.
    """

    def __init__(
        self,
        *,
        verify: bool | ssl.SSLContext = True,
        max_connections: int = 2000,
        max_idle: int = 2000,
        keepalive_expiry: float = 30.0,
    ) -> None:
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        self._free = max_connections
        self._waiting: deque[anyio.Event] = deque()
        self._idle: dict[_Origin, deque[httpcore.AsyncHTTPConnection]] = {}
        self._max_idle = max_idle
        self._expiry = keepalive_expiry

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx's exceptions."""
        url = request.url
        raw = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        if raw.scheme not in (b"http", b"https"):
            raise httpx.UnsupportedProtocol(f"the scheme {url.scheme!r} is not http or https")
        origin = raw.origin
        key = (origin.scheme, origin.host, origin.port)
        sent = httpcore.Request(
            method=request.method,
            url=raw,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        await self._acquire(request.extensions.get("timeout", {}).get("pool"))
        try:
            with _translating():
                connection, response = await self._exchange(key, origin, sent)
        except BaseException:
            self._release_slot()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(self, key, connection, response.stream),
            extensions=response.extensions,
        )

    async def _exchange(
        self, key: _Origin, origin: httpcore.Origin, request: httpcore.Request
    ) -> tuple[httpcore.AsyncHTTPConnection, httpcore.Response]:
        while True:
            connection, used = await self._take(key, origin)
            try:
                return connection, await connection.handle_async_request(request)
            except httpcore.ConnectionNotAvailable:
                continue
            except (httpcore.WriteError, httpcore.ReadError, httpcore.RemoteProtocolError) as problem:
                await self._discard(connection)
                if not used or not _before_any_answer(problem):
                    raise
            except BaseException:
                await self._discard(connection)
                raise

    async def _take(self, key: _Origin, origin: httpcore.Origin) -> tuple[httpcore.AsyncHTTPConnection, bool]:
        stack = self._idle.get(key)
        while stack:
            connection = stack.pop()
            if connection.is_available() and not connection.has_expired():
                return connection, True
            await self._discard(connection)
        made = httpcore.AsyncHTTPConnection(
            origin=origin,
            ssl_context=self._tls() if origin.scheme == b"https" else None,
            keepalive_expiry=self._expiry,
        )
        return made, False

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = (
                self._verify if isinstance(self._verify, ssl.SSLContext) else httpx.create_ssl_context(self._verify)
            )
        return self._context

    async def release(self, key: _Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        """Take a connection back after its exchange."""
        self._release_slot()
        stack = self._idle.setdefault(key, deque())
        if connection.is_idle() and not connection.is_closed() and len(stack) < self._max_idle:
            stack.append(connection)
        else:
            await self._discard(connection)

    async def _discard(self, connection: httpcore.AsyncHTTPConnection) -> None:
        with anyio.CancelScope(shield=True):
            try:
                await connection.aclose()
            except (*_CAUGHT, OSError):
                return

    async def _acquire(self, seconds: float | None) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn = anyio.Event()
        self._waiting.append(turn)
        try:
            with anyio.fail_after(seconds):
                await turn.wait()
        except BaseException as problem:
            if turn.is_set():
                self._release_slot()
            else:
                self._waiting.remove(turn)
            if isinstance(problem, TimeoutError):
                raise httpx.PoolTimeout("no free connection") from None
            raise

    def _release_slot(self) -> None:
        """Hand the slot to the one who has waited longest, or free it."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1

    async def aclose(self) -> None:
        """Close every idle connection."""
        for stack in self._idle.values():
            while stack:
                await self._discard(stack.pop())


def _before_any_answer(problem: Exception) -> bool:
    """Whether a kept connection had gone before the server can have answered, so that asking again is safe."""
    return isinstance(problem, (httpcore.WriteError, httpcore.ReadError)) or "without sending" in str(problem)
