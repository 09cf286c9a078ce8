"""The fetch tool reads only so much, for only so long."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from pointsman.adapters.tools.fetch import fetch_tool
from tests.adapters.http1.peer import Serve, always, half, listening, silence
from tests.adapters.tools.town import Town, call, endless, page, redirect, shop
from tests.patience import with_patience


async def connections_until_given_up(serve: Serve, least: int = 1, **bounds: Any) -> int:
    """How often a server was connected to in a time that was over before its answer was: it is left every time."""

    async def attempt(seconds: float) -> int:
        async with listening(serve) as peer:
            tool = fetch_tool(network=shop(peer.port), timeout=seconds, **bounds)
            told = (await call(tool, url="http://shop.example")).failure()
            assert told == f"The page was not fetched within {seconds:g} s."
            await peer.until(lambda: peer.left == peer.connections)
            return peer.connections

    return await with_patience(attempt, lambda number: number >= least)


async def test_a_page_that_is_too_long_is_cut_and_says_so() -> None:
    body = "ü".encode() * 6
    async with listening(always(page(body))) as peer:
        told = await call(fetch_tool(network=shop(peer.port), max_bytes=11), url="http://shop.example")
        assert told.unwrap().endswith("Cut: yes, only the first 11 bytes were read\n\nüüüüü")
        told = await call(fetch_tool(network=shop(peer.port), max_bytes=12), url="http://shop.example")
        assert told.unwrap().endswith("Cut: no\n\nüüüüüü")


async def test_a_body_without_end_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
    async with listening(endless(head, b"x" * 1000)) as peer:
        told = await call(fetch_tool(network=shop(peer.port), max_bytes=10_000), url="http://shop.example")
        assert told.unwrap().endswith("10000 bytes were read\n\n" + "x" * 10_000)
        await peer.until(lambda: peer.left == 1)


async def test_a_small_answer_that_unpacks_to_a_large_one_is_cut() -> None:
    bomb = gzip.compress(bytes(b"0" * 50_000_000))
    async with listening(always(page(bomb, "text/plain", "content-encoding: gzip"))) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
    assert told.unwrap().endswith("1000000 bytes were read\n\n" + "0" * 1_000_000)


async def test_a_packed_body_that_never_unpacks_to_anything_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\x03"
    async with listening(endless(head, b"name" * 1000)) as peer:
        told = await call(fetch_tool(network=shop(peer.port), max_bytes=50_000), url="http://shop.example")
        assert "\nCut: yes, only the first 0 bytes were read" in told.unwrap()


async def test_a_body_that_drips_is_given_up_when_the_whole_time_is_over() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
    assert await connections_until_given_up(endless(head, b"x"), max_bytes=10**9) == 1


@pytest.mark.parametrize("serve", [silence, half])
async def test_a_server_that_falls_silent_is_given_up(serve: Serve) -> None:
    assert await connections_until_given_up(serve) == 1


async def test_a_resolver_that_does_not_answer_is_given_up() -> None:
    class Deaf(Town):
        async def resolve(self, host: str, port: int) -> Sequence[str]:
            await anyio.sleep_forever()
            return ()

    assert "within 0.1 s" in (await call(fetch_tool(network=Deaf(), timeout=0.1), url="http://shop.example")).failure()


async def test_the_time_of_redirects_counts() -> None:
    """A server that redirects for ever, each time at once."""
    assert await connections_until_given_up(always(redirect("/"), keep=False), least=2, max_redirects=10**9) > 1


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"],
)
async def test_a_head_without_end_is_given_up(head: bytes) -> None:
    async with listening(endless(head, b"y: zzzz\r\n" if head.endswith(b"OK\r\n") else b"0" * 1000)) as peer:
        told = await call(fetch_tool(network=shop(peer.port)), url="http://shop.example")
        assert "does not answer in HTTP" in told.failure()
        await peer.until(lambda: peer.left == 1)
