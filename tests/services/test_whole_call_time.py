"""A request's timeout is for the whole call, however often somebody is asked, or waited for, to answer once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
import anyio.lowlevel
import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import (
    App,
    CacheSettings,
    CallOptions,
    ChatError,
    ChatRequest,
    ChatResponse,
    Client,
    EmbeddingRequest,
    EmbeddingResponse,
    Failed,
    InvalidRequest,
    LLMError,
    MemorySettings,
    ModelUnavailable,
    Settings,
    TimeoutError,
    ask,
    assistant,
    fake,
    fake_settings,
    open_app,
    settle,
    tool_of,
    user,
)
from pointsman.core.chat.event import Done
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.response import Finish
from pointsman.core.settings import SemanticSettings, WindowSettings
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.testing import ScriptedClient, VirtualClock
from pointsman.testing.rules import Reply

SECONDS = 2.0
Answered: TypeAlias = Result[object, LLMError]
SETTINGS = fake_settings("fake", "other")
CALLS_THE_TOOL = ChatResponse(parts=(ToolCall("1", "look", "{}"),), finish_reason=Finish.TOOL_CALLS)


def asked(text: str = "Which way?", **options: object) -> ChatRequest:
    return attrs.evolve(ask("fake/m", text), timeout=SECONDS, options=attrs.evolve(CallOptions(), **options))  # type: ignore[arg-type]


class SlowToEmbed(ScriptedClient):
    """A model whose vectors take 1.5 s."""

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        assert self.clock is not None
        await self.clock.sleep(1.5)
        return await super().call_embed(request)


async def stream(client: Client, request: ChatRequest) -> Answered:
    async with client.stream(request) as events:
        async for event in events:
            match event:
                case Done(response):
                    return Success(response)
                case Failed(error):
                    return Failure(error)
                case _:
                    pass
    raise AssertionError("the stream has no end")


def look() -> str:
    """Look where the train is."""
    return "at the tower"


def with_tool(app: App) -> Client:
    return app.manager.tooled(tool_of(look).unwrap())


async def with_slow_tool(app: App) -> Answered:
    async def wait_there() -> str:
        """Wait for the train."""
        await app.clock.sleep(100.0)
        return "it has come"

    named = attrs.evolve(tool_of(wait_there).unwrap(), spec=attrs.evolve(tool_of(look).unwrap().spec))
    return await settle(app.manager.tooled(named).chat(asked()))


async def typed(app: App) -> Answered:
    return await settle(app.manager.ask(asked(), int))


async def typed_stream(app: App) -> Answered:
    async with app.manager.ask_stream(asked(), int) as parts:
        async for part in parts:
            match part:
                case Failed(error):
                    return Failure(error)
                case TypedAnswer():
                    return Success(part)
                case _:
                    pass
    raise AssertionError("the stream has no end")


async def behind_an_equal_question(app: App) -> Answered:
    """Its first asker has no limit, and is answered late."""
    outcomes: list[Answered] = []
    async with anyio.create_task_group() as group:
        group.start_soon(settle, app.client.chat(attrs.evolve(asked(), timeout=None)))
        for _ in range(20):  # it is under way then; to wait until all wait would move the time
            await anyio.lowlevel.checkpoint()
        outcomes.append(await settle(app.client.chat(asked())))
        outcomes.append(await stream(app.client, asked()))
        group.cancel_scope.cancel()
    assert isinstance(outcomes[1], Failure)
    return outcomes[0]


async def after_summaries(app: App) -> Answered:
    talks = app.manager.conversations
    id = (await settle(talks.create())).unwrap().id
    for _ in range(12):
        await settle(talks.add_message(id, user("word " * 60)))
        await settle(talks.add_message(id, assistant("word " * 60)))
    outcome = await settle(talks.ask(id, asked()))
    assert len((await settle(talks.get(id))).unwrap().entries) == 24  # nothing is kept of a turn that never began
    return outcome


def hedged(app: App) -> ChatRequest:
    return asked(hedge_after=1.5, order=("fake/m", "other/m"))


DOWN = ModelUnavailable(detail="down")
WITH_FALLBACK = attrs.evolve(SETTINGS, fallback=("other/m",))
CASES: dict[str, tuple[Callable[[App], Awaitable[Answered]], tuple[Reply, ...], float, float, Settings]] = {
    "one try": (lambda app: settle(app.client.chat(asked())), ("late",), 100.0, 2.0, SETTINGS),
    "fallback": (lambda app: settle(app.client.chat(asked())), (DOWN,), 1.5, 2.0, WITH_FALLBACK),
    "fallback, streamed": (lambda app: stream(app.client, asked()), (DOWN,), 1.5, 2.0, WITH_FALLBACK),
    "hedge": (lambda app: settle(app.client.chat(hedged(app))), ("late",), 100.0, 2.0, SETTINGS),
    "hedge, streamed": (lambda app: stream(app.client, hedged(app)), ("late",), 100.0, 2.0, SETTINGS),
    "tools": (lambda app: settle(with_tool(app).chat(asked())), (CALLS_THE_TOOL, "done"), 1.5, 2.0, SETTINGS),
    "tools, streamed": (lambda app: stream(with_tool(app), asked()), (CALLS_THE_TOOL, "done"), 1.5, 2.0, SETTINGS),
    "a slow tool": (with_slow_tool, (CALLS_THE_TOOL, "done"), 0.5, 2.0, SETTINGS),
    "typed": (typed, ("no number", "7"), 1.5, 2.0, SETTINGS),
    "typed, streamed": (typed_stream, ("no number", "7"), 1.5, 2.0, SETTINGS),
    "an equal question under way": (
        behind_an_equal_question,
        ("late",),
        100.0,
        4.0,  # two of them wait, one after the other
        attrs.evolve(SETTINGS, cache=CacheSettings(enabled=True)),
    ),
    "likeness": (
        lambda app: settle(app.client.chat(attrs.evolve(asked(), temperature=0.0))),
        ("late",),
        1.5,
        2.0,
        attrs.evolve(SETTINGS, cache=CacheSettings(enabled=True, semantic=SemanticSettings(model="fake/m"))),
    ),
    "memories": (
        lambda app: settle(app.manager.enhanced(memories=3).chat(asked())),
        ("late",),
        1.5,
        2.0,
        attrs.evolve(SETTINGS, memory=MemorySettings(embedding_model="fake/m")),
    ),
    "memories, streamed": (
        lambda app: stream(app.manager.enhanced(memories=3), asked()),
        ("late",),
        1.5,
        2.0,
        attrs.evolve(SETTINGS, memory=MemorySettings(embedding_model="fake/m")),
    ),
    "summaries": (
        after_summaries,
        ("a summary",),
        1.5,
        2.0,
        attrs.evolve(SETTINGS, window=WindowSettings(strategy="summarize", max_tokens=400)),
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_time_of_a_request_is_that_of_the_whole_call(case: str) -> None:
    use, replies, delay, expected, settings = CASES[case]
    clock = VirtualClock()
    client, other = SlowToEmbed(clock=clock), ScriptedClient(clock=clock)
    client.respond(*replies, delay=delay)
    other.respond("late too", delay=100.0)
    async with open_app(fake({"fake": client, "other": other}, clock), settings) as opened:
        began = clock.monotonic()
        error = (await use(opened.unwrap())).failure()
        assert clock.monotonic() - began == pytest.approx(expected, abs=0.01)
    last = error.attempts[-1].error if error.attempts and not isinstance(error, TimeoutError) else error
    assert isinstance(last, TimeoutError)
    if last is error:
        assert (error.phase, error.timeout_ms) == ("total", SECONDS * 1000)


async def test_a_repair_of_json_has_the_rest_of_the_time() -> None:
    clock = VirtualClock()
    client = ScriptedClient(clock=clock)
    client.respond("no object", '{"fits": true}', delay=1.5)
    async with open_app(fake({"fake": client}, clock)) as opened:
        began = clock.monotonic()
        answer = await settle(opened.unwrap().client.chat(attrs.evolve(asked(), json_mode=True)))
        assert clock.monotonic() - began == pytest.approx(SECONDS, abs=0.01)
    assert [warning.subject for warning in answer.unwrap().warnings] == ["json_mode"]
    assert [request.timeout for request in client.requests] == [2.0, 0.5]


async def test_what_ran_before_the_time_was_up_is_not_forgotten() -> None:
    clock = VirtualClock()
    client = ScriptedClient(clock=clock)
    client.respond(CALLS_THE_TOOL, "done", delay=1.5)
    async with open_app(fake({"fake": client}, clock)) as opened:
        error = (await settle(with_tool(opened.unwrap()).chat(asked()))).failure()
    assert isinstance(error, TimeoutError)
    assert isinstance(error.response, ChatResponse)
    assert [message.role for message in error.response.steps] == ["assistant", "tool"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
async def test_a_time_that_is_none_is_refused_as_ever(seconds: float) -> None:
    wrong = attrs.evolve(asked(), timeout=seconds)
    async with open_app(fake(), attrs.evolve(fake_settings(), cache=CacheSettings(enabled=True))) as opened:
        app = opened.unwrap()
        talks = app.manager.conversations
        id = (await settle(talks.create())).unwrap().id
        enhanced = app.manager.enhanced(memories=3)
        for outcome in (
            await settle(app.client.chat(attrs.evolve(wrong, model=""))),
            await settle(with_tool(app).chat(wrong)),
            await settle(enhanced.chat(wrong)),
            await settle(talks.ask(id, wrong)),
            await settle(app.manager.ask(wrong, int)),
        ):
            assert isinstance(outcome.failure(), InvalidRequest)
