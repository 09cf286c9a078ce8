"""The laws of `Transport`. A law takes an opening of one, and where a server is that answers with what it was sent:

the body of a request to `/echo` is that of the answer, whose header `x-method` is its method; any other path is a 404.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import httpx

from pointsman.adapters.http1.exchange import HttpRequest, HttpResponse, Origin, Transport, header_of

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[Transport, Origin]]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]


def _question(origin: Origin, body: bytes, target: bytes = b"/echo") -> HttpRequest:
    host = f"{origin[1]}:{origin[2]}".encode()
    headers = ((b"Host", host), (b"Content-Length", b"%d" % len(body)))
    return HttpRequest(method=b"POST", origin=origin, target=target, headers=headers, content=body)


async def _read(answer: HttpResponse) -> bytes:
    try:
        return b"".join([piece async for piece in answer])
    finally:
        await answer.aclose()


async def what_is_sent_arrives_and_what_is_answered_comes_back(opening: Opening) -> None:
    async with opening() as (transport, origin):
        for body in (b"", b"hello", bytes(range(256)) * 500):
            answer = await transport.ask(_question(origin, body))
            assert answer.status == 200
            assert header_of(answer.headers, b"x-method") == b"POST"
            assert await _read(answer) == body


async def a_status_is_an_answer_and_no_exception(opening: Opening) -> None:
    async with opening() as (transport, origin):
        answer = await transport.ask(_question(origin, b"x", b"/nowhere"))
        assert answer.status == 404
        await _read(answer)


async def a_body_may_come_in_parts(opening: Opening) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"abc", b"def"):
            yield part

    async with opening() as (transport, origin):
        host = f"{origin[1]}:{origin[2]}".encode()
        headers = ((b"Host", host), (b"Content-Length", b"6"))
        question = HttpRequest(method=b"POST", origin=origin, target=b"/echo", headers=headers, parts=parts())
        assert await _read(await transport.ask(question)) == b"abcdef"


async def exchanges_at_once_do_not_mix(opening: Opening) -> None:
    came: dict[int, bytes] = {}
    async with opening() as (transport, origin):

        async def ask(number: int) -> None:
            came[number] = await _read(await transport.ask(_question(origin, b"%d" % number * 100)))

        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(ask, number)
    assert came == {number: b"%d" % number * 100 for number in range(8)}


async def an_answer_may_be_left_unread(opening: Opening) -> None:
    async with opening() as (transport, origin):
        for _ in range(3):
            answer = await transport.ask(_question(origin, b"x" * 100_000))
            await answer.aclose()
            await answer.aclose()
        assert await _read(await transport.ask(_question(origin, b"after"))) == b"after"


async def once_closed_it_sends_nothing(opening: Opening) -> None:
    async with opening() as (transport, origin):
        await transport.aclose()
        await transport.aclose()
        try:
            await transport.ask(_question(origin, b"late"))
        except (httpx.TransportError, RuntimeError):  # whoever asks then has a bug
            return
        raise AssertionError("a closed transport sent something")


LAWS: tuple[Law, ...] = (
    what_is_sent_arrives_and_what_is_answered_comes_back,
    a_status_is_an_answer_and_no_exception,
    a_body_may_come_in_parts,
    exchanges_at_once_do_not_mix,
    an_answer_may_be_left_unread,
    once_closed_it_sends_nothing,
)
