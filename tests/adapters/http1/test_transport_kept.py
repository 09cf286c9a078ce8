"""Kept connections: dead ones are replaced, old ones are closed, only what is safe is sent again; and TLS."""

import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import attrs
import httpx
import pytest
import trustme
from anyio.abc import ByteStream

from pointsman.adapters.http1.exchange import AwaitedResponse, Misconfigured
from pointsman.adapters.http1.pool import question_of
from tests.adapters.http1.peer import OK, always, body, half, listening, parts, pool, post, silence


async def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    """The server hangs up after each answer without saying so; it is seen before anything is sent."""
    async with listening(always(OK, keep=False)) as peer, pool() as transport:
        for round_ in range(1, 4):
            request = httpx.Request("POST", f"http://127.0.0.1:{peer.port}/", content=_parts_of_a_body())
            assert await body(transport, request) == b"ok"
            await peer.until(lambda: peer.left == round_)  # noqa: B023
    assert len(peer.requests) == 3


async def _parts_of_a_body() -> AsyncIterator[bytes]:
    """A body that cannot be sent a second time."""
    yield b"once"


async def _hang_up_on_the_second(stream: ByteStream, request: bytes) -> bool:
    """An answer to the first request on a connection; the second is read, and the connection ended."""
    await stream.send(OK)
    await stream.receive()
    return False


async def test_a_question_that_met_the_end_of_a_kept_connection_is_sent_again_once() -> None:
    """On a fresh connection; a GET asks for nothing to be done."""
    async with listening(_hang_up_on_the_second) as peer, pool() as transport:
        assert [await body(transport, post(peer, method="GET")) for _ in range(2)] == [b"ok"] * 2
        assert (peer.connections, peer.requests[0]) == (2, peer.requests[1])


async def test_the_second_attempt_never_meets_another_kept_connection() -> None:
    """With two that are about to end, the third connection is new."""
    async with listening(_hang_up_on_the_second) as peer, pool() as transport:
        first = await transport.handle_async_request(post(peer, method="GET"))
        assert await body(transport, post(peer, method="GET")) == b"ok"
        assert [part async for part in parts(first)] == [b"ok"]
        assert await body(transport, post(peer, method="GET")) == b"ok"
        assert peer.connections == 3


async def test_work_that_was_asked_for_on_a_kept_connection_is_not_asked_for_again() -> None:
    """The server has read it, and may have done it: whether to pay twice is not for a transport to say."""
    async with listening(_hang_up_on_the_second) as peer, pool() as transport:
        assert await body(transport, post(peer)) == b"ok"
        with pytest.raises(httpx.ReadError, match="ended before an answer"):
            await body(transport, post(peer))
        assert peer.connections == 1


async def test_a_fresh_connection_that_ends_is_an_error() -> None:
    """Nothing is sent twice then."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        return False

    async with listening(serve) as peer, pool() as transport:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await body(transport, post(peer))
        assert len(peer.requests) == 1


async def test_a_kept_connection_that_ends_within_an_answer_is_an_error() -> None:
    """A byte of the answer came, so the request was heard."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        await stream.send(OK)
        await stream.receive()
        await stream.send(b"HTTP/1.1 ")
        return False

    async with listening(serve) as peer, pool() as transport:
        assert await body(transport, post(peer)) == b"ok"
        with pytest.raises(httpx.RemoteProtocolError):
            await body(transport, post(peer))
        assert peer.connections == 1


async def test_a_body_that_cannot_be_read_twice_is_not_sent_twice() -> None:
    """The caller must decide."""

    async with listening(_hang_up_on_the_second) as peer, pool() as transport:
        assert await body(transport, post(peer)) == b"ok"
        request = httpx.Request("POST", f"http://127.0.0.1:{peer.port}/", content=_parts_of_a_body())
        with pytest.raises(httpx.ReadError):
            await body(transport, request)
        assert peer.connections == 1


async def test_a_connection_idle_too_long_is_closed_at_the_next_request() -> None:
    """Also if that goes elsewhere."""
    now = 0.0
    async with listening(always(OK)) as old, listening(always(OK)) as new, pool(now=lambda: now) as transport:
        assert await body(transport, post(old)) == b"ok"
        now = 29
        assert await body(transport, post(old)) == b"ok"
        assert old.connections == 1
        now = 60
        assert await body(transport, post(new)) == b"ok"
        await old.until(lambda: old.left == 1)
        assert await body(transport, post(old)) == b"ok"
        assert (old.connections, new.left) == (2, 0)


async def test_no_more_idle_connections_than_asked_for() -> None:
    """The others are closed when they come back."""
    async with listening(always(OK)) as peer, pool(max_idle_per_origin=1) as transport:
        answers = [await transport.handle_async_request(post(peer)) for _ in range(3)]
        for answer in answers:
            assert [part async for part in parts(answer)] == [b"ok"]
        await peer.until(lambda: peer.left == 2)
        assert peer.connections == 3


async def test_closing_the_pool_closes_all_connections() -> None:
    """Idle or in use; a reader learns of it, and no new request is taken."""
    async with listening(half) as busy, listening(always(OK)) as idle:
        async with pool() as transport:
            assert await body(transport, post(idle)) == b"ok"
            stream = parts(await transport.handle_async_request(post(busy)))
            assert await anext(aiter(stream)) == b"half"
        await busy.until(lambda: busy.left == 1)
        await idle.until(lambda: idle.left == 1)
        with pytest.raises(httpx.ReadError):
            await anext(aiter(stream))
        with pytest.raises(RuntimeError, match="closed"):
            await body(transport, post(idle))


def _tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's and the client's side of an authority of our own."""
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_tls_with_a_trusted_certificate() -> None:
    """One handshake for several requests, and a body in chunks."""
    server, client = _tls()
    answer = always(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\n\r\n")
    async with listening(answer, server) as peer, pool(verify=client) as transport:
        assert [await body(transport, post(peer, scheme="https", host="localhost")) for _ in range(3)] == [b"ok"] * 3
        assert peer.connections == 1


async def test_tls_with_a_certificate_that_is_not_trusted() -> None:
    """A ConnectError that says so; with verify off it is taken."""
    server, _ = _tls()
    async with listening(always(OK), server) as peer:
        async with pool(max_connections=1) as transport:
            for _ in range(2):
                with pytest.raises(httpx.ConnectError, match="certificate"):
                    await body(transport, post(peer, scheme="https", host="localhost"))
        async with pool(verify=False) as transport:
            assert await body(transport, post(peer, scheme="https", host="localhost")) == b"ok"


async def test_tls_with_a_certificate_for_another_name() -> None:
    """The name in the URL counts."""
    server, client = _tls()
    async with listening(always(OK), server) as peer, pool(verify=client) as transport:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await body(transport, post(peer, scheme="https", host="127.0.0.1"))


async def test_no_tls_is_set_up_for_plain_http(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It costs tens of milliseconds, and a file: who asks for none is not troubled by one that is not there."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    async with listening(always(OK)) as plain, pool() as transport:
        assert await body(transport, post(plain)) == b"ok"
        with pytest.raises(Misconfigured, match=r"SSL_CERT_FILE: there is no file .*missing\.pem"):
            await body(transport, post(plain, scheme="https"))


async def test_tls_is_set_up_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file of authorities is read for the first connection, and no more."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    answer = always(OK, keep=False)
    async with listening(answer, server) as secure, pool() as transport:
        assert await body(transport, post(secure, scheme="https", host="localhost")) == b"ok"
        await secure.until(lambda: secure.left == 1)
        bundle.unlink()
        assert await body(transport, post(secure, scheme="https", host="localhost")) == b"ok"
        assert secure.connections == 2


@pytest.mark.parametrize("cancel", [True, False])
async def test_a_thousand_requests_on_ten_slots(cancel: bool) -> None:
    """Each is served, on ten connections at most; done or cancelled, they leave ten slots free and no more."""
    async with listening(always(OK)) as peer, pool() as transport:
        async with anyio.create_task_group() as group:
            for _ in range(1000):
                group.start_soon(body, transport, post(peer))
            if cancel:
                await peer.until(lambda: len(peer.requests) >= 20)
                group.cancel_scope.cancel()
        if not cancel:
            assert (len(peer.requests), peer.connections) == (1000, 10)
        held = [await transport.handle_async_request(post(peer, method="GET", limits={"pool": 0})) for _ in range(10)]
        with pytest.raises(httpx.PoolTimeout):
            await transport.handle_async_request(post(peer, limits={"pool": 0}))
        for response in held:
            await parts(response).aclose()


@pytest.mark.parametrize("begun", [b"", OK[:20]])
async def test_an_answer_whose_asker_leaves_may_be_waited_for_by_another(begun: bytes) -> None:
    """Whatever of its head had come by then; the connection is then used again."""
    may_go_on, left = anyio.Event(), list[AwaitedResponse]()

    async def later(stream: ByteStream, request: bytes) -> bool:
        if begun:
            await stream.send(begun)
        peer.note()
        await may_go_on.wait()
        await stream.send(OK[len(begun) :])
        return True

    async with listening(later) as peer, pool() as transport:
        question = attrs.evolve(question_of(post(peer)), on_leave=left.append)
        async with anyio.create_task_group() as group:
            group.start_soon(transport.ask, question)
            await peer.until(lambda: len(peer.requests) == 1)
            group.cancel_scope.cancel()
        may_go_on.set()
        async with aclosing(await left[0].wait()) as answer:
            assert b"".join([part async for part in answer]) == b"ok"
        assert await body(transport, post(peer)) == b"ok"
    assert (peer.connections, len(peer.requests)) == (1, 2)


async def test_an_answer_that_nobody_waits_for_any_more_is_cut() -> None:
    left = list[AwaitedResponse]()
    async with listening(silence) as peer, pool(max_connections=1) as transport:
        question = attrs.evolve(question_of(post(peer)), on_leave=left.append)
        async with anyio.create_task_group() as group:
            group.start_soon(transport.ask, question)
            await peer.until(lambda: len(peer.requests) == 1)
            group.cancel_scope.cancel()
        await left[0].aclose()
        await left[0].aclose()
        await peer.until(lambda: peer.left == 1)
