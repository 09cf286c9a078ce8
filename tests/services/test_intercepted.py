"""Guards see every call twice, whatever becomes of it."""

from __future__ import annotations

import anyio
import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import ChatRequest, ChatResponse, ModelUnavailable, RateLimitExceeded, ask, settle
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Done, Failed, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Text
from pointsman.core.error import ChatError
from pointsman.core.models.model import ModelFacts
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.interceptors.measurement import Measured
from pointsman.testing import FixedModels, Reply, ScriptedClient, VirtualClock
from tests.managed import answer, chat, continued, stream

QUESTION = ask("m", "hello")


@attrs.define
class Watcher:
    """Writes down what it sees; refuses if told to."""

    name: str
    seen: list[str]
    refuse: ChatError | None = None
    calls: list[Call] = attrs.field(factory=list)

    async def before(self, call: Call) -> Result[After | None, ChatError]:
        self.seen.append(f"{self.name} admits")
        return Failure(self.refuse) if self.refuse else Success(self.close)

    async def close(self, call: Call) -> None:
        self.seen.append(f"{self.name} closes")
        self.calls.append(call)


def guarded(script: list[Reply], refuse: ChatError | None = None) -> tuple[Intercepted, list[str], Watcher]:
    """A guarded client with two guards, what they saw, and the outer one."""
    seen: list[str] = []
    outer = Watcher("outer", seen)
    inner = ScriptedClient(script)
    return Intercepted(inner, (outer, Watcher("inner", seen, refuse)), VirtualClock(), "fake", "x-"), seen, outer


async def test_guards_admit_in_order_and_close_in_the_opposite_order() -> None:
    client, seen, outer = guarded(["fine"])
    assert isinstance(await chat(client, QUESTION), ChatResponse)
    assert seen == ["outer admits", "inner admits", "inner closes", "outer closes"]
    assert isinstance(outer.calls[0].response, ChatResponse)
    assert (outer.calls[0].kind, outer.calls[0].provider, outer.calls[0].id) == ("chat", "fake", "x-1")


async def test_a_refused_call_is_not_made_and_those_who_admitted_it_are_told() -> None:
    client, seen, outer = guarded(["never"], RateLimitExceeded(local=True))
    assert isinstance(await chat(client, QUESTION), RateLimitExceeded)
    assert seen == ["outer admits", "inner admits", "outer closes"]
    assert isinstance(outer.calls[0].error, RateLimitExceeded)
    events = await stream(client, QUESTION)
    assert [type(event) for event in events] == [Failed]


async def test_a_stream_tells_its_first_output_its_pieces_and_its_end() -> None:
    client, seen, outer = guarded(["a text of some length, so that it comes in several pieces"])
    events = await stream(client, QUESTION)
    call = outer.calls[0]
    assert call.kind == "stream"
    assert call.pieces == len(events) - 1
    assert call.first is not None
    assert seen[-2:] == ["inner closes", "outer closes"]


async def test_a_stream_that_breaks_tells_what_had_come() -> None:
    broken: list[StreamEvent] = [
        Started("1", "m"),
        TextDelta("half"),
        Failed(ModelUnavailable(), ChatResponse(parts=(Text("half"),))),
    ]
    client, _, outer = guarded([broken])
    await stream(client, QUESTION)
    call = outer.calls[0]
    assert isinstance(call.error, ModelUnavailable)
    assert call.partial is not None
    assert call.partial.text == "half"


async def test_leaving_a_stream_early_closes_as_cancelled() -> None:
    client, seen, outer = guarded(["a text of some length, so that it comes in several pieces"])
    async with client.stream(QUESTION) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert outer.calls[0].is_cancelled
    assert seen[-2:] == ["inner closes", "outer closes"]


async def test_a_cancelled_call_is_told_to_every_guard() -> None:
    @attrs.define
    class Forever(ScriptedClient):
        async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
            await anyio.sleep_forever()
            return Success(answer())

    seen: list[str] = []
    outer = Watcher("outer", seen)
    client = Intercepted(Forever(), (outer, Watcher("inner", seen)), VirtualClock())
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: settle(client.chat(QUESTION)))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert seen == ["outer admits", "inner admits", "inner closes", "outer closes"]
    assert outer.calls[0].is_cancelled


async def test_a_guard_whose_end_is_interrupted_keeps_nobody_else_from_being_told() -> None:
    @attrs.define
    class Interrupted(Watcher):
        async def close(self, call: Call) -> None:
            await anyio.sleep_forever()

    seen: list[str] = []
    outer = Watcher("outer", seen)
    client = Intercepted(ScriptedClient(["fine"]), (outer, Interrupted("inner", seen)), VirtualClock())
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: settle(client.chat(QUESTION)))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert seen == ["outer admits", "inner admits", "outer closes"]
    assert isinstance(outer.calls[0].response, ChatResponse)


@pytest.mark.parametrize("kind", ["complete", "embed"])
async def test_completions_and_embeddings_are_guarded_too(kind: str) -> None:
    client, _, outer = guarded(["x"])
    if kind == "complete":
        assert isinstance(await settle(client.complete(CompletionRequest("m", "go on"))), Success)
    else:
        assert isinstance(await settle(client.embed(EmbeddingRequest("m", ("text",)))), Success)
    assert outer.calls[0].kind == kind
    assert outer.calls[0].response is not None


async def test_a_streamed_completion_is_a_call_of_its_kind_with_the_events_of_a_chat() -> None:
    client, seen, outer = guarded(["x"])
    events = await continued(client, CompletionRequest("m", "go on"))
    assert seen == ["outer admits", "inner admits", "inner closes", "outer closes"]
    (call,) = outer.calls
    assert (call.kind, call.streamed, call.model, call.first is not None) == ("complete", True, "m", True)
    assert isinstance(call.response, ChatResponse)
    assert call.response.text == "go on …"
    assert events[-1] == Done(call.response)
    assert call.pieces == len(events) - 1


@pytest.mark.parametrize(("streamed", "kind"), [(True, "stream"), (False, "chat")])
async def test_a_call_says_whether_it_is_streamed(streamed: bool, kind: str) -> None:
    client, _, outer = guarded(["x"])
    await (stream if streamed else chat)(client, QUESTION)
    assert (outer.calls[0].streamed, outer.calls[0].kind) == (streamed, kind)


async def test_a_refused_stream_of_a_completion_fails_before_it_begins() -> None:
    refusal = RateLimitExceeded(local=True)
    client, _, outer = guarded(["x"], refusal)
    assert await continued(client, CompletionRequest("m", "go on")) == [Failed(refusal, ChatResponse(provider="fake"))]
    assert outer.calls[0].error == refusal


async def test_a_model_whose_price_cannot_be_told_is_busy_no_longer_than_its_call() -> None:
    class Raising(FixedModels):
        def facts(self, provider: str, model: str) -> ModelFacts:
            raise KeyError(model)

    board, clock = MemoryScoreboard(), VirtualClock()
    client = Intercepted(ScriptedClient(), (Measured(Raising(), board, clock),), clock, "fake")
    with pytest.raises(KeyError):
        await settle(client.chat(QUESTION))
    (standing,) = board.read(["fake/m"], 0.0)
    assert (standing.in_flight, standing.observed.calls) == (0, 1)
