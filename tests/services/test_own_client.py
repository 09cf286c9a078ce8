"""A client from one function: the rest follows, and whatever the function does is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import cast

import attrs
import pytest
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman import (
    Audio,
    AuthenticationFailed,
    Bytes,
    ChatError,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    ConfigurationError,
    Done,
    Embedding,
    EmbeddingRequest,
    EmbeddingResponse,
    Failed,
    InvalidResponse,
    NetworkError,
    PartDone,
    RateLimitExceeded,
    Started,
    StreamEvent,
    Text,
    TextDelta,
    TranscriptionRequest,
    UnsupportedFeature,
    ask,
    fake,
    fold,
    open_app,
    own_provider,
    settle,
    succeed,
)
from pointsman.core.chat.response import Finish
from pointsman.services.ports.client import Client
from pointsman.services.ports.own_client import ChatFunction, FailingClient, client_of
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.testing import ScriptedClient

Q = ask("m", "Which way?")
SOUND = TranscriptionRequest("mine/m", Audio(Bytes(b"RIFF", "audio/wav")))
WHOLE = ChatResponse(parts=(Text("THAT WAY"),), finish_reason=Finish.STOP, model="m", provider="shout")


async def as_text(request: ChatRequest) -> str:
    return "THAT WAY"


async def as_response(request: ChatRequest) -> ChatResponse:
    return attrs.evolve(WHOLE, provider="")


async def as_result(request: ChatRequest) -> Result[ChatResponse, ChatError]:
    return Success(WHOLE)


def as_effect(request: ChatRequest) -> FutureResult[ChatResponse, ChatError]:
    return succeed(WHOLE)


async def pieces(request: ChatRequest) -> AsyncIterator[str]:
    for piece in ("THAT ", "WAY"):
        yield piece


@attrs.frozen
class Shouting:
    """A `ChatClient`."""

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, ChatError]:
        return succeed(WHOLE)

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        return client_of(stream=pieces, name="shout").stream(request)


CLIENTS = {
    "text": client_of(as_text, name="shout"),
    "response": client_of(as_response, name="shout"),
    "result": client_of(as_result, name="shout"),
    "effect": client_of(as_effect, name="shout"),
    "stream": client_of(stream=pieces, name="shout"),
    "client": client_of(Shouting(), name="shout"),
}


async def read(client_stream: AbstractAsyncContextManager[AsyncIterator[StreamEvent]]) -> list[StreamEvent]:
    async with client_stream as events:
        return [event async for event in events]


@pytest.mark.parametrize("how", CLIENTS)
async def test_chat_and_stream_say_the_same_whatever_was_given(how: str) -> None:
    client = CLIENTS[how]
    assert await settle(client.chat(Q)) == Success(WHOLE)
    assert await settle(fold(client.stream(Q))) == Success(WHOLE)


async def test_pieces_are_passed_on_as_they_come() -> None:
    assert await read(client_of(stream=pieces, name="shout").stream(Q)) == [
        Started("", "m"),
        TextDelta("THAT ", 0),
        TextDelta("WAY", 0),
        PartDone(0, Text("THAT WAY")),
        Done(WHOLE),
    ]


async def test_the_rest_follows_or_is_refused_typed() -> None:
    client = client_of(as_text, name="shout", models=("loud", "louder"))
    assert (await settle(client.complete(CompletionRequest("m", "Which")))).unwrap().text == "THAT WAY"
    assert (await settle(client.count_tokens(Q))).unwrap().estimated
    assert [model.id for model in (await settle(client.models())).unwrap()] == ["loud", "louder"]
    error = (await settle(client.embed(EmbeddingRequest(model="m", texts=("x",))))).failure()
    assert isinstance(error, UnsupportedFeature)


async def failing(request: ChatRequest) -> Result[ChatResponse, ChatError]:
    return Failure(RateLimitExceeded(retry_after=3.0))


async def buggy(request: ChatRequest) -> str:
    raise KeyError("choices")


async def unreachable(request: ChatRequest) -> str:
    raise ConnectionRefusedError("no route")


async def nonsense(request: ChatRequest) -> str:
    return cast("str", 42)


async def test_a_failure_is_the_functions_own_with_the_providers_name() -> None:
    assert await settle(client_of(failing, name="shout").chat(Q)) == Failure(
        RateLimitExceeded(retry_after=3.0, provider="shout")
    )


@pytest.mark.parametrize(
    ("function", "kind", "detail"),
    [
        (buggy, InvalidResponse, "the function buggy raised KeyError: 'choices'"),
        (unreachable, NetworkError, "the function unreachable raised ConnectionRefusedError: no route"),
        (nonsense, InvalidResponse, "the function nonsense gave a int and no answer"),
    ],
)
async def test_what_a_function_raises_or_makes_up_is_typed_and_names_it(
    function: ChatFunction, kind: type[ChatError], detail: str
) -> None:
    client = client_of(function, name="shout")
    error = (await settle(client.chat(Q))).failure()
    assert (type(error), error.detail, error.provider) == (kind, detail, "shout")
    assert ("mend the code" in str(error)) == (kind is InvalidResponse)
    assert await settle(fold(client.stream(Q))) == Failure(error)


async def test_a_stream_that_breaks_keeps_what_had_come() -> None:
    async def breaking(request: ChatRequest) -> AsyncIterator[str]:
        yield "THAT "
        raise KeyError("way")

    last = (await read(client_of(stream=breaking, name="shout").stream(Q)))[-1]
    assert isinstance(last, Failed)
    assert (last.partial.text, last.error.detail) == (
        "THAT ",
        "the function test_a_stream_that_breaks_keeps_what_had_come.<locals>.breaking raised KeyError: 'way'",
    )


async def test_a_stream_of_events_must_have_an_end() -> None:
    async def endless(request: ChatRequest) -> AsyncIterator[StreamEvent]:
        yield Started("", "m")

    error = (await settle(client_of(stream=endless).chat(Q))).failure()
    assert isinstance(error, InvalidResponse)
    assert error.detail.endswith("endless gave a stream without an end")


async def test_who_leaves_a_stream_closes_the_function() -> None:
    closed = []

    async def watched(request: ChatRequest) -> AsyncIterator[str]:
        try:
            yield "THAT "
            yield "WAY"
        finally:
            closed.append(True)

    async with client_of(stream=watched).stream(Q) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert closed == [True]


async def test_nothing_given_and_a_failing_client_fail_typed() -> None:
    assert isinstance((await settle(client_of().chat(Q))).failure(), ConfigurationError)
    broken = FailingClient(ConfigurationError(detail="broken"))
    for effect in (broken.chat(Q), broken.models(), fold(broken.stream(Q))):
        assert isinstance((await settle(effect)).failure(), ConfigurationError)


class Old:
    """As clients were before 0.1: whoever is asked for a chat is this one, for all else the one within."""

    def __init__(self) -> None:
        self.inner = ScriptedClient(["from within"])

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, ChatError]:
        return FutureResult.from_value(ChatResponse(parts=(Text("by the old name"),)))


@pytest.mark.parametrize("way", ["fake", "own"])
async def test_a_client_whose_chat_is_its_own_is_asked_by_it_for_this_version(way: str) -> None:
    old = cast("Client", Old())
    layers = fake({"old": old}) if way == "fake" else fake() | own_provider("old", old)
    with pytest.warns(DeprecationWarning, match="Old.chat is asked for this version only"):
        async with open_app(layers) as app:
            answers = [
                (await settle(app.unwrap().client.chat(ask("old/m", "Hi")))).unwrap().text,
                (await settle(fold(app.unwrap().client.stream(ask("old/m", "Hi"))))).unwrap().text,
            ]
    assert answers == ["by the old name", "from within"]


class Vectors(ProviderClient):
    """Answers, but says of nothing that it is its own, or how often it tried."""

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        return Success(ChatResponse(parts=(Text("that way"),)))

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        if request.texts == ("down",):
            return Failure(AuthenticationFailed(detail="the key is old"))
        return Success(EmbeddingResponse(embeddings=(Embedding((1.0,)),)))


async def test_whatever_an_own_client_does_is_booked_under_its_name() -> None:
    async with open_app(fake() | own_provider("mine", Vectors())) as opened:
        app = opened.unwrap()
        vectors = (await settle(app.client.embed(EmbeddingRequest("mine/m", ("left",))))).unwrap()
        completion = (await settle(app.client.complete(CompletionRequest("mine/m", "left")))).unwrap()
        async with app.client.stream(CompletionRequest("mine/m", "left")) as events:
            last = [event async for event in events][-1]
        refused = (await settle(app.client.embed(EmbeddingRequest("mine/m", ("down",))))).failure()
        unable = (await settle(app.client.transcribe(SOUND))).failure()
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert isinstance(last, Done)
    for answer in (vectors, completion, last.response):
        assert (answer.provider, answer.model, len(answer.attempts)) == ("mine", "m", 1)
        assert answer.latency_ms is not None
    assert refused.where == unable.where == "mine/m"
    assert unable.summary == "mine/m: it has no transcription"
    assert [(one.provider, one.model) for one in records] == [("mine", "m")] * 5
    assert sorted(one.attempts for one in records) == [0, 1, 1, 1, 1]
