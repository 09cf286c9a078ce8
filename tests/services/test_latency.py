"""`latency_ms` is the whole call, as its usage record has it; each try has its own."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from returns.result import Failure, Result

from pointsman import (
    ChatError,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    ModelUnavailable,
    RetrySettings,
    TranscriptionRequest,
    ask,
    settle,
)
from pointsman.core.chat.completion import Completion
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.transcription import Transcription
from pointsman.core.routing.rate import Limit
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import answer, chat, managed, stream

DOWN = ModelUnavailable(detail="down")
QUESTION = ask("fake/m", "hello")


@attrs.define
class Slow(ScriptedClient):
    """Takes five seconds for each try."""

    clock: VirtualClock = attrs.field(factory=VirtualClock)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        await self.clock.sleep(5)
        return await ScriptedClient.call_chat(self, request)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        await self.clock.sleep(5)
        return await ScriptedClient.open_chat(self, request)

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        await self.clock.sleep(5)
        return await ScriptedClient.call_complete(self, request)

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        await self.clock.sleep(5)
        return Failure(self.error) if self.error else await ScriptedClient.call_embed(self, request)

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        await self.clock.sleep(5)
        return await ScriptedClient.call_transcribe(self, request)


RETRIES = RetrySettings(max_retries=1, base_delay=10.0, max_delay=10.0)


async def whole(streamed: bool, inner: ScriptedClient, clock: VirtualClock, **changes: Any) -> ChatResponse:
    """The second answer of two calls, and its usage record says the same."""
    async with managed({"fake": inner, "other": inner}, clock=clock, **changes) as app:
        outcome = (await stream(app.manager, QUESTION))[-1] if streamed else await chat(app.manager, QUESTION)
        record = (await settle(app.manager.usage_log.read())).unwrap()[-1]
    response = outcome.response if isinstance(outcome, Done) else outcome
    assert isinstance(response, ChatResponse)
    assert response.latency_ms == record.latency_ms
    return response


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_retry_and_the_wait_before_it_are_in_it(streamed: bool) -> None:
    clock = VirtualClock()
    response = await whole(streamed, Slow([DOWN, answer()], clock=clock), clock, retries=RETRIES)
    assert response.latency_ms is not None
    assert 10_000 < response.latency_ms <= 20_000
    assert response.attempts[0].latency_ms == 5_000


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_models_that_failed_are_in_it(streamed: bool) -> None:
    clock, retries = VirtualClock(), RetrySettings(max_retries=0)
    inner = Slow([DOWN, answer()], clock=clock)
    response = await whole(streamed, inner, clock, retries=retries, fallback=("other/m",))
    assert response.latency_ms == 10_000


async def test_waiting_for_a_limit_is_in_it() -> None:
    clock = VirtualClock()
    inner = Slow(lambda request: answer(), clock=clock)
    async with managed(inner, clock=clock, limits={"fake": Limit(requests_per_minute=1, max_wait=100)}) as app:
        await chat(app.client, QUESTION)
        response = await chat(app.clients["fake"], QUESTION)
    assert isinstance(response, ChatResponse)
    assert response.latency_ms == 60_000


async def test_completions_transcriptions_and_vectors_tell_the_whole_call_too() -> None:
    clock = VirtualClock()
    sound = TranscriptionRequest("fake/m", Audio(Bytes(b"RIFF", "audio/wav")))
    async with managed(Slow(clock=clock), clock=clock) as app:
        completion = (await settle(app.manager.complete(CompletionRequest("fake/m", "Once")))).unwrap()
        transcription = (await settle(app.manager.transcribe(sound))).unwrap()
        vectors = (await settle(app.manager.embed(EmbeddingRequest("fake/m", ("Once",))))).unwrap()
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert completion.latency_ms == transcription.latency_ms == vectors.latency_ms == 5_000
    assert [(record.latency_ms, record.attempts) for record in records] == [(5_000, 1)] * 3


async def test_vectors_tell_the_tries_before_them_as_answers_do() -> None:
    clock = VirtualClock()
    down = attrs.evolve(DOWN, provider="fake")
    clients = {"fake": Slow(error=down, clock=clock), "other": Slow(clock=clock, provider="other")}
    retries = RetrySettings(max_retries=1, base_delay=10.0, max_delay=10.0)
    async with managed(clients, clock=clock, retries=retries, fallback=("other/m",)) as app:
        vectors = (await settle(app.manager.embed(EmbeddingRequest("fake/m", ("Once",))))).unwrap()
        (record,) = (await settle(app.manager.usage_log.read())).unwrap()
    assert [(one.provider, one.error is None) for one in vectors.attempts] == [
        ("fake", False),
        ("fake", False),
        ("other", True),
    ]
    assert (record.attempts, record.latency_ms, record.provider) == (3, vectors.latency_ms, "other")
