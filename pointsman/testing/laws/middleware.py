"""The laws of middleware: a function that puts a client around another. What it makes is a client like any other.

A law takes that function. The client below answers questions by echoing them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial, update_wrapper
from typing import TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman.core.chat.event import Done, Failed, StreamItem, TextDelta
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, Fault
from pointsman.services.ports.client import Client, StreamRequest
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing.client import ScriptedClient
from pointsman.testing.laws import client as client_laws
from pointsman.testing.laws.client import QUESTION, ask_chat, read_stream

Wrap: TypeAlias = Callable[[Client], Client]
Law: TypeAlias = Callable[[Wrap], Awaitable[None]]


async def it_is_a_client(law: client_laws.Law, wrap: Wrap) -> None:
    """One of the laws of clients."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Client]:
        yield wrap(ScriptedClient())

    await law(opening)


async def a_failure_below_is_a_failure_above(wrap: Wrap) -> None:
    below = AuthenticationFailed(detail="the key is wrong", provider="fake")
    client = wrap(ScriptedClient(error=below))
    assert isinstance(await ask_chat(client), Fault)
    assert isinstance((await read_stream(client))[-1], Failed)
    assert isinstance(unwrap_or_failure(await settle(client.models())), Fault)


async def what_is_no_chat_is_done_below(wrap: Wrap) -> None:
    inner = ScriptedClient()
    client = wrap(inner)
    assert [one.id for one in (await settle(client.models())).unwrap()] == [one.id for one in inner.model_list]
    assert isinstance(await settle(client.ping()), Success)
    client.forget_models()


@attrs.define
class _Endless(ScriptedClient):
    """Streams until it is closed, and remembers that it was."""

    is_closed: bool = False

    async def open(self, request: StreamRequest) -> EventStream:
        return await EventStream.start(self._events())

    async def _events(self) -> AsyncGenerator[StreamItem, None]:
        try:
            for _ in range(1000):
                yield TextDelta("more ", 0)
            yield Done(ChatResponse())
        finally:
            self.is_closed = True


async def a_stream_that_is_left_is_closed_below(wrap: Wrap) -> None:
    inner = _Endless()
    async with wrap(inner).stream(QUESTION) as events:
        await anext(events)
    assert inner.is_closed


def _of_clients(law: client_laws.Law) -> Law:
    return update_wrapper(partial(it_is_a_client, law), law)


LAWS: tuple[Law, ...] = (
    *map(_of_clients, client_laws.LAWS),
    a_failure_below_is_a_failure_above,
    what_is_no_chat_is_done_below,
    a_stream_that_is_left_is_closed_below,
)
