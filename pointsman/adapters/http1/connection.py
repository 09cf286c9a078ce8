"""One connection to one origin, and one exchange on it at a time: HTTP/1.1 over a wire, with or without TLS.

It knows wires and httpx's exceptions; it does not know the pool, nor what is asked for.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import anyio
import httpx
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSStream

from pointsman.adapters.http1.body import Body, body_of
from pointsman.adapters.http1.dial import dial
from pointsman.adapters.http1.exchange import HttpRequest
from pointsman.adapters.http1.head import MAX_HEAD, Head, Malformed, head_end, read_head, write_head
from pointsman.adapters.http1.loop_wire import on_asyncio
from pointsman.adapters.http1.wire import AnyioWire, Wire

_MOST_INTERIM = 32
"""Answers of status 1xx before the final one: a client has to take several (RFC 9110, section 15.2), not any number."""
_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class Gone(Exception):
    """A kept connection had ended before any byte of an answer came.

    Servers may close an idle connection at any time; the pool decides whether the request is sent again.
    """


class _Cut(Exception):
    """The connection broke while a request was being sent."""


async def connect(
    host: str, port: int, tls: ssl.SSLContext | None, name: str, seconds: float | None, now: Callable[[], float]
) -> Connection:
    """A new connection; `name` is what the certificate must be for. Raises httpx's ConnectError and ConnectTimeout."""
    stream: ByteStream | None = None
    try:
        with anyio.fail_after(seconds):
            if tls is None and on_asyncio():
                return Connection(await dial(host, port), now)
            stream = tcp = await anyio.connect_tcp(host, port)
            tcp.extra(SocketAttribute.raw_socket).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                stream = await TLSStream.wrap(tcp, hostname=name, ssl_context=tls, standard_compatible=False)
        return Connection(AnyioWire(stream), now)
    except BaseException as problem:
        if stream is not None:
            await _shut(stream)
        if isinstance(problem, TimeoutError):
            raise httpx.ConnectTimeout(f"no connection within {seconds} s") from problem
        if isinstance(problem, (*_BROKEN, anyio.EndOfStream)):
            raise httpx.ConnectError(str(problem) or "the connection was not made") from problem
        raise


async def _shut(stream: ByteStream | Wire) -> None:
    """Close at once, cancelled or not; this never waits for the other side."""
    with anyio.CancelScope(shield=True):
        try:
            await (stream.aclose() if isinstance(stream, ByteStream) else stream.close())
        except _BROKEN:
            return


class Connection:
    """A wire in use. `used` says whether an exchange was made on it, `kept_at` when the last one ended.

    Nothing is waited for beyond `until`, which is a time of the clock `now`.
    """

    __slots__ = ("_begun", "_now", "_wire", "kept_at", "until", "used")

    def __init__(self, wire: Wire, now: Callable[[], float]) -> None:
        self._wire = wire
        self._now = now
        self._begun: bytearray | None = None
        self.until: float | None = None
        self.used: bool = False
        self.kept_at: float = 0.0

    def is_silent(self, *, sure: bool) -> bool:
        """Whether nothing waits to be read; an idle connection that speaks has ended. See `Wire`."""
        return self._wire.is_silent(sure=sure)

    async def close(self) -> None:
        """Close at once, whatever is under way."""
        await _shut(self._wire)

    async def send(self, question: HttpRequest) -> bool:
        """Send a request. Raises httpx's WriteTimeout and LocalProtocolError, and what its parts raise.

        Tells whether all was sent: a connection that breaks here may still hold an answer (413 and the like).
        """
        try:
            head = write_head(question.method, question.target, question.headers)
        except Malformed as problem:
            raise httpx.LocalProtocolError(str(problem)) from problem
        seconds = question.limits.write
        try:
            await self._write(head + question.content, seconds)
            if question.parts is not None:
                async for part in question.parts:
                    if part:
                        await self._write(b"%x\r\n%b\r\n" % (len(part), part) if question.chunked else part, seconds)
                if question.chunked:
                    await self._write(b"0\r\n\r\n", seconds)
        except _Cut:
            return False
        return True

    async def _write(self, data: bytes, seconds: float | None) -> None:
        try:
            await self._wire.send(data, self._time_left(seconds))
        except TimeoutError as problem:  # before the others: it is an OSError too
            raise httpx.WriteTimeout(f"the request could not be sent within {seconds} s") from problem
        except _BROKEN as problem:
            raise _Cut from problem

    async def read(self, seconds: float | None) -> bytes:
        """What comes next, empty at the end. Raises httpx's ReadTimeout and ReadError."""
        try:
            return await self._wire.receive(self._time_left(seconds))
        except anyio.EndOfStream:
            return b""
        except TimeoutError as problem:
            raise httpx.ReadTimeout(f"nothing came within {seconds} s") from problem
        except _BROKEN as problem:
            raise httpx.ReadError(str(problem) or "the connection broke") from problem

    def _time_left(self, seconds: float | None) -> float | None:
        if self.until is None:
            return seconds
        left = self.until - self._now()
        if left <= 0:  # checked even if data is ready, or a server that keeps sending would never time out
            raise TimeoutError
        return left if seconds is None else min(left, seconds)

    async def receive(self, method: bytes, seconds: float | None) -> tuple[Head, Body, bytes]:
        """The head of the answer, its body, and the content that came with the head.

        May be called again where it was cancelled. Raises httpx's ReadTimeout, ReadError and RemoteProtocolError, and
        `Gone` if a kept connection ended silently.
        """
        data = await self._first(seconds) if self._begun is None else bytes(self._begun)
        try:
            for _ in range(_MOST_INTERIM):
                head, data = await self._head(data, method, seconds)
                if head.status == 101:
                    raise Malformed("the server switched the protocol, which was not asked for")
                if head.status >= 200:
                    self.used, self._begun = True, None
                    return self._open_body(head, data)
                self._begun = bytearray(data)
            raise Malformed("the server sent one interim answer after the other")
        except Malformed as problem:
            raise httpx.RemoteProtocolError(str(problem)) from problem

    async def _head(self, data: bytes, method: bytes, seconds: float | None) -> tuple[Head, bytes]:
        """The next head, and what came after it."""
        end = head_end(data, 0)
        if end < 0:
            data, end = await self._rest_of_head(data, seconds)
        if end < 0 or end > MAX_HEAD:
            raise Malformed(f"the head of the answer is larger than {MAX_HEAD} bytes")
        return read_head(data[:end], method), data[end:]

    async def _rest_of_head(self, data: bytes, seconds: float | None) -> tuple[bytes, int]:
        """`data` and what comes after it, to the end of the head and beyond; -1 where that does not come."""
        self._begun = held = bytearray(data)
        end = -1
        while end < 0 and len(held) <= MAX_HEAD:
            known = len(held)
            held += await self._more(seconds)
            end = head_end(held, known)
        return bytes(held), end

    async def _first(self, seconds: float | None) -> bytes:
        try:
            data = await self.read(seconds)
        except httpx.ReadError as problem:
            if self.used:
                raise Gone from problem
            raise
        if not data:
            if self.used:
                raise Gone
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return data

    async def _more(self, seconds: float | None) -> bytes:
        if data := await self.read(seconds):
            return data
        raise Malformed("the connection ended in the head of the answer")

    @staticmethod
    def _open_body(head: Head, rest: bytes) -> tuple[Head, Body, bytes]:
        body = body_of(head)
        if not rest:
            return head, body, b""
        if body.done:
            body.clean = False
            return head, body, b""
        return head, body, body.feed(rest)
