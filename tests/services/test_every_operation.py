"""What stands around chats stands around every operation: fallback, order, retries, limits, budgets, usage records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest
from returns.result import Failure, Result

from pointsman import (
    App,
    CallOptions,
    ChatError,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    EmbeddingResponse,
    ModelUnavailable,
    RetrySettings,
    TranscriptionRequest,
    UnsupportedFeature,
    ask,
    settle,
)
from pointsman.core.chat.completion import Completion
from pointsman.core.chat.event import Done
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.transcription import Transcription
from pointsman.core.error import BudgetExceeded, FallbackExhausted, RateLimitExceeded
from pointsman.core.money.budget import Budget
from pointsman.core.notice import FallbackTaken
from pointsman.core.routing.rate import Limit
from pointsman.services.ports.client import TokenCount
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import ScriptedClient
from tests.managed import managed

DOWN = ModelUnavailable(detail="down")
SOUND = Audio(Bytes(b"RIFF", "audio/wav"))
NO_RETRIES = RetrySettings(max_retries=0)


@attrs.define
class Failing(ScriptedClient):
    """Fails so many times in all, whatever is asked; `failures` counts down."""

    failures: int = 1_000
    fault: ChatError = DOWN
    asked: int = 0

    def _is_down(self) -> bool:
        self.asked += 1
        self.failures -= 1
        return self.failures >= 0

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        return Failure(self.fault) if self._is_down() else await ScriptedClient.call_complete(self, request)

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        return (
            EventStream.fail_with(self.fault)
            if self._is_down()
            else await ScriptedClient.open_completion(self, request)
        )

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        return Failure(self.fault) if self._is_down() else await ScriptedClient.call_embed(self, request)

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        return Failure(self.fault) if self._is_down() else await ScriptedClient.call_transcribe(self, request)

    async def call_count(self, request: ChatRequest) -> Result[TokenCount, ChatError]:
        return Failure(self.fault) if self._is_down() else await ScriptedClient.call_count(self, request)


Ask = Callable[[App, CallOptions], Awaitable[Result[Any, ChatError]]]


async def complete(app: App, options: CallOptions) -> Result[Any, ChatError]:
    return await settle(app.manager.complete(CompletionRequest("a/m", "Once", options=options)))


async def stream_completion(app: App, options: CallOptions) -> Result[Any, ChatError]:
    async with app.manager.stream(CompletionRequest("a/m", "Once", options=options)) as events:
        last = [event async for event in events][-1]
    return Result.from_value(last.response) if isinstance(last, Done) else Failure(getattr(last, "error", DOWN))


async def embed(app: App, options: CallOptions) -> Result[Any, ChatError]:
    return await settle(app.manager.embed(EmbeddingRequest("a/m", ("hello",), options=options)))


async def transcribe(app: App, options: CallOptions) -> Result[Any, ChatError]:
    return await settle(app.manager.transcribe(TranscriptionRequest("a/m", SOUND, options=options)))


async def count(app: App, options: CallOptions) -> Result[Any, ChatError]:
    return await settle(app.manager.count_tokens(ask("a/m", "hello", options)))


METERED = (complete, stream_completion, embed, transcribe)
ALL = (*METERED, count)
PLAIN = CallOptions()


def two(first: ScriptedClient) -> dict[str, ScriptedClient]:
    return {"a": first, "b": ScriptedClient(provider="b")}


@pytest.mark.parametrize("operation", ALL)
async def test_when_a_model_fails_the_next_one_is_asked(operation: Ask) -> None:
    async with managed(two(Failing(provider="a")), retries=NO_RETRIES, fallback=("b/m",)) as app:
        with app.events.listen(FallbackTaken) as notices:
            response = (await operation(app, PLAIN)).unwrap()
            notice = notices.receive_nowait()
    assert isinstance(notice, FallbackTaken)
    assert notice.next == "b/m"
    assert getattr(response, "provider", "b") == "b"
    assert [attempt.error for attempt in getattr(response, "attempts", ())[:-1]] in ([DOWN], [])


@pytest.mark.parametrize("operation", ALL)
async def test_the_order_of_a_call_is_its_own_fallback(operation: Ask) -> None:
    third = Failing(provider="c")
    async with managed({**two(Failing(provider="a")), "c": third}, retries=NO_RETRIES, fallback=("c/m",)) as app:
        response = (await operation(app, CallOptions(order=("b/m",)))).unwrap()
    assert getattr(response, "provider", "b") == "b"
    assert third.asked == 0


@pytest.mark.parametrize("operation", ALL)
async def test_when_all_fail_every_attempt_is_told(operation: Ask) -> None:
    clients = {"a": Failing(provider="a"), "b": Failing(provider="b")}
    async with managed(clients, retries=NO_RETRIES, fallback=("b/m",)) as app:
        error = (await operation(app, PLAIN)).failure()
    assert isinstance(error, FallbackExhausted)
    assert len(error.attempts) == 2


@pytest.mark.parametrize("operation", ALL)
async def test_a_model_that_cannot_do_it_at_all_does_not_hide_what_went_wrong(operation: Ask) -> None:
    clients = {
        "a": Failing(provider="a"),
        "b": Failing(provider="b", fault=UnsupportedFeature(feature="it", local=True)),
    }
    async with managed(clients, retries=NO_RETRIES, fallback=("b/m",)) as app:
        assert isinstance((await operation(app, PLAIN)).failure(), ModelUnavailable)


@pytest.mark.parametrize("operation", ALL)
async def test_a_failure_is_tried_again(operation: Ask) -> None:
    inner = Failing(provider="a", failures=1)
    async with managed({"a": inner}, retries=RetrySettings(max_retries=1)) as app:
        (await operation(app, PLAIN)).unwrap()
    assert inner.asked == 2


@pytest.mark.parametrize("operation", METERED)
async def test_a_limit_is_kept_and_the_call_is_recorded(operation: Ask) -> None:
    limits = {"a": Limit(requests_per_minute=1, max_wait=0.0)}
    async with managed({"a": Failing(provider="a", failures=0)}, limits=limits, retries=NO_RETRIES) as app:
        (await operation(app, PLAIN)).unwrap()
        assert isinstance((await operation(app, PLAIN)).failure(), RateLimitExceeded)
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert [record.outcome for record in records] == ["ok", "RateLimitExceeded"]


@pytest.mark.parametrize("operation", METERED)
async def test_a_budget_is_kept(operation: Ask) -> None:
    async with managed({"a": Failing(provider="a", failures=0)}, budgets=(Budget(name="tiny", tokens=1),)) as app:
        assert isinstance((await operation(app, PLAIN)).failure(), BudgetExceeded)
