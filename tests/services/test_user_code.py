"""Hooks and clients of the user's own may raise what they like: it is a failure that names them, and nothing leaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import anyio
import attrs
import pytest
from returns.result import Result

from pointsman import App, ChatRequest, ChatResponse, RetrySettings, ask, fake, fake_settings, open_app, settle
from pointsman.core.chat.event import Done, Failed, Started, StreamItem, TextDelta
from pointsman.core.chat.response import response_of
from pointsman.core.error import ChatError, ConfigurationError, InvalidResponse
from pointsman.core.routing.rate import Limit
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import ScriptedClient
from tests.managed import answer, chat, managed, stream

QUESTION = ask("fake/fake-model", "hello")


class Odd(BaseException):
    """Nobody expects it."""


PROBLEMS = (ValueError("boo"), SystemExit(3), Odd("boo"), asyncio.CancelledError("inside"))


@attrs.define
class Raising(ProviderClient):
    """A client of somebody's own, with a fault; of a stream it comes after some output where there is any."""

    problem: BaseException
    text: str = ""

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        raise self.problem

    async def open_chat(self, request: ChatRequest) -> EventStream:
        return await EventStream.start(self._events())

    async def _events(self) -> AsyncGenerator[StreamItem, None]:
        yield Started("1", "m")
        if self.text:
            yield TextDelta(self.text)
        raise self.problem


@pytest.mark.parametrize("problem", PROBLEMS, ids=repr)
@pytest.mark.parametrize("way", ["chat", "stream", "late"])
async def test_a_client_that_raises_is_a_failure_that_names_what_it_raised(problem: BaseException, way: str) -> None:
    client = Raising(problem, "Hel" if way == "late" else "")
    limits = {"fake": Limit(concurrent=1)}
    async with managed({"fake": client}, limits=limits, retries=RetrySettings(max_retries=0)) as app:
        for _ in range(2):  # the place in the queue was given back
            events = await stream(app.manager, QUESTION) if way != "chat" else []
            outcome = events[-1] if events else await chat(app.manager, QUESTION)
            error = outcome.error if isinstance(outcome, Failed) else outcome
            assert isinstance(error, InvalidResponse)
            assert type(problem).__name__ in error.detail
            assert error.provider == "fake"
            assert way != "late" or getattr(outcome, "after_output", False)
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert [record.outcome for record in records] == ["InvalidResponse"] * 2


async def test_another_model_is_asked_when_a_client_raises() -> None:
    clients = {"fake": Raising(ValueError("boo")), "other": ScriptedClient(lambda request: answer(provider="other"))}
    async with managed(clients, fallback=("other/m",)) as app:
        response = await chat(app.manager, QUESTION)
        last = (await stream(app.manager, QUESTION))[-1]
    assert isinstance(response, ChatResponse)
    assert response.provider == "other"
    assert isinstance(last, Done)


async def test_a_call_that_is_cancelled_is_no_fault_of_its_client() -> None:
    class Waiting(ProviderClient):
        async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
            await anyio.sleep_forever()
            raise AssertionError

    async with managed({"fake": Waiting()}) as app:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(chat, app.manager, QUESTION)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert scope.cancelled_caught
    assert [record.outcome for record in records] == ["Cancelled"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncios_own_cancellation_passes_too() -> None:
    class Waiting(ProviderClient):
        async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
            await asyncio.sleep(1000)
            raise AssertionError

    async with managed({"fake": Waiting()}) as app:
        task = asyncio.ensure_future(chat(app.manager, QUESTION))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def fails_before(request: ChatRequest) -> Result[ChatRequest, ChatError]:
    raise ValueError("boo")


def fails_after(request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, ChatError]:
    raise SystemExit(3)


async def hooked(app: App, streamed: bool) -> ChatError:
    outcome = (await stream(app.manager, QUESTION))[-1] if streamed else await chat(app.manager, QUESTION)
    error = outcome.error if isinstance(outcome, Failed) else outcome
    assert isinstance(error, ConfigurationError)
    return error


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_hook_that_raises_is_a_failure_that_names_it(streamed: bool) -> None:
    layers = fake({"fake": ScriptedClient(lambda request: "fine")})
    async with open_app(attrs.evolve(layers, before=(fails_before,)), fake_settings()) as before:
        error = await hooked(before.unwrap(), streamed)
    assert error.detail == "the hook 'fails_before' raised ValueError: boo"
    async with open_app(attrs.evolve(layers, after=(fails_after,)), fake_settings()) as after:
        error = await hooked(after.unwrap(), streamed)
    assert error.detail == "the hook 'fails_after' raised SystemExit: 3"
    came = response_of(error)
    assert came is not None
    assert came.text == "fine"
