"""Connections that bring nothing whole, and more connections than there is room for: both on real sockets."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from types import SimpleNamespace
from typing import Any, ClassVar

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pointsman.adapters.web import uvicorn_server
from pointsman.adapters.web.acceptor import Acceptor
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.half_requests import CountingH11, HalfRequests, counting_protocol
from pointsman.adapters.web.uvicorn_server import server_running
from tests.patience import GUARD, until

HEAD = b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 4\r\n"
HALVES = {
    "nothing": b"",
    "half a head": HEAD,
    "half a body": HEAD + b"\r\nab",
    "no body": HEAD + b"\r\n",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # uvicorn knows no other


@asynccontextmanager
async def served(half_requests: HalfRequests) -> AsyncIterator[int]:
    """The port of a server that gives back what it is sent."""

    async def echo(request: Request) -> Response:
        try:
            return PlainTextResponse(await request.body())
        except ClientDisconnect:
            return PlainTextResponse("")

    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    listener.setblocking(False)
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    async with server_running(app, (listener,), Ending(), half_requests=half_requests):
        yield listener.getsockname()[1]


async def read_to_end(stream: anyio.abc.SocketStream) -> bytes:
    found = b""
    with anyio.fail_after(GUARD):
        while True:
            try:
                found += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return found


@pytest.mark.parametrize("protocol", [CountingH11, counting_protocol()])
async def test_what_does_not_become_whole_is_answered_and_closed(
    monkeypatch: pytest.MonkeyPatch, protocol: type[asyncio.Protocol]
) -> None:
    monkeypatch.setattr(uvicorn_server, "counting_protocol", lambda: protocol)
    monkeypatch.setattr(uvicorn_server, "_TICKS", 1)
    async with served(HalfRequests(head=0.05, body=0.05)) as port:
        for name, sent in HALVES.items():
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                await stream.send(sent)
                answer = await read_to_end(stream)
            assert answer.count(b"HTTP/1.1 408 Request Timeout") == 1, name
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(HEAD + b"\r\nabcd")
            assert b"abcd" in await stream.receive()
            await stream.send(HEAD)
            assert b"408 Request Timeout" in await read_to_end(stream)


class Sending:
    """A connection on which a body comes."""

    def __init__(self) -> None:
        self.cycle = SimpleNamespace(more_body=True, response_started=False, response_complete=False)
        self.flow = SimpleNamespace(read_paused=False)
        self.transport = SimpleNamespace(write=self.written.append, close=lambda: self.written.append(b"closed"))
        self.timeout_keep_alive_task = None
        self.received = 0

    written: ClassVar[list[bytes]] = []


async def test_a_body_that_goes_on_coming_has_more_time() -> None:
    half_requests, sending = HalfRequests(body=20.0, rate=100.0), Sending()
    sending.written.clear()
    for now, received in ((0.0, 0), (19.0, 500), (24.0, 1000), (29.0, 1000)):
        sending.received = received
        half_requests.look([sending], now)
        assert sending.written == [], now
    sending.flow.read_paused = True  # it is not read on: that is no fault of who sends it
    half_requests.look([sending], 500.0)
    sending.flow.read_paused = False
    half_requests.look([sending], 501.0)
    assert sending.written == []
    half_requests.look([sending], 522.0)
    assert [one[:12] for one in sending.written] == [b"HTTP/1.1 408", b"closed"]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
async def test_a_system_without_descriptors_is_asked_again_later_and_told_of_once(
    caplog: pytest.LogCaptureFixture, number: int
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        class Exhausted:
            asked = 0

            def fileno(self) -> int:
                return listener.fileno()

            def accept(self) -> Any:
                self.asked += 1
                raise OSError(number, "Too many open files")

            def close(self) -> None:
                pass

        exhausted: Any = Exhausted()
        acceptor = Acceptor(exhausted, asyncio.Protocol, lambda: 0, 10)
        acceptor.open()
        with caplog.at_level(logging.WARNING), closing(socket.create_connection(listener.getsockname())):
            await until(lambda: exhausted.asked >= 3)  # each time after a pause
        acceptor.close()
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("New connections wait: Too many open files; raise the limit")


async def test_more_connections_than_there_is_room_for_wait_and_none_is_refused() -> None:
    open_ones: set[asyncio.Protocol] = set()
    most_open = 0

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal most_open
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport
            at_once.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            open_ones.add(self)
            most_open = max(most_open, len(open_ones))

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)
            self.transport.close()

        def connection_lost(self, problem: Exception | None) -> None:
            open_ones.discard(self)

    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    listener.setblocking(False)
    at_once: list[int] = []
    acceptor = Acceptor(listener, Echo, lambda: len(open_ones), 3)
    acceptor.open()
    answers: list[bytes] = []

    async def ask(number: int) -> None:
        async with await anyio.connect_tcp("127.0.0.1", listener.getsockname()[1]) as stream:
            await stream.send(b"%d" % number)
            answers.append(await read_to_end(stream))

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(ask, number)
    acceptor.close()
    assert sorted(answers) == [b"%d" % number for number in range(10)]
    assert most_open <= 3
    assert len(at_once) == 10
    assert all(at_once), "the body of an answer would wait until its head is acknowledged"


async def test_a_connection_whose_task_is_cancelled_before_it_begins_is_closed() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    acceptor = Acceptor(listener, asyncio.Protocol, lambda: 0, 10)
    with socket.create_connection(listener.getsockname()) as client:
        client.settimeout(GUARD)
        acceptor.close()  # takes who waits
        for task in tuple(acceptor._tasks):
            task.cancel()
        assert await anyio.to_thread.run_sync(client.recv, 1) == b""
