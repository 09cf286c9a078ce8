"""Every call leaves a usage record, whatever becomes of it; and what it should cost is known before it is made."""

from __future__ import annotations

from decimal import Decimal

import anyio
import attrs
import pytest
from returns.result import Failure, Result

from pointsman import (
    App,
    Budget,
    CacheSettings,
    CallOptions,
    ChatResponse,
    CompletionRequest,
    Cost,
    EmbeddingRequest,
    ModelUnavailable,
    RetrySettings,
    UsageRecord,
    ask,
    settle,
)
from pointsman.adapters.memory.usage_log import MemoryUsageLog
from pointsman.core.chat.event import Done, Failed, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Text
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.error import StorageError
from pointsman.core.money.call_trace import MOST_TEXT, NO_TRACE
from pointsman.core.money.cost import FREE
from pointsman.core.notice import AnalyticsUpdate, BudgetWarning, Degraded
from pointsman.core.settings import UsageSettings
from pointsman.services.event_bus import EventBus
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.usage_record import UsageRecorder
from pointsman.services.loss_log import SILENCE_SECONDS, LossLog
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.managed import Gated, answer, chat, continued, managed, priced, stream

PRICES = {"fake/m": priced("10")}


async def records(app: App) -> tuple[UsageRecord, ...]:
    return (await settle(app.manager.usage_log.read())).unwrap()


async def test_an_answer_is_recorded_with_all_that_is_known_of_it() -> None:
    clock = VirtualClock()

    def slow(request: object) -> Reply:
        clock.advance(2)
        return answer()

    options = CallOptions(task="analysis", tenant="ann", conversation="c", tags=("x", "y"))
    async with managed(ScriptedClient(slow), PRICES, clock=clock) as app:
        began = clock.time
        response = await chat(app.client, ask("fake/m", "a secret", options))
        (record,) = await records(app)
    assert isinstance(response, ChatResponse)
    assert record == UsageRecord(
        id=record.id,
        time=began,
        kind="chat",
        provider="fake",
        model="m",
        task="analysis",
        tenant="ann",
        conversation="c",
        tags=("x", "y"),
        usage=Usage(100, 100, 0, 0, 0),
        cost=Cost(Decimal("0.002")),
        latency_ms=2000.0,
        attempts=1,
        outcome="ok",
        finish="stop",
    )


async def test_an_error_is_recorded_with_its_tag_and_its_tries() -> None:
    inner = ScriptedClient(lambda request: ModelUnavailable())
    async with managed(inner, PRICES, retries=RetrySettings(max_retries=2)) as app:
        await chat(app.client, ask("fake/m", "hi"))
        (record,) = await records(app)
    assert (record.outcome, record.attempts, record.provider, record.model) == ("ModelUnavailable", 3, "fake", "m")
    assert (record.usage, record.cost) == (NOTHING, FREE)


async def test_the_tries_and_the_sentence_of_an_error_are_noted_and_of_a_plain_answer_nothing() -> None:
    inner = ScriptedClient([ModelUnavailable(detail="it rests"), answer()])
    async with managed(inner, PRICES, retries=RetrySettings(max_retries=1)) as app:
        await chat(app.client, ask("fake/m", "hi"))
        record = (await records(app))[-1]
    retried = record.trace
    assert retried.tries[0].start_ms == 0.0
    assert [(one.error, one.latency_ms >= 0) for one in retried.tries] == [("ModelUnavailable", True), ("", True)]
    assert "it rests" in retried.tries[0].message
    assert record.request is None, "no text was to be kept"
    async with managed(ScriptedClient([answer()]), PRICES) as app:
        await chat(app.client, ask("fake/m", "hi"))
        assert (await records(app))[-1].trace is NO_TRACE
    long = ScriptedClient([ModelUnavailable(detail="x" * 5000)])
    async with managed(long, PRICES, retries=RetrySettings(max_retries=0)) as app:
        await chat(app.client, ask("fake/m", "hi"))
        trace = (await records(app))[-1].trace
    assert "xxx" in trace.error
    assert len(trace.error) == MOST_TEXT, "a provider does not decide how much is kept"


async def test_a_stream_that_breaks_is_recorded_with_what_it_told() -> None:
    partial = ChatResponse(parts=(Text("half"),), usage=Usage(50, 50, 0, 0, 0), provider="fake")
    broken: list[StreamEvent] = [Started("1", "m"), TextDelta("half"), Failed(ModelUnavailable(), partial)]
    silent: list[StreamEvent] = [*broken[:2], Failed(ModelUnavailable(), attrs.evolve(partial, usage=UNKNOWN))]
    async with managed(ScriptedClient([broken, silent]), PRICES) as app:
        await stream(app.client, ask("fake/m", "hi"))
        await stream(app.client, ask("fake/m", "hi"))
        told, untold = await records(app)
    assert (told.kind, told.outcome, told.usage.total, told.cost) == (
        "stream",
        "ModelUnavailable",
        100,
        Cost(Decimal("0.001")),
    )
    assert told.first_ms is not None
    assert (untold.usage, untold.basis, untold.cost.complete) == (UNKNOWN, "reserved", False)
    assert untold.cost.amount > told.cost.amount, "nobody told: it is booked at the most it could cost"


async def test_leaving_a_stream_is_recorded_as_cancelled_at_the_most_it_could_cost() -> None:
    async with managed(ScriptedClient(lambda request: answer("word " * 100)), PRICES) as app:
        async with app.client.stream(ask("fake/m", "hi")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        (record,) = await records(app)
        rows = (await settle(app.manager.report("all"))).unwrap()
    assert (record.outcome, record.usage, record.basis) == ("Cancelled", UNKNOWN, "reserved")
    assert record.cost == Cost(Decimal(10 * record.unseen_tokens).scaleb(-6), complete=False)
    assert not rows[0].cost.complete


async def test_completions_and_embeddings_are_recorded_and_priced() -> None:
    keeping = UsageSettings(keep_content=True)
    async with managed(ScriptedClient(), {"fake/e": priced("10"), **PRICES}, usage=keeping) as app:
        request = CompletionRequest("fake/m", "go on", options=CallOptions(tenant="ann"))
        completion = (await settle(app.client.complete(request))).unwrap()
        embedded = (await settle(app.client.embed(EmbeddingRequest("fake/e", ("some text",))))).unwrap()
        completed, vectors = await records(app)
    assert (completed.kind, completed.tenant, vectors.kind) == ("complete", "ann", "embed")
    assert (completed.prompt, completed.answer, completed.finish) == ("go on", completion.text, "stop")
    assert embedded.cost == vectors.cost
    assert vectors.cost.complete
    assert vectors.cost.amount > 0


async def test_a_streamed_completion_is_recorded_and_priced_as_a_completion() -> None:
    keeping = UsageSettings(keep_content=True)
    async with managed(ScriptedClient(), PRICES, usage=keeping) as app:
        request = CompletionRequest("fake/m", "go on", options=CallOptions(tenant="ann"))
        end = (await continued(app.client, request))[-1]
        (record,) = await records(app)
    assert isinstance(end, Done)
    assert (record.kind, record.tenant, record.outcome, record.finish) == ("complete", "ann", "ok", "stop")
    assert (record.provider, record.model, record.attempts) == ("fake", "m", 1)
    assert record.usage == end.response.usage
    assert record.cost == end.response.cost
    assert record.cost.amount > 0
    assert record.first_ms is not None
    assert (record.prompt, record.answer) == ("go on", "go on …")


async def test_leaving_a_streamed_completion_is_recorded_as_cancelled() -> None:
    async with managed(ScriptedClient(), PRICES) as app:
        async with app.client.stream(CompletionRequest("fake/m", "go on " * 100)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        (record,) = await records(app)
    assert (record.kind, record.outcome, record.basis) == ("complete", "Cancelled", "reserved")
    assert record.cost.amount > 0


async def test_what_was_said_is_kept_only_when_asked_for() -> None:
    async with managed(ScriptedClient(lambda request: answer("the answer")), PRICES) as app:
        await chat(app.client, ask("fake/m", "the question"))
        (without,) = await records(app)
    keeping = UsageSettings(keep_content=True)
    async with managed(ScriptedClient(lambda request: answer("the answer")), PRICES, usage=keeping) as app:
        await chat(app.client, ask("fake/m", "the question"))
        (kept,) = await records(app)
    assert (without.prompt, without.answer) == ("", "")
    assert (kept.prompt, kept.answer) == ("user: the question", "the answer")


async def test_a_log_that_fails_costs_the_record_and_not_the_answer() -> None:
    class Broken(MemoryUsageLog):
        async def add(self, record: UsageRecord) -> Result[None, StorageError]:
            return Failure(StorageError(detail="the disk is full"))

    bus, clock = EventBus(), VirtualClock()
    client = Intercepted(ScriptedClient(["fine"]), (UsageRecorder(Broken(), bus, clock),), clock)
    with bus.listen(AnalyticsUpdate) as told, bus.listen(Degraded) as lost:
        assert isinstance(await chat(client, ask("m", "hi")), ChatResponse)
        notice = told.receive_nowait()
        degraded = lost.receive_nowait()
    assert isinstance(notice, AnalyticsUpdate)
    assert isinstance(notice.lost, StorageError)
    assert isinstance(degraded, Degraded)
    assert (degraded.part, degraded.error) == ("the usage record", notice.lost)


def test_the_log_of_a_server_tells_of_a_loss_once_and_again_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    log, full = LossLog(EventBus(), clock), StorageError(detail="the disk\nis full")
    unbooked = BudgetWarning(budget="all", account="all|", share=0.0, lost=Cost(Decimal("0.5")))
    for _ in range(3):
        for part in ("the usage record", "the cache"):
            log.take(Degraded(part=part, error=full))
        log.take(unbooked)
        log.take(attrs.evolve(unbooked, lost=None))
    told = [record.getMessage() for record in caplog.records]
    assert [one.partition(":")[0] for one in told] == ["the usage record", "the cache", "the budget 'all'"]
    assert "the disk" in told[0]
    assert "\n" not in told[0]
    clock.advance(SILENCE_SECONDS)
    log.take(Degraded(part="the cache", error=full))
    assert caplog.records[3].getMessage().endswith("(2 times more since it was told last)")


async def test_losses_are_heard_of_by_the_bus(caplog: pytest.LogCaptureFixture) -> None:
    bus = EventBus()
    async with anyio.create_task_group() as group:
        group.start_soon(LossLog(bus, VirtualClock()).run)
        await anyio.wait_all_tasks_blocked()
        bus.publish(Degraded(part="the cache", error=StorageError(detail="it is gone")))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_an_estimate_is_made_of_who_would_be_asked_first() -> None:
    async with managed(ScriptedClient(), PRICES) as app:
        request = attrs.evolve(ask("fake/m", "hello " * 1000), max_tokens=200)
        estimate = (await settle(app.manager.estimate(request))).unwrap()
        unknown = (await settle(app.manager.estimate(ask("fake/other", "hello")))).unwrap()
        assert await records(app) == ()
    assert (estimate.model, estimate.output_tokens) == ("fake/m", 200)
    assert 900 < estimate.input_tokens < 1300
    assert estimate.expected == Cost(Decimal(10 * (estimate.input_tokens + 200)).scaleb(-6).quantize(Decimal("1e-12")))
    assert estimate.most.amount > estimate.expected.amount
    assert unknown.expected.usd is None
    assert unknown.most.usd is None


async def test_a_budget_that_is_nearly_spent_is_told_once() -> None:
    budget = Budget(name="b", usd=Decimal("0.01"), warn_at=0.5)
    inner = ScriptedClient(lambda request: answer(usage=Usage(5, 95, 0, 0, 0)))
    async with managed(inner, {"fake/m": priced("20")}, budgets=(budget,)) as app:
        with app.events.listen(BudgetWarning) as told:
            for _ in range(4):
                await chat(app.client, attrs.evolve(ask("fake/m", "hi"), max_tokens=100))
            count = told.statistics().current_buffer_used
            notice = told.receive_nowait()
        balances = (await settle(app.manager.balances())).unwrap()
    assert count == 1
    assert isinstance(notice, BudgetWarning)
    assert (notice.budget, notice.share) == ("b", 0.6)
    assert balances[0][1].spent.cost.amount == Decimal("0.008")


async def test_an_answer_from_the_cache_used_nothing_and_says_what_it_saved() -> None:
    inner = ScriptedClient(lambda request: answer())
    async with managed(inner, PRICES, cache=CacheSettings(enabled=True)) as app:
        await chat(app.client, ask("fake/m", "hi"))
        await chat(app.client, ask("fake/m", "hi"))
        first, second = await records(app)
    assert (first.cache, first.usage.total, first.saved) == ("", 200, FREE)
    assert (second.cache, second.usage, second.cost, second.saved) == ("exact", NOTHING, FREE, first.cost)
    assert (second.provider, second.model) == ("fake", "m")


async def test_an_answer_that_was_stopped_keeps_its_provider() -> None:
    clients = {"fake": ScriptedClient(lambda request: answer("a long answer")), "slow": Gated(provider="slow")}
    async with managed(clients) as app:
        for model in ("fake/m", "slow/m"):
            with anyio.move_on_after(0.05):
                if model == "fake/m":
                    async with app.manager.stream(ask(model, "Hi")) as events:
                        await anext(events)
                else:
                    await settle(app.manager.chat(ask(model, "Hi")))
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert [(one.outcome, one.provider, one.model) for one in records] == [
        ("Cancelled", "fake", "m"),
        ("Cancelled", "slow", "m"),
    ]


async def test_a_stopped_stream_is_of_the_model_that_stepped_in() -> None:
    clients = {
        "fake": ScriptedClient(lambda request: ModelUnavailable(detail="down")),
        "other": ScriptedClient(provider="other"),
    }
    async with managed(clients, fallback=("other/m",), retries=RetrySettings(max_retries=0)) as app:
        async with app.manager.stream(ask("fake/m", "Hi")) as events:
            await anext(events)
        (record,) = (await settle(app.manager.usage_log.read())).unwrap()
    assert (record.outcome, record.provider) == ("Cancelled", "other")
