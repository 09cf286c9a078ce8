"""The pool on real loopback sockets: reuse, cancellation, limits, malformed answers."""

from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
from anyio.abc import ByteStream

from tests.adapters.http1.peer import OK, always, body, half, listening, parts, pool, post, silence


async def test_one_connection_serves_one_request_after_the_other() -> None:
    """And the request on it is what HTTP wants."""
    async with listening(always(OK)) as peer, pool() as transport:
        assert [await body(transport, post(peer)) for _ in range(5)] == [b"ok"] * 5
    assert peer.connections == 1
    assert peer.requests[4].startswith(b"POST /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:")
    assert peer.requests[4].endswith(b"\r\n\r\n{}")


async def test_as_many_connections_as_are_needed_at_once() -> None:
    """The second round finds those of the first."""
    open_now = 0

    async def together(stream: ByteStream, request: bytes) -> bool:
        nonlocal open_now
        open_now += 1
        peer.note()
        await peer.until(lambda: open_now % 8 == 0)
        await stream.send(OK)
        return True

    async with listening(together) as peer, pool() as transport:
        for _ in range(2):
            async with anyio.create_task_group() as group:
                for _ in range(8):
                    group.start_soon(body, transport, post(peer))
    assert (peer.connections, len(peer.requests)) == (8, 16)


@pytest.mark.parametrize(
    ("answer", "content", "reused"),
    [
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"2\r\nok\r\n0\r\n\r\n"), b"ok", True),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=1\r\no\r\n1\r\nk", b"\r\n0\r\nT: 1\r\n\r\n"),
            b"ok",
            True,
        ),
        ((b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", OK), b"ok", True),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",), b"ok", False),
        ((b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",), b"ok", False),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), b"", True),
        ((b"HTTP/1.1 200\ncontent-length: 2\n\nok",), b"ok", True),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more",), b"ok", False),
    ],
)
async def test_the_forms_of_an_answer(answer: tuple[bytes, ...], content: bytes, reused: bool) -> None:
    """Its content, and whether the connection may be used again."""
    async with listening(always(*answer)) as peer, pool() as transport:
        assert [await body(transport, post(peer)) for _ in range(2)] == [content] * 2
    assert peer.connections == (1 if reused else 2)


async def test_an_answer_that_ends_with_its_connection() -> None:
    """It has no length, so its end is the end."""
    async with listening(always(b"HTTP/1.1 200 OK\r\n\r\nall of it", keep=False)) as peer, pool() as transport:
        assert await body(transport, post(peer)) == b"all of it"


async def test_head_has_no_body_whatever_its_length_says() -> None:
    """The next answer is not mistaken for it."""
    async with listening(always(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n")) as peer, pool() as transport:
        assert [await body(transport, post(peer, method="HEAD")) for _ in range(2)] == [b"", b""]
    assert peer.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;" + b"x" * 5000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"t: 1\r\n" * 20000,
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
        b"HTTP/1.1 200 OK\r\nx: y",
        b"",
    ],
)
async def test_an_answer_that_is_not_http_is_a_protocol_error(answer: bytes) -> None:
    """Typed, bounded, and the slot is free after it."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        if answer:
            await stream.send(answer)
        await stream.send_eof()
        await stream.receive()
        return False

    async with listening(serve) as peer, pool(max_connections=1) as transport:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await body(transport, post(peer))
        await peer.until(lambda: peer.left == 2)


@pytest.mark.parametrize("body_", [b"2;" + b"x" * 5000, b"0\r\n" + b"t: 1\r\n" * 20000, b"0\r\n" + b"t" * 5000])
async def test_lines_between_chunks_are_bounded(body_: bytes) -> None:
    """The server goes on for ever; the client does not."""
    answer = always(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + body_)
    async with listening(answer) as peer, pool() as transport:
        with pytest.raises(httpx.RemoteProtocolError, match=r"too long|not a number"):
            await body(transport, post(peer, limits={"read": 2}))


@pytest.mark.parametrize("headers", [{"x": "a\r\nb: c"}, {"x": "a\nb"}, {"x y": "a"}, {"x": "a\0"}])
async def test_a_header_cannot_break_out_of_its_line(headers: dict[str, str]) -> None:
    """The request is refused here, not sent."""
    async with listening(always(OK)) as peer, pool(max_connections=1) as transport:
        request = httpx.Request("GET", f"http://127.0.0.1:{peer.port}/", headers=headers)
        with pytest.raises(httpx.LocalProtocolError):
            await body(transport, request)
        assert await body(transport, post(peer)) == b"ok"
    assert len(peer.requests) == 1


async def test_a_body_that_comes_in_parts_is_sent_in_chunks() -> None:
    """As httpx builds such a request."""

    async def content() -> AsyncIterator[bytes]:
        for part in (b"a", b"", b"bc"):
            yield part

    async with listening(always(OK)) as peer, pool() as transport:
        request = httpx.Request("POST", f"http://127.0.0.1:{peer.port}/", content=content())
        assert await body(transport, request) == b"ok"
    assert peer.requests[0].endswith(b"\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")


async def test_cancelled_while_waiting_for_the_head() -> None:
    """The upstream sees it, and the slot is free."""
    async with listening(silence) as peer, pool(max_connections=1) as transport:
        for round_ in range(1, 3):
            async with anyio.create_task_group() as group:
                group.start_soon(body, transport, post(peer))
                await peer.until(lambda: len(peer.requests) == round_)  # noqa: B023  # used within the round
                group.cancel_scope.cancel()
            await peer.until(lambda: peer.left == round_)  # noqa: B023


async def test_cancelled_in_the_middle_of_the_body() -> None:
    """The connection is closed before the scope is left, without a call of aclose."""
    async with listening(half) as peer, pool(max_connections=1) as transport:
        for round_ in range(1, 3):
            response = await transport.handle_async_request(post(peer))
            stream = parts(response)
            assert await anext(aiter(stream)) == b"half"
            with anyio.CancelScope() as scope:
                scope.cancel()
                await anext(aiter(stream))
            assert scope.cancelled_caught
            await peer.until(lambda: peer.left == round_)  # noqa: B023


async def test_left_half_read() -> None:
    """`aclose` closes the connection, as often as it is called, and frees one slot."""
    async with listening(half) as peer, pool(max_connections=1) as transport:
        stream = parts(await transport.handle_async_request(post(peer)))
        assert await anext(aiter(stream)) == b"half"
        for _ in range(3):
            await stream.aclose()
        await peer.until(lambda: peer.left == 1)
        held = await transport.handle_async_request(post(peer))
        with pytest.raises(httpx.PoolTimeout):
            await transport.handle_async_request(post(peer, limits={"pool": 0}))
        await parts(held).aclose()


async def test_cancelled_while_waiting_for_a_slot() -> None:
    """Those who waited leave nothing behind; the one who still waits is served."""
    async with listening(half) as peer, pool(max_connections=1) as transport:
        held = await transport.handle_async_request(post(peer))
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(transport.handle_async_request, post(peer))
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        served: list[httpx.Response] = []

        async def wait() -> None:
            served.append(await transport.handle_async_request(post(peer)))

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await parts(held).aclose()
        assert len(served) == 1
        with pytest.raises(httpx.PoolTimeout):
            await transport.handle_async_request(post(peer, limits={"pool": 0}))
        await parts(served[0]).aclose()


async def test_cancelled_while_connecting() -> None:
    """A TLS handshake that never ends: the upstream sees the end, the slot is free."""
    async with listening(silence) as peer, pool(max_connections=1, verify=False) as transport:
        for round_ in range(1, 3):
            async with anyio.create_task_group() as group:
                group.start_soon(body, transport, post(peer, scheme="https"))
                await peer.until(lambda: peer.connections == round_)  # noqa: B023
                group.cancel_scope.cancel()
            await peer.until(lambda: peer.left == round_)  # noqa: B023


@pytest.mark.parametrize(
    ("limit", "expected"), [("read", httpx.ReadTimeout), ("connect", httpx.ConnectTimeout), ("pool", httpx.PoolTimeout)]
)
async def test_each_phase_has_its_own_timeout(limit: str, expected: type[Exception]) -> None:
    """A limit of nothing is reached at once; the others are not."""
    async with listening(silence) as peer, pool(max_connections=1) as transport, anyio.create_task_group() as group:
        if limit == "pool":
            group.start_soon(body, transport, post(peer))
            await peer.until(lambda: len(peer.requests) == 1)
        with pytest.raises(expected):
            await transport.handle_async_request(post(peer, limits={limit: 0}))
        group.cancel_scope.cancel()


async def test_the_read_timeout_holds_in_the_body_too() -> None:
    """A stream that falls silent is closed."""
    async with listening(half) as peer, pool() as transport:
        stream = parts(await transport.handle_async_request(post(peer, limits={"read": 0.05})))
        with pytest.raises(httpx.ReadTimeout):
            _ = [part async for part in stream]
        await peer.until(lambda: peer.left == 1)


async def test_nobody_listens() -> None:
    """A ConnectError, ten times with one slot."""
    async with listening(always(OK)) as peer:
        pass
    async with pool(max_connections=1) as transport:
        for _ in range(10):
            with pytest.raises(httpx.ConnectError):
                await body(transport, post(peer))


@pytest.mark.parametrize("url", ["ftp://localhost/", "/path"])
async def test_only_http_is_spoken(url: str) -> None:
    """Anything else is an UnsupportedProtocol."""
    async with pool() as transport:
        with pytest.raises(httpx.UnsupportedProtocol):
            await body(transport, httpx.Request("GET", url))
