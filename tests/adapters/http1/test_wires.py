"""What the wires under a connection owe, on each event loop: bounds, limits, and an end that is seen."""

from __future__ import annotations

import socket

import anyio
import anyio.lowlevel
import httpx
import pytest
from anyio.abc import ByteStream, SocketAttribute

from pointsman.adapters.http1.connection import connect
from pointsman.adapters.http1.exchange import HttpRequest, Limits, TotalTimeout, Transport
from pointsman.adapters.http1.httpx_transport import HttpxTransport
from pointsman.adapters.http1.pool import PoolTransport
from tests.adapters.http1.peer import OK, Peer, Serve, always, half, listening, pool, silence
from tests.patience import GUARD, pass_on, with_patience

MUCH = 8 * 2**20


def question(peer: Peer, content: bytes = b"{}", **limits: float) -> HttpRequest:
    headers = [(b"host", b"127.0.0.1"), (b"content-length", b"%d" % len(content))]
    return HttpRequest(
        method=b"POST",
        origin=("http", "127.0.0.1", peer.port),
        target=b"/v1/chat",
        headers=headers,
        content=content,
        limits=Limits(**limits),
    )


async def whole(transport: Transport, asked: HttpRequest) -> bytes:
    return b"".join([part async for part in await transport.ask(asked)])


async def test_a_body_larger_than_all_buffers_arrives_whole() -> None:
    content = bytes(range(256)) * (MUCH // 256)
    async with listening(always(OK)) as peer, pool() as transport:
        answer = await transport.ask(question(peer, content))
        assert [part async for part in answer] == [b"ok"]
    assert peer.requests[0].endswith(b"\r\n\r\n" + content)


async def test_a_peer_that_does_not_read_is_not_waited_for_beyond_the_limit() -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(SocketAttribute.local_port)
        connection = await connect("127.0.0.1", port, None, "127.0.0.1", 5, lambda: 0.0)
        with pytest.raises(httpx.WriteTimeout):
            await connection.send(question(Peer(silence, port), bytes(64 * 2**20), write=0.2))
        await connection.close()


async def test_a_peer_that_sends_without_an_end_has_to_wait() -> None:
    """What nobody reads is not held in memory: the peer gets no further than the buffers."""
    sent = 0

    async def flood(stream: ByteStream, request: bytes) -> bool:
        nonlocal sent
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (64 * MUCH))
        while True:
            await stream.send(bytes(2**16))
            sent += 2**16
            peer.note()

    async with listening(flood) as peer, pool() as transport:
        answer = await transport.ask(question(peer))
        await peer.until(lambda: sent > 0)
        before = -1
        while before != sent:
            before = sent
            await pass_on()
        assert 0 < sent < 4 * MUCH
        read = 0
        async for part in answer:
            read += len(part)
            if read > sent + MUCH:
                break
        await answer.aclose()


@pytest.mark.parametrize("serve", [silence, half], ids=["before the head", "within the body"])
async def test_an_exchange_has_so_much_time_in_all(serve: Serve) -> None:
    """Before the head of the answer, and within its body."""

    async def connections(seconds: float) -> int:
        async with listening(serve) as peer, pool(now=anyio.current_time) as transport:
            with pytest.raises(TotalTimeout) as raised:
                await whole(transport, question(peer, total=seconds, read=GUARD))
            assert raised.value.seconds == seconds
            await peer.until(lambda: peer.left == peer.connections)
            return peer.connections

    assert await with_patience(connections, lambda number: number == 1) == 1


async def test_what_has_come_already_is_not_read_after_the_time() -> None:
    """Who always has something to read would never be late."""
    now, asked, sent = 0.0, anyio.Event(), anyio.Event()

    async def in_two_parts(stream: ByteStream, request: bytes) -> bool:
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nfirst")
        await asked.wait()
        await stream.send(b"second")
        sent.set()
        return True

    async with listening(in_two_parts) as peer, pool(now=lambda: now) as transport:
        answer = await transport.ask(question(peer, total=10))
        assert await anext(answer) == b"first"
        asked.set()
        await sent.wait()
        for _ in range(10):
            await anyio.lowlevel.checkpoint()
        now = 11.0
        with pytest.raises(TotalTimeout):
            await anext(answer)


async def test_a_phase_that_is_over_sooner_keeps_its_own_name() -> None:
    async with listening(silence) as peer, pool(now=anyio.current_time) as transport:
        with pytest.raises(httpx.ReadTimeout):
            await transport.ask(question(peer, total=30, read=0.05))


async def test_time_spent_waiting_for_a_place_counts() -> None:
    async with (
        listening(silence) as peer,
        pool(max_connections=1, now=anyio.current_time) as transport,
        anyio.create_task_group() as group,
    ):
        group.start_soon(transport.ask, question(peer))
        await peer.until(lambda: len(peer.requests) == 1)
        with pytest.raises(TotalTimeout):
            await transport.ask(question(peer, total=0.1, pool=30))
        group.cancel_scope.cancel()


@pytest.mark.parametrize("serve", [silence, half], ids=["before the head", "within the body"])
async def test_httpx_is_held_to_the_same_time(serve: Serve) -> None:
    transport = HttpxTransport(httpx.AsyncHTTPTransport)
    async with listening(serve) as peer:
        with pytest.raises(TotalTimeout):
            await whole(transport, question(peer, total=0.2))
        await transport.aclose()


async def test_a_reset_connection_is_an_error_that_says_so() -> None:
    """Not the end of the body, whatever has come of it."""

    async def reset(stream: ByteStream, request: bytes) -> bool:
        await stream.send(b"HTTP/1.1 200 OK\r\n\r\nthe beginning")
        raw = stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        return False

    async with listening(reset) as peer, pool() as transport:
        answer = await transport.ask(question(peer))
        with pytest.raises(httpx.ReadError):
            _ = [part async for part in answer]


async def test_a_closed_pool_takes_no_question() -> None:
    transport = PoolTransport()
    await transport.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await transport.ask(question(Peer(silence, 1)))
