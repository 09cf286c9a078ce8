"""Tools in rounds: run together, told to the model whatever comes of them, and never without being given."""

from __future__ import annotations

import asyncio

import anyio
import attrs
import pytest
from returns.result import Result, Success

from pointsman import ChatRequest, ChatResponse, ModelUnavailable, ask, settle
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Done, Failed, PartDone, StreamEvent, TextDelta, ToolRan
from pointsman.core.chat.part import Bytes, Image, Text, ToolCall, ToolResult
from pointsman.core.chat.response import Finish, response_of
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.chat.tool import ForcedTool, Tool
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Attempt
from pointsman.services.middleware.tool_loop import Tooled
from pointsman.services.ports.client import Client
from pointsman.services.ports.tools import Content, ToolFunction
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.managed import answer, chat, managed, priced, stream

QUESTION = ask("m", "What is 2 + 3, and in what town?")


def calls(*named: tuple[str, str], text: str = "") -> ChatResponse:
    """A response that calls tools by name and arguments."""
    parts = tuple(ToolCall(f"c{n}", name, arguments) for n, (name, arguments) in enumerate(named))
    said = (Text(text),) if text else ()
    return attrs.evolve(answer(), parts=(*said, *parts), finish_reason=Finish.TOOL_CALLS)


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


async def town() -> str:
    """The town."""
    return "Bern"


TOOLS = (tool_of(add).unwrap(), tool_of(town).unwrap())
SUM = ("add", '{"first": 2, "second": 3}')


def tooled(
    *replies: Reply, tools: tuple[ToolFunction, ...] = TOOLS, **changes: object
) -> tuple[Tooled, ScriptedClient]:
    inner = ScriptedClient(list(replies))
    client = Tooled(inner, tools, VirtualClock())
    return attrs.evolve(client, **changes), inner  # type: ignore[arg-type]  # the tests give fields of Tooled


def results(request: ChatRequest) -> list[tuple[str, bool]]:
    """What the model was told of its calls."""
    told = [part for message in request.messages for part in message.parts if isinstance(part, ToolResult)]
    return [(part.content[0].text, part.is_error) for part in told if isinstance(part.content[0], Text)]


async def both(client: Tooled, request: ChatRequest, streamed: bool) -> tuple[ChatResponse, list[StreamEvent]]:
    if not streamed:
        response = await chat(client, request)
        assert isinstance(response, ChatResponse)
        return response, []
    events = await stream(client, request)
    assert isinstance(events[-1], Done)
    return events[-1].response, events


@pytest.mark.parametrize("streamed", [False, True])
async def test_calls_run_and_the_model_goes_on_until_it_answers(streamed: bool) -> None:
    client, inner = tooled(calls(SUM, ("town", ""), text="Let me see."), calls(SUM), answer("5, in Bern"))
    response, events = await both(client, QUESTION, streamed)
    assert response.text == "5, in Bern"
    assert response.usage == Usage(300, 300, 0, 0, 0)
    assert [message.role for message in response.steps] == ["assistant", "tool", "tool", "assistant", "tool"]
    assert [tool.name for tool in inner.requests[0].tools] == ["add", "town"]
    assert inner.requests[2].messages == (*QUESTION.messages, *response.steps)
    assert results(inner.requests[2]) == [("5", False), ("Bern", False), ("5", False)]
    if streamed:
        ran = [event for event in events if isinstance(event, ToolRan)]
        assert [(one.call.name, one.result.content[0]) for one in ran][:2] == [
            ("add", Text("5")),
            ("town", Text("Bern")),
        ]
        parts = [event.index for event in events if isinstance(event, PartDone)]
        assert len(parts) == len(set(parts)) == 5
        assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Let me see.5, in Bern"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("add", '{"first": 2}'), "the parameter 'second' is missing"),
        (("add", '{"first": 2, "second": "x"}'), "'x' is not a whole number"),
        (("add", "{"), "not JSON"),
        (("sub", "{}"), "There is no tool 'sub'; there are: add, town."),
    ],
)
async def test_a_bad_call_is_an_answer_to_the_model(call: tuple[str, str], said: str) -> None:
    client, inner = tooled(calls(call), "sorry")
    assert isinstance(await chat(client, QUESTION), ChatResponse)
    ((text, is_error),) = results(inner.requests[1])
    assert is_error
    assert said in text


async def test_a_tool_that_hangs_is_given_up_and_the_others_are_not() -> None:
    async def hang() -> str:
        await anyio.sleep_forever()
        return ""

    hanging = tool_of(hang, timeout=0.01).unwrap()
    client, inner = tooled(calls(("hang", ""), SUM), "fine", tools=(hanging, *TOOLS))
    assert isinstance(await chat(client, QUESTION), ChatResponse)
    assert results(inner.requests[1]) == [("hang did not answer within 0.01 s.", True), ("5", False)]


async def test_no_more_than_so_many_run_at_once_and_in_one_turn() -> None:
    now, most = 0, 0

    async def count(number: int) -> int:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        now -= 1
        return number

    many = calls(*(("count", f'{{"number": {n}}}') for n in range(6)))
    client, inner = tooled(many, "fine", tools=(tool_of(count).unwrap(),), parallel=2, max_calls=5)
    assert isinstance(await chat(client, QUESTION), ChatResponse)
    assert most == 2
    told = [text for text, _ in results(inner.requests[1])]
    assert told == ["0", "1", "2", "3", "4", "Too many calls at once; at most 5 are run."]


async def test_a_manager_passes_every_bound_on() -> None:
    async with managed(ScriptedClient()) as app:
        client = app.manager.tooled(max_rounds=3, max_calls=5, parallel=2)
    assert (client.max_rounds, client.max_calls, client.parallel) == (3, 5, 2)


@pytest.mark.parametrize("streamed", [False, True])
async def test_rounds_have_an_end(streamed: bool) -> None:
    client, inner = tooled(*[calls(SUM)] * 5, max_rounds=3)
    response, _ = await both(client, QUESTION, streamed)
    assert len(inner.requests) == 3
    assert response.tool_calls
    assert "after 3 rounds" in response.warnings[-1].text


async def test_what_must_be_asked_for_is_asked_and_what_is_never_allowed_is_not_offered() -> None:
    asked: list[str] = []

    async def approve(call: ToolCall) -> bool:
        asked.append(call.name)
        return call.name == "add"

    careful = tuple(attrs.evolve(tool, approval="ask") for tool in TOOLS)
    client, inner = tooled(calls(SUM, ("town", "")), "fine", tools=careful, approve=approve)
    await chat(client, QUESTION)
    assert sorted(asked) == ["add", "town"]
    assert results(inner.requests[1]) == [("5", False), ("The user has not allowed town.", True)]
    client, inner = tooled(calls(SUM), "fine", tools=careful)
    await chat(client, QUESTION)
    assert results(inner.requests[1])[0][1]
    client, inner = tooled(calls(SUM), "fine", tools=(attrs.evolve(TOOLS[0], approval="never"),))
    await chat(client, QUESTION)
    assert inner.requests[0].tools == ()
    assert results(inner.requests[1]) == [("The user has not allowed add.", True)]


async def test_a_dry_run_runs_nothing() -> None:
    async def explode(arguments: str) -> Result[Content, str]:
        raise AssertionError("it ran")

    bomb = ToolFunction(Tool("add"), explode)
    client, inner = tooled(calls(SUM), "fine", tools=(bomb,), dry_run=True)
    await chat(client, QUESTION)
    assert results(inner.requests[1]) == [('Dry run: add({"first": 2, "second": 3}) was not run.', False)]


async def test_the_callers_own_tools_are_for_the_caller() -> None:
    client, inner = tooled(calls(SUM, ("mine", "{}")))
    response, _ = await both(client, attrs.evolve(QUESTION, tools=(Tool("mine"),)), False)
    assert [call.name for call in response.tool_calls] == ["add", "mine"]
    assert [tool.name for tool in inner.requests[0].tools] == ["mine", "add", "town"]


@pytest.mark.parametrize("choice", ["required", ForcedTool("add"), "auto"])
async def test_a_forced_call_is_forced_once(choice: object) -> None:
    client, inner = tooled(calls(SUM), "fine")
    await chat(client, attrs.evolve(QUESTION, tool_choice=choice))  # type: ignore[arg-type]  # one of the three
    assert [request.tool_choice for request in inner.requests] == [choice, "auto" if choice == "auto" else None]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_failure_between_rounds_is_the_failure_of_all(streamed: bool) -> None:
    client, _ = tooled(calls(SUM), ModelUnavailable(detail="down"))
    if streamed:
        events = await stream(client, QUESTION)
        assert isinstance(events[-1], Failed)
        assert any(isinstance(event, ToolRan) for event in events)
    else:
        assert isinstance(await chat(client, QUESTION), ModelUnavailable)


async def test_cancelling_stops_the_tools_that_run() -> None:
    stopped = False

    async def hang() -> str:
        nonlocal stopped
        try:
            await anyio.sleep_forever()
        finally:
            stopped = True
        return ""

    client, _ = tooled(calls(("hang", "")), tools=(tool_of(hang).unwrap(),))
    async with anyio.create_task_group() as group:
        group.start_soon(chat, client, QUESTION)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert stopped


async def test_a_conversation_keeps_the_rounds_and_the_manager_pays_for_all_of_them() -> None:
    inner = ScriptedClient([calls(SUM), "five", "again"])
    async with managed(inner, {"fake/m": priced("10")}) as app:
        talks = attrs.evolve(app.manager.conversations, client=app.manager.tooled(*TOOLS))
        id = (await settle(talks.create())).unwrap().id
        async with talks.stream(id, ask("fake/m", "2 + 3?")) as events:
            assert isinstance([event async for event in events][-1], Done)
        assert isinstance(await settle(talks.ask(id, ask("fake/m", "sure?"))), Success)
        dialogue = (await settle(talks.get(id))).unwrap()
    assert [entry.message.role for entry in dialogue.entries] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]
    assert [message.role for message in inner.requests[2].messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert all(entry.status == "complete" for entry in dialogue.entries)
    assert Attempt("fake", "m", 1.0) in answer().attempts


class Odd(BaseException):
    """Nobody expects it."""


def raising(problem: BaseException) -> ToolFunction:
    async def odd() -> str:
        raise problem

    return tool_of(odd).unwrap()


@pytest.mark.parametrize(
    "problem", [SystemExit(3), Odd("boo"), BaseExceptionGroup("g", [Odd("boo")]), asyncio.CancelledError()]
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_tool_may_raise_what_it_likes_and_the_model_is_told(problem: BaseException, streamed: bool) -> None:
    client, inner = tooled(calls(("odd", "{}")), answer("done"), tools=(raising(problem),))
    if streamed:
        assert isinstance((await stream(client, QUESTION))[-1], Done)
    else:
        assert isinstance(await chat(client, QUESTION), ChatResponse)
    ((told, is_error),) = results(inner.requests[1])
    assert is_error
    assert type(problem).__name__ in told or "Odd: boo" in told


async def test_a_call_that_is_cancelled_while_a_tool_runs_is_cancelled() -> None:
    began = anyio.Event()

    async def waits() -> str:
        began.set()
        await anyio.sleep_forever()
        return "never"

    client, inner = tooled(calls(("waits", "{}")), answer("done"), tools=(tool_of(waits, timeout=1000).unwrap(),))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(chat, client, QUESTION)
            await began.wait()
            scope.cancel()
    assert scope.cancelled_caught
    assert len(inner.requests) == 1


async def test_an_approval_that_raises_is_a_call_that_may_not_run() -> None:
    async def approve(call: ToolCall) -> bool:
        raise ValueError("no terminal")

    tool = tool_of(town, approval="ask").unwrap()
    client, inner = tooled(calls(("town", "{}")), answer("done"), tools=(tool,), approve=approve)
    assert isinstance(await chat(client, QUESTION), ChatResponse)
    ((told, is_error),) = results(inner.requests[1])
    assert is_error
    assert "ValueError: no terminal" in told


async def test_what_a_tool_gives_is_cut_to_what_there_is_room_for() -> None:
    async def long() -> str:
        return "word " * 400_000

    async def room(request: ChatRequest) -> int:
        return 1000

    tools = (tool_of(long).unwrap(), *TOOLS)
    client, inner = tooled(calls(("long", "{}"), SUM), answer("done"), tools=tools, room=room)
    await chat(client, QUESTION)
    (told, _), (total, _) = results(inner.requests[1])
    assert 2000 < len(told) < 8000
    assert "more characters had no room" in told
    assert total == "5"


@pytest.mark.parametrize("streamed", [False, True])
async def test_where_there_is_no_room_old_rounds_are_not_sent_any_more_but_told_of(streamed: bool) -> None:
    async def long() -> str:
        return "word " * 1000

    async def room(request: ChatRequest) -> int:
        return 4000 - estimate_request(request)

    looks = [calls(("long", "{}")) for _ in range(6)]
    client, inner = tooled(*looks, answer("done"), tools=(tool_of(long).unwrap(),), room=room)
    answered = await (last_of(client, QUESTION) if streamed else chat(client, QUESTION))
    assert isinstance(answered, ChatResponse)
    assert len(answered.steps) == 12  # what ran is told, whether it was sent to the end or not
    last = inner.requests[-1].messages
    assert last[: len(QUESTION.messages)] == QUESTION.messages
    sent = last[len(QUESTION.messages) :]
    assert sent == answered.steps[-len(sent) :]
    assert 0 < len(sent) < 12
    assert [message.role for message in sent] == ["assistant", "tool"] * (len(sent) // 2)
    assert all(estimate_request(request) <= 4000 for request in inner.requests)


async def last_of(client: Client, request: ChatRequest) -> object:
    """What a stream ends with."""
    end = (await stream(client, request))[-1]
    return end.response if isinstance(end, Done) else end


async def test_texts_and_pictures_of_a_tool_stay_what_they_are() -> None:
    picture = Image(Bytes(b"\x89PNG", "image/png"))

    def look() -> list[object]:
        return ["The box.", picture, {"levers": 3}]

    client, inner = tooled(calls(("look", "{}")), answer("done"), tools=(tool_of(look).unwrap(),))
    await chat(client, QUESTION)
    result = inner.requests[1].messages[-1].parts[0]
    assert isinstance(result, ToolResult)
    assert result.content == (Text("The box."), picture, Text('{"levers":3}'))


@pytest.mark.parametrize("value", [b"raw", {"inner": b"raw"}, (number for number in range(2)), object()])
async def test_what_has_no_words_is_a_failure_that_says_so(value: object) -> None:
    def odd() -> object:
        return value

    client, inner = tooled(calls(("odd", "{}")), answer("done"), tools=(tool_of(odd).unwrap(),))
    await chat(client, QUESTION)
    ((told, is_error),) = results(inner.requests[1])
    assert is_error
    assert "cannot be shown" in told


async def test_a_null_for_what_has_a_default_is_the_default() -> None:
    def add_three(first: int, second: int = 2, third: int | None = 1) -> str:
        return f"{first}, {second}, {third}"

    arguments = '{"first": "1", "second": null, "third": null}'
    client, inner = tooled(calls(("add_three", arguments)), answer("done"), tools=(tool_of(add_three).unwrap(),))
    await chat(client, QUESTION)
    assert results(inner.requests[1]) == [("1, 2, None", False)]


async def test_the_error_after_a_tool_says_what_ran_and_what_it_cost() -> None:
    client, _ = tooled(calls(SUM), ModelUnavailable(detail="down"))
    error = await chat(client, QUESTION)
    assert isinstance(error, ModelUnavailable)
    came = response_of(error)
    assert came is not None
    assert [message.role for message in came.steps] == ["assistant", "tool"]
    assert came.usage.total == 200


async def test_the_time_of_all_rounds_is_told() -> None:
    clock = VirtualClock()

    async def slow() -> str:
        await clock.sleep(10)
        return "at last"

    inner = ScriptedClient([calls(("slow", "{}")), answer("done")])
    response = await chat(Tooled(inner, (tool_of(slow).unwrap(),), clock), QUESTION)
    assert isinstance(response, ChatResponse)
    assert response.latency_ms == 10_000
