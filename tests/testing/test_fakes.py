"""Fakes keep what the real ones keep: time limits, prices, order; and what fails in a test fails as it is told to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from decimal import Decimal

import anyio
import attrs
import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Success

from pointsman import (
    Budget,
    BudgetExceeded,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    ConversationNotFound,
    EmbeddingRequest,
    Failed,
    InvalidResponse,
    LLMError,
    NetworkError,
    ProviderSettings,
    RateLimitExceeded,
    Settings,
    StorageError,
    TextDelta,
    TimeoutError,
    ask,
    fake,
    fake_settings,
    open_app,
    settle,
    tool_of,
)
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.core.chat.event import StreamItem
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.conversations.conversation import Conversation
from pointsman.services.ports.cache_store import CacheBounds, CacheStats
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import Reply, ScriptedClient, VirtualClock, failing, transcript
from tests.managed import chat, stream


async def test_a_reply_that_comes_too_late_is_a_timeout_in_virtual_time() -> None:
    clock, model = VirtualClock(), ScriptedClient()
    rule = model.respond("late", delay=100.0)
    async with open_app(fake({"fake": model}, clock), fake_settings()) as opened:
        client = opened.unwrap().clients["fake"]
        began = clock.time
        for outcome in (await chat(client, hurried(2.0)), (await stream(client, hurried(2.0)))[-1]):
            error = outcome.error if isinstance(outcome, Failed) else outcome
            assert isinstance(error, TimeoutError), error
            assert (error.timeout_ms, error.phase, error.provider) == (2000.0, "total", "fake")
        assert clock.time > began
        assert len(rule.calls) == len(model.requests) >= 2


async def test_a_reply_in_time_is_no_timeout() -> None:
    clock, model = VirtualClock(), ScriptedClient()
    model.respond("in time", delay=1.5)
    async with open_app(fake({"fake": model}, clock), fake_settings()) as opened:
        answer = await chat(opened.unwrap().client, hurried(2.0))
        assert isinstance(answer, ChatResponse)
        assert answer.text == "in time"
        assert clock.time == 1_000_001.5


async def test_a_completion_is_a_question_to_the_rules() -> None:
    model = ScriptedClient()
    rule = model.respond("Brig.", when="train", delay=1.5)
    async with open_app(fake({"fake": model}, clock := VirtualClock()), fake_settings()) as opened:
        client = opened.unwrap().clients["fake"]
        request = CompletionRequest("fake-model", "The train to")
        assert (await settle(client.complete(request))).unwrap().text == "Brig."
        assert clock.time == 1_000_001.5
        late = await settle(client.complete(attrs.evolve(request, timeout=0.5)))
        unknown = await settle(client.complete(attrs.evolve(request, prompt="The bus to")))
    assert isinstance(late.failure(), TimeoutError)
    assert isinstance(unknown.failure(), InvalidResponse)
    assert len(rule.calls) >= 2


async def test_vectors_may_take_their_time() -> None:
    model = ScriptedClient(delay=1.5)
    async with open_app(fake({"fake": model}, clock := VirtualClock()), fake_settings()) as opened:
        client = opened.unwrap().clients["fake"]
        assert len((await settle(client.embed(EmbeddingRequest("fake-model", ("a",))))).unwrap().embeddings) == 1
        assert clock.time == 1_000_001.5


class Stalling(ScriptedClient):
    """Says something, and then nothing more for an hour."""

    async def open_chat(self, request: ChatRequest) -> EventStream:
        async def events() -> AsyncGenerator[StreamItem, None]:
            yield TextDelta("half an ", 0)
            assert self.clock is not None
            await self.clock.sleep(3600)

        return await EventStream.start(events())


async def test_a_stream_that_stalls_is_cut_with_what_had_come() -> None:
    clock = VirtualClock()
    async with open_app(fake({"fake": Stalling()}, clock), fake_settings()) as opened:
        events = await stream(opened.unwrap().client, hurried(5.0))
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, TimeoutError)
    assert events[-1].partial.parts == (Text("half an "),)
    assert clock.time == 1_000_005


def hurried(seconds: float) -> ChatRequest:
    """A question that waits so long."""
    return attrs.evolve(ask("", "Which way?"), timeout=seconds)


async def test_a_tool_that_hangs_costs_no_real_time() -> None:
    async def hang() -> str:
        await anyio.sleep_forever()
        return ""

    clock = VirtualClock()
    model = ScriptedClient([ChatResponse(parts=(ToolCall("1", "hang", "{}"),)), "Without it, then."])
    async with open_app(fake({"fake": model}, clock), fake_settings()) as opened:
        client = opened.unwrap().manager.tooled(tool_of(hang, timeout=500).unwrap())
        assert isinstance(await chat(client, ask("", "Which way?")), ChatResponse)
    assert clock.time == 1_000_500
    assert "did not answer within 500 s" in str(model.requests[1].messages[-1].parts)


async def test_a_plain_tool_in_a_thread_is_waited_for() -> None:
    clock = VirtualClock()
    model = ScriptedClient([ChatResponse(parts=(ToolCall("1", "add", '{"a": 1, "b": 2}'),)), "3"])

    def add(a: int, b: int) -> int:
        return a + b

    async with open_app(fake({"fake": model}, clock), fake_settings()) as opened:
        client = opened.unwrap().manager.tooled(tool_of(add).unwrap())
        assert isinstance(await chat(client, ask("", "1 + 2?")), ChatResponse)
    assert clock.time == 1_000_000
    assert "3" in str(model.requests[1].messages[-1].parts)


async def test_twenty_at_once_of_which_some_are_told_to_wait_all_get_their_answers() -> None:
    """The clock that moved by the sum of all sleeps refused answers that were there in time."""
    clock, seen, outcomes = VirtualClock(), set[str](), list[ChatResponse | LLMError]()

    def answer(request: ChatRequest) -> Reply:
        text = request.messages[-1].text
        if int(text) % 3 == 0 and text not in seen:
            seen.add(text)
            return RateLimitExceeded(retry_after=1.0)
        return f"answer {text}"

    async with open_app(fake(answer, clock), fake_settings()) as opened:
        limiter, app = anyio.Semaphore(5), opened.unwrap()

        async def one(number: int) -> None:
            async with limiter:
                outcomes.append(await chat(app.client, ask("", str(number))))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(one, number)
    assert len(outcomes) == 20
    assert all(isinstance(outcome, ChatResponse) for outcome in outcomes)
    assert clock.time < 1_000_060


async def test_keeping_alive_does_not_run_away_with_the_time() -> None:
    clock = VirtualClock()
    settings = fake_settings()
    provider = attrs.evolve(settings.providers["fake"], keep_alive=300.0)
    async with open_app(fake(None, clock), attrs.evolve(settings, providers={"fake": provider})):
        await anyio.wait_all_tasks_blocked()
        assert clock.time == 1_000_000
        await clock.sleep(1000)
        assert clock.sleeps == [1000]


@pytest.mark.parametrize("dollars", ["1", "0"])
async def test_models_have_prices_so_budgets_can_be_tried(dollars: str) -> None:
    settings = attrs.evolve(fake_settings(), budgets=(Budget(name="day", usd=Decimal(dollars)),))
    async with open_app(fake(["Towards the tower."]), settings) as opened:
        outcome = await chat(opened.unwrap().client, ask("", "Which way?"))
    if dollars == "0":
        assert isinstance(outcome, BudgetExceeded)
        assert "could break it" in str(outcome)
    else:
        assert isinstance(outcome, ChatResponse)
        taken, given = outcome.usage.input or 0, outcome.usage.output or 0
        assert outcome.cost.usd == Decimal(taken + 2 * given) / 10**6 > 0


@pytest.mark.parametrize(
    ("name", "kind", "model", "dollars"),
    [("openai", "custom", "gpt-4o", None), ("mine", "openai", "gpt-4o", None), ("ollama", "custom", "x", "0")],
)
async def test_prices_are_those_of_the_kind_or_of_the_name(
    name: str, kind: str, model: str, dollars: str | None
) -> None:
    settings = Settings(providers={name: ProviderSettings(name=name, kind=kind)}, default_provider=name)
    async with open_app(fake({name: ScriptedClient()}), settings) as opened:
        facts = opened.unwrap().manager.book.facts(name, model)
    assert facts.price is not None
    assert facts.price.source != "fake"
    if dollars is None:
        assert facts.context_length
    else:
        assert facts.price.rates.input == Decimal(dollars)


async def test_rules_answer_what_fits_in_order_and_say_what_did_not() -> None:
    model = ScriptedClient()
    model.fail(NetworkError(detail="gone"), when="way", times=1)
    model.respond("left", "right", when="way")
    model.respond("yes", when=lambda request: request.model == "m")
    asked = ["which way?", "which way?", "which way?", "which way?"]
    outcomes = [await chat(model, ask("", text)) for text in asked]
    said = [outcome.text if isinstance(outcome, ChatResponse) else outcome.tag for outcome in outcomes]
    assert said == ["NetworkError", "left", "right", "InvalidResponse"]
    assert isinstance(outcomes[-1], InvalidResponse)
    assert "no rule of the script fits 'which way?'" in str(outcomes[-1])
    assert "'way' (2 of 2 used)" in str(outcomes[-1])
    assert [await _text(model, "m"), await _text(model, "m")] == ["yes", "yes"]
    assert transcript(model.requests)[-1] == "user: hello"
    assert model.unused_rules == []


async def _text(model: ScriptedClient, name: str) -> str:
    answer = await chat(model, ask(name, "hello"))
    assert isinstance(answer, ChatResponse)
    return answer.text


def test_a_rule_is_unused_until_it_is_asked_for() -> None:
    model = ScriptedClient()
    rule = model.respond("never", when="x")
    model.respond("perhaps", optional=True)
    assert model.unused_rules == [rule]


async def test_a_client_with_an_error_fails_whatever_it_is_asked_but_pings() -> None:
    down = NetworkError(detail="gone")
    model = ScriptedClient(error=down)
    (event,) = await stream(model, ask("", "hi"))
    assert isinstance(event, Failed)
    assert event.error.tag == "NetworkError"
    assert isinstance(await chat(model, ask("", "hi")), NetworkError)
    assert await settle(model.embed(EmbeddingRequest("", ("a",)))) == Failure(down)
    assert await settle(model.models()) == Failure(down)
    assert await settle(model.count_tokens(ask("", "hi"))) == Failure(down)
    ping = (await settle(model.ping())).unwrap()
    assert (ping.ok, ping.error) == (False, down)


async def test_a_failing_store_fails_in_what_it_is_told_to_and_when() -> None:
    full = StorageError(detail="the disk is full")
    store = failing(MemoryCache(CacheBounds()), full, methods=["clear"], after=1)
    assert await settle(store.stats()) == Success(CacheStats())
    assert await settle(store.clear()) == Success(0)
    assert await settle(store.clear()) == Failure(full)
    ledger = failing(MemoryLedger())
    assert isinstance(await settle(ledger.balances(["a"], 0.0)), Failure)


async def test_an_app_on_a_failing_store_says_so() -> None:
    layers = fake()

    async with open_app(layers, fake_settings()) as opened:
        app = opened.unwrap()
        store = failing(app.stores.conversations, methods=["create"])
        made = await settle(attrs.evolve(app.manager.conversations, store=store).create())
        assert isinstance(made, Failure)
        assert isinstance(made.failure(), StorageError)
        missing = await settle(app.manager.conversations.get("no"))
        assert isinstance(missing.failure(), ConversationNotFound)
        assert is_successful(await settle(app.stores.conversations.create(Conversation(id="a", created=0, updated=0))))


def test_the_old_address_still_works_and_names_the_new_one() -> None:
    import importlib
    import sys

    sys.modules.pop("pointsman.adapters.fakes.client", None)
    with pytest.warns(DeprecationWarning, match=r"from pointsman\.testing"):
        old = importlib.import_module("pointsman.adapters.fakes.client")
    assert old.ScriptedClient is ScriptedClient
