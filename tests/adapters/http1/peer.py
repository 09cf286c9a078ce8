"""A server on loopback that answers as it is told, and remembers who connected and who left; and how to ask it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import cast

import anyio
import attrs
import httpx
from anyio.abc import ByteStream

from pointsman.adapters.http1.exchange import Transport
from pointsman.adapters.http1.pool import PoolTransport, question_of
from tests.accepting import accepting
from tests.patience import GUARD

Serve = Callable[[ByteStream, bytes], Awaitable[bool]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@attrs.define(eq=False)
class Peer:
    """What the server saw. `serve` answers one request, and says whether to wait for another on that connection."""

    serve: Serve
    port: int = 0
    connections: int = 0
    requests: list[bytes] = attrs.Factory(list)
    left: int = 0
    _changed: anyio.Event = attrs.Factory(anyio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds()`."""
        with anyio.fail_after(GUARD):
            while not holds():
                await self._changed.wait()

    def note(self) -> None:
        """Wake who waits in `until`."""
        self._changed.set()
        self._changed = anyio.Event()

    async def handle(self, stream: ByteStream) -> None:
        """One connection, until it or the script ends."""
        self.connections += 1
        self.note()
        try:
            async with stream:
                while request := await _request(stream):
                    self.requests.append(request)
                    self.note()
                    if not await self.serve(stream, request):
                        return
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        finally:
            self.left += 1
            self.note()


async def _request(stream: ByteStream) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < sum(lengths):
        body += await stream.receive()
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            body += await stream.receive()
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """A peer that serves until the scope ends."""
    peer = Peer(serve)
    async with accepting(peer.handle, tls=tls) as peer.port:
        yield peer


def always(*answers: bytes, keep: bool = True) -> Serve:
    """Every request gets `answers`, each in a packet of its own as far as the system allows."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        for answer in answers:
            await stream.send(answer)
        return keep

    return serve


async def half(stream: ByteStream, request: bytes) -> bool:
    """The beginning of an answer, then silence until the client leaves."""
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await stream.receive()
    return False


async def silence(stream: ByteStream, request: bytes) -> bool:
    """No answer until the client leaves."""
    await stream.receive()
    return False


FOREVER = {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}


@asynccontextmanager
async def pool(
    *,
    max_connections: int = 10,
    max_idle_per_origin: int = 10,
    verify: bool | ssl.SSLContext = True,
    now: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[PoolTransport]:
    """A pool that is closed with the scope; its clock stands still."""
    transport = PoolTransport(
        verify=verify, max_connections=max_connections, max_idle_per_origin=max_idle_per_origin, now=now
    )
    async with aclosing(transport):
        yield transport


def post(
    peer: Peer,
    *,
    scheme: str = "http",
    host: str = "127.0.0.1",
    method: str = "POST",
    limits: dict[str, float] | None = None,
) -> httpx.Request:
    """A request with a body in memory."""
    return httpx.Request(
        method,
        f"{scheme}://{host}:{peer.port}/v1/chat",
        content=b"{}",
        extensions={"timeout": FOREVER | (limits or {})},
    )


def parts(response: httpx.Response) -> httpx.AsyncByteStream:
    """The stream of a response."""
    return cast(httpx.AsyncByteStream, response.stream)


async def body(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> bytes:
    """The whole content of the answer."""
    stream = parts(await transport.handle_async_request(request))
    async with aclosing(stream):
        return b"".join([part async for part in stream])


async def asked(transport: Transport, request: httpx.Request) -> bytes:
    """The whole content of the answer, asked for as the driver asks."""
    async with aclosing(await transport.ask(question_of(request))) as answer:
        return b"".join([part async for part in answer])
