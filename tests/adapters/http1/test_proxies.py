"""Proxies: chosen by the variables as httpx reads them, never for loopback; used by httpx's own transport."""

import ssl
from contextlib import aclosing

import anyio
import httpx
import pytest
import trustme
from anyio.abc import ByteStream

from pointsman.adapters.http1.pool import PoolTransport
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.net.proxy import Proxy, proxy_before
from tests.adapters.http1.peer import OK, Peer, Serve, always, asked, listening, post

PROXIES = {
    "http": "http://plain:1",
    "https": "http://secure:2",
    "no": "internal.example, .corp,10.0.0.7,host.example:99",
}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://api.example/v1", "http://plain:1"),
        ("https://api.example/v1", "http://secure:2"),
        ("https://internal.example/v1", None),
        ("https://a.internal.example/v1", None),
        ("https://notinternal.example/v1", "http://secure:2"),
        ("https://x.corp/v1", None),
        ("http://10.0.0.7:8080", None),
        ("http://host.example:99", None),
        ("http://host.example:98", "http://plain:1"),
        ("http://localhost:11434", None),
        ("http://a.localhost:11434", None),
        ("http://127.0.0.1:11434", None),
        ("http://127.8.8.8", None),
        ("http://[::1]:11434", None),
    ],
)
def test_which_proxy(url: str, proxy: str | None) -> None:
    """By scheme, by exclusion, by address."""
    assert _address(url, PROXIES) == proxy


def _address(url: str, proxies: dict[str, str]) -> str | None:
    proxy = proxy_before(url, None, proxies)
    return None if proxy is None else proxy.address


def test_all_and_none() -> None:
    """`all` stands in for either scheme, `*` excludes everything, a missing scheme means http."""
    assert _address("https://a.example", {"all": "proxy:3"}) == "http://proxy:3"
    assert _address("https://a.example", {"all": "http://proxy:3", "no": "*"}) is None
    assert _address("https://a.example", {}) is None


async def test_without_a_proxy_the_pool_serves() -> None:
    """Also where one is set, for loopback."""
    transport = transport_through(proxy_before("http://127.0.0.1:1", None, PROXIES), verify=True)
    async with aclosing(transport):
        assert isinstance(transport, PoolTransport)


async def test_a_forward_proxy_gets_the_whole_url() -> None:
    """Plain HTTP; a proxy given by hand holds for loopback too."""
    async with listening(always(OK)) as peer:
        proxy = f"http://127.0.0.1:{peer.port}"
        async with (
            aclosing(transport_through(proxy_before("http://127.0.0.1:1", proxy, {}), verify=True)) as by_hand,
            aclosing(
                transport_through(proxy_before("http://api.example", None, {"http": proxy}), verify=True)
            ) as by_variable,
        ):
            request = httpx.Request("GET", "http://127.0.0.1:1/v1/models")
            assert await asked(by_hand, request) == b"ok"
            assert await asked(by_variable, httpx.Request("GET", "http://api.example/v1/models")) == b"ok"
    assert peer.requests[0].startswith(b"GET http://127.0.0.1:1/v1/models HTTP/1.1\r\n")
    assert peer.requests[1].startswith(b"GET http://api.example/v1/models HTTP/1.1\r\n")


async def test_a_tunnel_for_https() -> None:
    """CONNECT, then TLS with the origin through it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    async with listening(always(OK), context) as origin, listening(tunnel(origin)) as proxy:
        transport = transport_through(Proxy(f"http://127.0.0.1:{proxy.port}", "proxy"), verify=False)
        async with aclosing(transport):
            assert await asked(transport, post(origin, scheme="https", host="localhost")) == b"ok"
    assert proxy.requests[0].startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % origin.port)
    assert origin.requests[0].startswith(b"POST /v1/chat HTTP/1.1\r\n")


def tunnel(origin: Peer) -> Serve:
    """A proxy that leads to `origin` whatever it is asked for."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        async with await anyio.connect_tcp("127.0.0.1", origin.port) as upstream, anyio.create_task_group() as group:

            async def copy(source: ByteStream, target: ByteStream) -> None:
                try:
                    async for data in source:
                        await target.send(data)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    pass
                group.cancel_scope.cancel()

            await stream.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            group.start_soon(copy, upstream, stream)
            await copy(stream, upstream)
        return False

    return serve
