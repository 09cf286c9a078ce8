"""Any script of rounds: every call has one result, the stream is the chat, and nothing is left out of the sums."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal

import anyio
import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman import ChatError, ChatResponse, ModelUnavailable, ask, effect, settle
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Done, Failed, PartDone, ReasoningDelta, Started, StreamEvent, TextDelta, ToolRan
from pointsman.core.chat.part import Reasoning, Text, ToolCall, ToolResult
from pointsman.core.chat.response import Finish, Warning
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.error import Attempt
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.services.middleware.tool_loop import Tooled
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.streams.fold import fold
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from pointsman.testing.laws.examples import examples
from tests.managed import chat, managed, priced, stream
from tests.patience import GUARD

QUESTION = ask("m", "What is there?")


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


async def town() -> str:
    """The town."""
    await anyio.lowlevel.checkpoint()
    return "Bern"


async def boom() -> str:
    """Fails."""
    raise RuntimeError("it burst")


async def refusing() -> Result[str, str]:
    """Refuses."""
    return Failure("not today")


async def hanging() -> str:
    """Never answers."""
    await anyio.sleep_forever()
    return ""


async def approve(call: ToolCall) -> bool:
    return call.arguments == "{}"


TOOLS: tuple[ToolFunction, ...] = (
    *(tool_of(function).unwrap() for function in (add, town, boom, refusing)),
    tool_of(hanging, timeout=0.001).unwrap(),
    tool_of(town, name="asked", approval="ask").unwrap(),
    tool_of(town, name="never", approval="never").unwrap(),
)
SAID = {
    ("add", '{"first": 2, "second": 3}'): "5",
    ("add", '{"first": 2}'): "the parameter 'second' is missing",
    ("add", "{"): "not JSON",
    ("town", ""): "Bern",
    ("boom", "{}"): "RuntimeError: it burst",
    ("refusing", "{}"): "not today",
    ("hanging", "{}"): "did not answer within 0.001 s",
    ("asked", "{}"): "Bern",
    ("asked", '{"x": 1}'): "has not allowed",
    ("never", "{}"): "has not allowed",
    ("nowhere", "{}"): "There is no tool 'nowhere'",
}
"""What is answered to each call."""
FINE = {"5", "Bern"}
_calls = st.builds(lambda name, call: ToolCall(name, *call), st.sampled_from("ab"), st.sampled_from(sorted(SAID)))
_usages = st.just(UNKNOWN) | st.builds(Usage, st.integers(0, 9), st.integers(0, 9), st.just(0), st.just(0), st.just(0))
_costs = st.just(UNKNOWN_COST) | st.integers(0, 9).map(lambda cents: Cost(Decimal(cents) / 100))
_texts = st.lists(
    st.one_of(st.builds(Text, st.text("xy", max_size=40)), st.builds(Reasoning, st.text("z"))), max_size=2
)


@st.composite
def rounds(draw: st.DrawFn) -> ChatResponse:
    """An answer that calls tools, or none."""
    return ChatResponse(
        parts=(*draw(_texts), *draw(st.lists(_calls, max_size=4))),
        finish_reason=Finish.STOP,
        usage=draw(_usages),
        cost=draw(_costs),
        saved=draw(_costs),
        provider="fake",
        model="m",
        id=draw(st.sampled_from("12")),
        attempts=(Attempt("fake", "m", 1.0),),
        warnings=tuple(draw(st.lists(st.builds(Warning, st.just("w"), st.sampled_from("ab")), max_size=1))),
    )


_broken = st.builds(
    lambda parts, usage: [Started("1", "m"), Failed(ModelUnavailable(), ChatResponse(parts=tuple(parts), usage=usage))],
    _texts,
    _usages,
)
_scripts = st.tuples(st.lists(rounds(), max_size=4), st.one_of(rounds(), _broken)).map(lambda both: [*both[0], both[1]])


def clients(script: Sequence[Reply], **how: object) -> tuple[Tooled, ScriptedClient]:
    inner = ScriptedClient(list(script))
    client = Tooled(inner, TOOLS, VirtualClock(), approve)
    return attrs.evolve(client, **how), inner  # type: ignore[arg-type]  # fields of Tooled


def check_steps(response: ChatResponse, max_calls: int, dry_run: bool) -> None:
    """Behind each answer that calls stand the results of its calls, one each, in their order."""
    steps = list(response.steps)
    while steps:
        called = steps.pop(0)
        assert called.role == "assistant"
        assert called.tool_calls
        for number, call in enumerate(called.tool_calls):
            (result,) = steps.pop(0).parts
            assert isinstance(result, ToolResult)
            assert (result.call_id, result.name) == (call.id, call.name)
            (said,) = result.content
            assert isinstance(said, Text)
            if call.name == "nowhere" or (number < max_calls and not dry_run):
                expected = SAID[(call.name, call.arguments)]
                assert expected in said.text
                assert result.is_error == (expected not in FINE)
            else:
                assert ("Too many calls" if number >= max_calls else "Dry run") in said.text


def check_stream(events: list[StreamEvent], ran: list[ToolRan]) -> None:
    """One end, one start, and part numbers of which each has one part, with the deltas that make it up."""
    assert [type(event) in (Done, Failed) for event in events] == [*[False] * (len(events) - 1), True]
    assert all(not isinstance(event, Started) for event in events[1:])
    parts = [event for event in events if isinstance(event, PartDone)]
    assert len({event.index for event in parts}) == len(parts)
    for event in parts:
        if isinstance(event.part, (Text, Reasoning)):
            deltas = [e for e in events if isinstance(e, (TextDelta, ReasoningDelta)) and e.index == event.index]
            assert "".join(delta.text for delta in deltas) == event.part.text
    assert [one.result.call_id for one in ran] == [one.call.id for one in ran]


@settings(max_examples=examples(100))
@given(
    script=_scripts,
    max_rounds=st.integers(1, 4),
    parallel=st.integers(1, 3),
    max_calls=st.integers(1, 4),
    dry_run=st.booleans(),
    backend=st.sampled_from(["asyncio", "trio"]),
)
def test_any_script_of_rounds(
    script: list[Reply], max_rounds: int, parallel: int, max_calls: int, dry_run: bool, backend: str
) -> None:
    how = {"max_rounds": max_rounds, "parallel": parallel, "max_calls": max_calls, "dry_run": dry_run}

    async def run() -> None:
        (client, inner), (other, streamed) = clients(script, **how), clients(script, **how)
        outcome, events = await chat(client, QUESTION), await stream(other, QUESTION)
        assert unwrap_or_failure(await settle(fold(clients(script, **how)[0].stream(QUESTION)))) == outcome
        assert streamed.requests == inner.requests
        assert len(inner.requests) <= max_rounds
        ran = [event for event in events if isinstance(event, ToolRan)]
        check_stream(events, ran)
        end = events[-1]
        assert isinstance(end, (Done, Failed))
        response = end.response if isinstance(end, Done) else end.partial
        check_steps(response, max_calls, dry_run)
        steps = [part for message in response.steps for part in message.parts if isinstance(part, ToolResult)]
        assert [one.result for one in ran] == steps
        check_sums(response, script[: len(inner.requests)])
        if isinstance(outcome, ChatResponse):
            late = outcome.warnings[-1:] if outcome.tool_calls else ()
            assert bool(outcome.tool_calls) == any("still called tools" in one.text for one in late)

    anyio.run(run, backend=backend)


def check_sums(response: ChatResponse, replies: Sequence[Reply]) -> None:
    """Usage, cost and what was saved are those of all rounds; of a broken one, as far as something had come of it."""
    asked = [reply for reply in replies if isinstance(reply, ChatResponse)]
    for reply in replies:
        if isinstance(reply, list) and isinstance(reply[-1], Failed):
            if len(replies) == 1:
                return  # it is given as it came
            asked += [reply[-1].partial] if reply[-1].after_output else []
    assert response.usage == sum((one.usage for one in asked), start=NOTHING)
    assert response.cost == sum((one.cost for one in asked), start=FREE)
    assert response.saved == sum((one.saved for one in asked), start=FREE)
    assert {one for reply in asked for one in reply.warnings} <= set(response.warnings)
    assert len(set(response.warnings)) == len(response.warnings)


@pytest.mark.parametrize("streamed", [False, True])
async def test_cancelling_in_mid_round_stops_every_tool_that_runs(streamed: bool) -> None:
    begun, stopped = 0, list[int]()

    async def wait(number: int) -> str:
        nonlocal begun
        begun += 1
        try:
            await anyio.sleep_forever()
        finally:
            stopped.append(number)
        return ""

    calls = tuple(ToolCall(str(n), "wait", f'{{"number": {n}}}') for n in range(5))
    inner = ScriptedClient([ChatResponse(parts=calls)])
    client = Tooled(inner, (tool_of(wait).unwrap(),), VirtualClock(jumps=False), parallel=3)
    async with anyio.create_task_group() as group:
        group.start_soon(stream if streamed else chat, client, QUESTION)
        await anyio.wait_all_tasks_blocked()
        assert begun == 3
        group.cancel_scope.cancel()
    assert len(set(stopped)) == len(stopped) == begun


async def test_a_plain_function_that_hangs_is_given_up_too() -> None:
    let_go = threading.Event()

    def hang() -> str:
        let_go.wait()
        return ""

    inner = ScriptedClient([ChatResponse(parts=(ToolCall("1", "hang", ""),)), "fine"])
    client = Tooled(inner, (tool_of(hang, timeout=0.01).unwrap(),), VirtualClock())
    try:
        with anyio.fail_after(GUARD):
            assert isinstance(await chat(client, QUESTION), ChatResponse)
    finally:
        let_go.set()
    (result,) = inner.requests[1].messages[-1].parts
    assert isinstance(result, ToolResult)
    assert result.content == (Text("hang did not answer within 0.01 s."),)


async def test_a_tool_may_be_an_effect_and_answer_what_is_no_json() -> None:
    @effect
    async def looked(place: str) -> Result[str, str]:
        await anyio.lowlevel.checkpoint()
        return Failure(f"nothing at {place}")

    def odd() -> object:
        endless: list[object] = []
        endless.append(endless)
        return endless

    run = tool_of(looked).unwrap().run
    assert await run('{"place": "home"}') == Failure("nothing at home")
    assert "RecursionError" in str((await tool_of(odd).unwrap().run("")).failure())


@pytest.mark.parametrize("fault", [ModelUnavailable(detail="down"), "late"])
async def test_a_failure_after_a_round_keeps_the_round_and_its_cost(fault: ChatError | str) -> None:
    called = ChatResponse(
        parts=(Text("Let me see."), ToolCall("1", "town", "")),
        usage=Usage(100, 100, 0, 0, 0),
        provider="fake",
        model="m",
    )
    half = ChatResponse(parts=(Text("In B"),), usage=UNKNOWN, provider="fake", model="m")
    broken: list[StreamEvent] = [Started("1", "m"), TextDelta("In B"), Failed(ModelUnavailable(), half)]
    inner = ScriptedClient([called, broken if isinstance(fault, str) else fault])
    async with managed(inner, {"fake/m": priced("10")}) as app:
        tooled = attrs.evolve(app.manager.tooled(*TOOLS), inner=app.client)
        talks = attrs.evolve(app.manager.conversations, client=tooled)
        id = (await settle(talks.create())).unwrap().id
        async with talks.stream(id, ask("fake/m", "Where?")) as events:
            end = [event async for event in events][-1]
        dialogue = (await settle(talks.get(id))).unwrap()
    assert isinstance(end, Failed)
    assert end.after_output
    assert [(e.message.role, e.status) for e in dialogue.entries] == [
        ("user", "complete"),
        ("assistant", "complete"),
        ("tool", "complete"),
        ("assistant", "failed"),
    ]
    assert dialogue.cost.amount == Decimal("0.002")
    assert dialogue.cost.complete == (not isinstance(fault, str))
