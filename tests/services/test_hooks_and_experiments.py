"""Hooks, experiments, shadow traffic and the event bus."""

from __future__ import annotations

import gc
from typing import Any, cast

import anyio
import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import (
    CacheSettings,
    CallOptions,
    ChatRequest,
    ChatResponse,
    ConfigurationError,
    ContentFiltered,
    Experiment,
    InvalidResponse,
    Variant,
    ask,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import system
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.chat.response import response_of
from pointsman.core.error import ChatError
from pointsman.core.money.budget import Budget
from pointsman.core.notice import (
    AnalyticsUpdate,
    FunctionCalls,
    NoticesLost,
    ResponseChunk,
    ResponseComplete,
    ResponseStart,
    RetryMade,
)
from pointsman.services.event_bus import EventBus
from pointsman.services.middleware.hooks import Hooked
from pointsman.testing import ScriptedClient
from tests.managed import answer, chat, managed, stream


def shout(request: ChatRequest) -> Result[ChatRequest, ChatError]:
    return Success(attrs.evolve(request, messages=(system("SHOUT"), *request.messages)))


def no_secrets(request: ChatRequest) -> Result[ChatRequest, ChatError]:
    if "secret" in request.messages[-1].text:
        return Failure(ContentFiltered(detail="that is a secret", local=True))
    return Success(request)


def sign(request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, ChatError]:
    return Success(attrs.evolve(response, parts=(*response.parts, Text(f" ({request.messages[0].text})"))))


def not_empty(request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, ChatError]:
    return Success(response) if response.text else Failure(InvalidResponse(detail="it is empty"))


async def test_hooks_run_in_order_over_request_and_response() -> None:
    inner = ScriptedClient(lambda request: answer("hello"))
    client = Hooked(inner, (no_secrets, shout), (not_empty, sign))
    response = await chat(client, ask("m", "hi"))
    assert isinstance(response, ChatResponse)
    assert response.text == "hello (SHOUT)"
    assert inner.requests[0].messages[0].text == "SHOUT"
    end = (await stream(client, ask("m", "hi")))[-1]
    assert isinstance(end, Done)
    assert end.response.text == "hello (SHOUT)"


async def test_a_hook_may_refuse_a_request_or_reject_a_response() -> None:
    inner = ScriptedClient(lambda request: answer(""))
    client = Hooked(inner, (no_secrets,), (not_empty, sign))
    assert isinstance(await chat(client, ask("m", "a secret")), ContentFiltered)
    assert isinstance((await stream(client, ask("m", "a secret")))[-1], Failed)
    assert inner.requests == []
    assert isinstance(await chat(client, ask("m", "hi")), InvalidResponse)
    assert isinstance((await stream(client, ask("m", "hi")))[-1], Failed)


async def test_hooks_are_a_layer() -> None:
    layers = attrs.evolve(fake(ScriptedClient(lambda request: answer("hello")).script), after=(sign,))
    async with open_app(layers, fake_settings()) as opened:
        response = await chat(opened.unwrap().client, ask("fake/m", "hi"))
    assert isinstance(response, ChatResponse)
    assert response.text == "hello (hi)"


PROMPTS = Experiment(
    name="prompts",
    variants=(Variant(name="plain"), Variant(name="polite", system="Be polite.", temperature=0.5)),
)


async def test_callers_stay_in_their_variant_and_the_records_tell_it() -> None:
    inner = ScriptedClient(lambda request: answer())
    async with managed(inner, experiments=(PROMPTS,)) as app:
        for number in range(40):
            options = CallOptions(sticky=f"caller {number % 8}", tags=("x",))
            assert isinstance(await chat(app.client, ask("fake/m", "hi", options)), ChatResponse)
        records = (await settle(app.manager.usage_log.read())).unwrap()
        compared = (await settle(app.manager.compare())).unwrap()
    by_caller = [record.variant for record in records]
    assert by_caller[:8] * 5 == by_caller
    assert {record.experiment for record in records} == {"prompts"}
    assert {record.tags for record in records} == {("x",)}
    polite = [request for request in inner.requests if request.messages[0].role == "system"]
    assert len(polite) == by_caller.count("polite")
    assert {request.temperature for request in polite} == {0.5}
    assert {(one.variant, one.calls) for one in compared} == {(v, by_caller.count(v)) for v in set(by_caller)}
    assert all(one.success.mean == 1.0 for one in compared)


async def test_shadow_traffic_is_asked_recorded_and_thrown_away() -> None:
    inner = ScriptedClient(lambda request: answer(f"from {request.model}"))
    shadowed = Experiment(name="new", shadow=("fake/new",))
    async with managed(inner, experiments=(shadowed,)) as app:
        response = await chat(app.client, ask("fake/m", "hi"))
        await anyio.wait_all_tasks_blocked()
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert isinstance(response, ChatResponse)
    assert response.text == "from m"
    assert sorted(request.model for request in inner.requests) == ["m", "new"]
    assert sorted((record.experiment, record.variant) for record in records) == [("", ""), ("new", "shadow fake/new")]


async def test_shadow_traffic_does_not_come_from_the_cache() -> None:
    inner = ScriptedClient(lambda request: answer())
    shadowed = Experiment(name="new", shadow=("fake/new",))
    async with managed(inner, experiments=(shadowed,), cache=CacheSettings(enabled=True)) as app:
        for _ in range(2):
            await chat(app.client, ask("fake/m", "hi"))
            await anyio.wait_all_tasks_blocked()
    assert sorted(request.model for request in inner.requests) == ["m", "new", "new"]


async def test_an_experiment_with_one_task_leaves_others_alone() -> None:
    only = attrs.evolve(PROMPTS, task="analysis", variants=(Variant(name="other", model="fake/other"),))
    inner = ScriptedClient(lambda request: answer())
    async with managed(inner, experiments=(only,)) as app:
        await chat(app.client, ask("fake/m", "hi"))
        await chat(app.client, ask("fake/m", "hi", CallOptions(task="analysis")))
    assert [request.model for request in inner.requests] == ["m", "other"]


async def test_the_bus_tells_what_a_call_does() -> None:
    from pointsman import ModelUnavailable

    inner = ScriptedClient([ModelUnavailable(detail="down"), "a text of some length, in several pieces"])
    async with managed(inner) as app:
        with app.events.listen() as told:
            events = await stream(app.client, ask("fake/m", "hi", CallOptions(task="general", tenant="ann")))
            notices = [told.receive_nowait() for _ in range(told.statistics().current_buffer_used)]
    kinds = [type(notice) for notice in notices]
    assert kinds[:2] == [ResponseStart, RetryMade]
    assert kinds[-2:] == [AnalyticsUpdate, ResponseComplete]
    assert kinds.count(ResponseChunk) == len(events) - 1
    start, complete = notices[0], notices[-1]
    assert isinstance(start, ResponseStart)
    assert isinstance(complete, ResponseComplete)
    assert (start.id, start.task, start.tenant) == (complete.id, "general", "ann")
    assert complete.response is not None
    assert complete.response.retry_count == 1


async def test_functions_that_a_model_called_are_a_notice_of_their_own() -> None:
    asking = (ToolCall("1", "weather", '{"city":"Rome"}'), ToolCall("2", "weather", '{"city":"Oslo"}'))
    inner = ScriptedClient([attrs.evolve(answer(), parts=asking), answer()])
    async with managed(inner) as app:
        with app.events.listen(ResponseStart, FunctionCalls) as told:
            await stream(app.client, ask("fake/m", "How is it?"))
            await chat(app.client, ask("fake/m", "How is it?"))
            notices = [told.receive_nowait() for _ in range(told.statistics().current_buffer_used)]
    assert [type(notice) for notice in notices] == [ResponseStart, FunctionCalls, ResponseStart]
    start, called = notices[:2]
    assert isinstance(start, ResponseStart)
    assert called == FunctionCalls(id=start.id, calls=asking)


async def test_a_slow_listener_loses_notices_by_number_and_holds_nobody_up() -> None:
    bus = EventBus()
    starts = [ResponseStart(id=str(number), model="m") for number in range(10)]
    with bus.listen(ResponseStart, most=4) as told:
        assert bus.wants(ResponseStart)
        assert not bus.wants(ResponseChunk)
        for start in starts[:9]:
            bus.publish(start)
        heard = [told.receive_nowait() for _ in range(4)]
        bus.publish(starts[9])
        heard += [told.receive_nowait(), told.receive_nowait()]
    assert heard == [*starts[:4], NoticesLost(count=5), starts[9]]
    assert not bus.wants(ResponseStart)


async def test_a_used_up_budget_is_no_fault_of_a_variant() -> None:
    budgets = (Budget(name="day", tokens=9_000),)
    inner = ScriptedClient(lambda request: answer())
    async with managed(inner, experiments=(PROMPTS,), budgets=budgets) as app:
        outcomes = [await chat(app.client, ask("fake/m", "hello")) for _ in range(60)]
        rows = (await settle(app.manager.compare())).unwrap()
    answers = [one for one in outcomes if isinstance(one, ChatResponse)]
    assert 0 < len(answers) < 60
    assert sum(row.calls for row in rows) == len(answers)
    assert {row.success.mean for row in rows if row.calls} == {1.0}


async def in_a_coroutine(request: ChatRequest) -> Result[ChatRequest, ChatError]:
    return Success(request)


@pytest.mark.parametrize(
    ("hook", "given"),
    [
        (in_a_coroutine, "a coroutine"),
        (lambda request: None, "None"),
        (lambda request: Success("hi"), "Success of str"),
    ],
)
@pytest.mark.filterwarnings("error")
async def test_what_a_hook_gives_that_is_no_result_is_a_failure_that_names_it(hook: Any, given: str) -> None:
    inner = ScriptedClient(lambda request: answer("ok"))
    before = Hooked(inner, before=(hook,))
    after = Hooked(inner, after=(lambda request, response: hook(request),))
    outcomes = [await chat(client, ask("fake/m", "Hello")) for client in (before, after)]
    ends = [(await stream(client, ask("fake/m", "Hello")))[-1] for client in (before, after)]
    gc.collect()  # a coroutine that nobody awaited says so when it goes
    for error in (*outcomes, *(end.error for end in ends if isinstance(end, Failed))):
        assert isinstance(error, ConfigurationError)
        assert f"gave {given}, where a Result of a Chat" in error.detail
    assert len(ends) == 2
    assert response_of(cast(ConfigurationError, outcomes[1])) == answer("ok")
