"""The fetch tool against real servers on loopback: what is fetched, from which URLs, and what is told of it."""

from __future__ import annotations

import gzip

import pytest

from pointsman.adapters.tools.fetch import fetch_tool
from tests.adapters.http1.peer import always, listening
from tests.adapters.tools.town import BANK, SHOP, Town, call, free_port, page, shop


async def test_a_page_is_told_with_its_url_its_status_and_its_type() -> None:
    async with listening(always(page(b"nothing here", status="404 Not Found"))) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="HTTP://Shop.Example/a b?q=ä#part")
    assert told.unwrap() == (
        "URL: http://shop.example/a%20b?q=%C3%A4\nStatus: 404\nContent type: text/plain\nCut: no\n\nnothing here"
    )
    assert peer.requests[0].startswith(b"GET /a%20b?q=%C3%A4 HTTP/1.1\r\nhost: shop.example\r\n")


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    async with listening(always(page())) as peer:
        town = shop(peer.port)
        assert (await call(fetch_tool(network=town), url="http://shop.example")).unwrap().endswith("\n\nhello")
    assert (town.asked, town.reached) == (["shop.example"], [(SHOP, 80)])


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with listening(always(page())) as peer:
        town = Town({"shop.example": [(BANK, SHOP)]}, {SHOP: peer.port, BANK: await free_port()})
        assert (await call(fetch_tool(network=town), url="http://shop.example")).unwrap().endswith("hello")
    assert [address for address, _ in town.reached] == [BANK, SHOP]


async def test_html_is_made_readable_and_json_is_left_alone() -> None:
    html = page(b"<title>T</title><script>evil()</script><p>caf\xe9 <b>a</b></p>", "text/html; charset=ISO-8859-1")
    async with listening(always(html)) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
    assert told.unwrap().endswith("Cut: no\n\nT\ncafé a")
    async with listening(always(page(b'{ "a":  1 }', "application/vnd.x+json"))) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
    assert told.unwrap().endswith('\n\n{ "a":  1 }')


async def test_a_packed_page_and_one_in_chunks() -> None:
    packed = page(gzip.compress(b"hello " * 100), "text/plain", "content-encoding: gzip")
    chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    for answer, text in ((packed, "hello " * 100), (chunks, "hello")):
        async with listening(always(answer)) as peer:
            told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
        assert told.unwrap().endswith(f"Cut: no\n\n{text}")


async def test_interim_answers_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    async with listening(always(early + page())) as peer:
        assert (await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")).unwrap().endswith("hello")
    async with listening(always(early * 100 + page())) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
    assert "no final answer" in told.failure()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:///etc/passwd", "Only URLs that begin with"),
        ("FILE:///etc/passwd", "Only URLs that begin with"),
        ("ftp://shop.example/", "Only URLs that begin with"),
        ("data:text/plain,x", "Only URLs that begin with"),
        ("shop.example", "Only URLs that begin with"),
        ("", "Only URLs that begin with"),
        ("http://user:word@shop.example/", "user name or a password"),
        ("http://shop.example@127.0.0.1/", "user name or a password"),
        ("http://shop.example\\@127.0.0.1/", "user name or a password"),
        ("http://@shop.example/", "user name or a password"),
        ("http://127.0.0.1\\.shop.example/", "names no host"),
        ("http://%31%32%37.0.0.1/", "names no host"),
        ("http:///x", "names no host"),
        ("http://shop.example:22/", "port 22"),
        ("http://shop.example:99999/", "cannot be read"),
        ("http://[::1]:80:80/", "cannot be read"),
        ("http://shop.example/" + "x" * 9000, "longer than"),
    ],
)
async def test_urls_that_are_not_fetched_are_not_even_resolved(url: str, problem: str) -> None:
    town = Town({"shop.example": [(SHOP,)]})
    told = (await call(fetch_tool(network=town), url=url)).failure()
    assert problem in told
    assert "word@" not in told
    assert (town.asked, town.reached) == ([], [])


async def test_a_url_cannot_add_a_header() -> None:
    async with listening(always(page())) as peer:
        url = "http://shop.example/a\r\nx-evil: 1\r\n\r\nGET /b?\tx\0y"
        assert (await call(fetch_tool(network=shop(peer.port)), url=url)).unwrap().endswith("hello")
    (request,) = peer.requests
    assert request.count(b"\r\n") == 7
    assert b"\r\nx-evil" not in request
    assert b"cookie" not in request.lower()


async def test_proxies_of_the_environment_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(always(page(b"proxy"))) as proxy, listening(always(page())) as peer:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")).unwrap().endswith("hello")
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (page(b"\x89PNG", "image/png"), "is 'image/png'; only text, HTML, JSON and XML are read"),
        (page(b"%PDF", "application/pdf"), "only text, HTML, JSON and XML are read"),
        (page(b"x", "application/octet-stream"), "only text, HTML, JSON and XML are read"),
        (page(b"a\0b"), "says that it is text, but it is not"),
        (page(b"x", "text/plain", "content-encoding: br"), "packed in a way that is not read"),
        (page(b"x", "text/plain", "content-encoding: gzip, gzip"), "packed in a way that is not read"),
        (page(b"not gzip", "text/plain", "content-encoding: gzip"), "packed wrongly"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not answer in HTTP"),
        (b"SSH-2.0-" + b"x" * 5000 + b"\r\n\r\n", "does not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nshort", "does not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx", "does not answer in HTTP"),
        (b"", "does not answer in HTTP"),
    ],
)
async def test_what_is_not_read_is_a_sentence(answer: bytes, problem: str) -> None:
    async with listening(always(answer, keep=False)) as peer:
        told = (await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")).failure()
    assert problem in told
    assert len(told) < 400


async def test_nobody_answers_is_a_sentence() -> None:
    town = shop(await free_port())
    assert (await call(fetch_tool(network=town), url="http://shop.example")).failure() == (
        "Nothing answers at shop.example."
    )


def test_the_tool_says_what_it_takes() -> None:
    tool = fetch_tool(timeout=7)
    assert tool.spec.parameters == {
        "type": "object",
        "properties": {"url": {"type": "string", "description": "such as https://example.org/page"}},
        "required": ["url"],
        "additionalProperties": False,
    }
    assert tool.timeout > 7
