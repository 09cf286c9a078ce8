"""What two processes tell and ask each other: on both event loops, over a real pair of sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc
import pytest

from pointsman.adapters.workers.channel import Channel, Handler
from pointsman.adapters.workers.place import VARIABLE, take_place
from pointsman.core.json import Json
from pointsman.services.tasks.together import background_tasks
from tests.patience import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def pair(**handlers: Handler) -> AsyncIterator[tuple[Channel, Channel]]:
    """Two ends that run; the second one handles."""
    one, other = socket.socketpair()
    ours = Channel(await anyio.abc.UNIXSocketStream.from_socket(one), {})
    theirs = Channel(await anyio.abc.UNIXSocketStream.from_socket(other), handlers)
    async with background_tasks() as group:
        group.start_soon(ours.run)
        group.start_soon(theirs.run)
        yield ours, theirs


async def double(value: Json) -> Json:
    return [value, value]


async def fail(value: Json) -> Json:
    raise ValueError("a bug")


async def test_what_is_asked_is_answered_and_what_fails_or_is_unknown_is_none() -> None:
    async with pair(double=double, fail=fail) as (ours, _):
        assert await ours.ask("double", {"a": 1}) == [{"a": 1}, {"a": 1}]
        assert await ours.ask("fail", 1) is None
        assert await ours.ask("what another version asks", 1) is None
        assert await ours.ask("double", "still there") == ["still there"] * 2


async def test_what_is_told_comes_in_order_and_a_side_that_is_gone_answers_nothing() -> None:
    heard = list[Json]()

    async def hear(value: Json) -> Json:
        heard.append(value)
        return None

    async def never(value: Json) -> Json:
        await anyio.sleep_forever()
        return None

    async with pair(hear=hear, never=never) as (ours, theirs):
        for number in range(100):
            ours.tell("hear", number)
        await until(lambda: len(heard) == 100)
        assert heard == [*range(100)]
        async with anyio.create_task_group() as group:

            async def close() -> None:
                await theirs.stream.aclose()

            group.start_soon(close)
            assert await ours.ask("never") is None
        await ours.closed.wait()
        ours.tell("hear", "in vain")
        assert await ours.ask("hear") is None


async def test_a_line_that_is_no_message_does_no_harm() -> None:
    async with pair(double=double) as (ours, _):
        await ours.stream.send(b'garbage\n\xff\xfe\n[]\n{"answer": "x"}\n{"tell": 5}\n')
        assert await ours.ask("double", 1) == [1, 1]


@pytest.mark.parametrize("said", ["", "1", "1:", "1:99999,99998", "x:3,4", "1:a,b"])
async def test_who_was_not_started_as_a_worker_is_none(said: str) -> None:
    environment = {VARIABLE: said}
    assert take_place(environment) is None
    assert environment == {}


async def test_a_place_takes_its_sockets_and_no_child_inherits_them() -> None:
    one, other = socket.socketpair()
    with one, socket.create_server(("127.0.0.1", 0)) as listener:
        environment = {VARIABLE: f"3:{other.detach()},{os.dup(listener.fileno())}"}
        place = take_place(environment)
        assert place is not None
        assert (place.number, len(place.listeners), environment) == (3, 1, {})
        assert not place.listeners[0].get_inheritable()
        async with background_tasks() as group:
            await group.start(place.run, lambda: 5)
            one.setblocking(False)
            stream = await anyio.abc.UNIXSocketStream.from_socket(one.dup())
            assert b'"beat"' in await stream.receive()
            await stream.aclose()
            one.close()
            await place.ended.wait()  # its supervisor is gone
        place.listeners[0].close()
