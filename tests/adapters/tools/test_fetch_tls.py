"""The fetch tool over TLS."""

from __future__ import annotations

import ssl

import trustme
from anyio.abc import ByteStream

from pointsman.adapters.tools.fetch import fetch_tool
from tests.accepting import accepting
from tests.adapters.http1.peer import always, listening
from tests.adapters.tools.town import BANK, SHOP, call, page, redirect, shop


def _trusted() -> tuple[trustme.CA, ssl.SSLContext]:
    authority, client = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(client)
    return authority, client


def _server(authority: trustme.CA, *names: str) -> tuple[ssl.SSLContext, list[str | None]]:
    """A context with a certificate for `names`, and the names it was asked for."""
    context, asked = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), list[str | None]()
    authority.issue_cert(*names).configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    return context, asked


async def test_over_tls_the_name_is_asked_for_and_the_certificate_is_checked_for_it() -> None:
    authority, client = _trusted()
    server, asked = _server(authority, "shop.example")
    async with listening(always(page()), server) as peer:
        town = shop(peer.port)
        told = await call(fetch_tool(network=town, tls=client), url="https://shop.example/")
    assert told.unwrap().startswith("URL: https://shop.example/\nStatus: 200\n")
    assert (asked, town.reached) == (["shop.example"], [(SHOP, 443)])
    assert peer.requests[0].startswith(b"GET / HTTP/1.1\r\nhost: shop.example\r\n")


async def test_a_certificate_for_another_name_or_of_another_authority_is_refused() -> None:
    authority, client = _trusted()
    server, _ = _server(authority, "other.example", "127.0.0.1", SHOP)
    async with listening(always(page()), server) as peer:
        for tls in (client, None):
            told = await call(fetch_tool(network=shop(peer.port), tls=tls), url="https://shop.example/")
            assert told.failure().startswith("The certificate of shop.example is not valid: ")
        assert peer.requests == []


async def test_an_address_in_the_url_needs_a_certificate_for_the_address() -> None:
    authority, client = _trusted()
    server, asked = _server(authority, SHOP)
    async with listening(always(page()), server) as peer:
        told = await call(fetch_tool(network=shop(peer.port), tls=client), url=f"https://{SHOP}/")
        assert told.unwrap().endswith("hello")
    assert asked == [None]


async def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    authority, client = _trusted()
    server, _ = _server(authority, "safe.example")
    async with (
        listening(always(page())) as plain,
        listening(always(redirect("http://shop.example/")), server) as peer,
    ):
        town = shop(plain.port)
        town.names["safe.example"], town.doors[BANK] = [(BANK,)], peer.port
        told = await call(fetch_tool(network=town, tls=client), url="https://safe.example/")
        assert told.failure() == "A redirect from https to http is not followed."
        assert (plain.connections, peer.connections, town.asked) == (0, 1, ["safe.example"])


async def test_a_redirect_from_http_to_https_is_followed() -> None:
    authority, client = _trusted()
    server, _ = _server(authority, "safe.example")
    async with (
        listening(always(page()), server) as peer,
        listening(always(redirect("https://safe.example/"))) as plain,
    ):
        town = shop(plain.port)
        town.names["safe.example"], town.doors[BANK] = [(BANK,)], peer.port
        told = await call(fetch_tool(network=town, tls=client), url="http://shop.example/")
    assert told.unwrap().startswith("URL: https://safe.example/\n")


async def test_a_server_without_tls_is_a_sentence() -> None:
    _, client = _trusted()

    async def greet(stream: ByteStream) -> None:
        async with stream:
            await stream.send(b"hello, this is not TLS")

    async with accepting(greet) as port:
        told = await call(fetch_tool(network=shop(port), tls=client), url="https://shop.example/")
    assert told.failure() == "shop.example does not speak TLS as it should."
