"""A second model when the first is late: who answers first wins, the other is cancelled."""

from __future__ import annotations

import anyio
import attrs
import pytest
from returns.result import Result

from pointsman import ChatRequest, ChatResponse, ModelUnavailable, Step, ask
from pointsman.core.chat.event import Done, Failed, Restarted, TextDelta
from pointsman.core.error import ChatError, LLMError
from pointsman.services.middleware.fallback import Fallback
from pointsman.services.middleware.hedge import Hedged
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.managed import answer, chat, stream


@attrs.define
class Gated(ScriptedClient):
    """Waits for its gate before it answers, and tells whether it was cancelled there."""

    gate: anyio.Event = attrs.field(factory=anyio.Event)
    cancelled: bool = False

    async def _wait(self) -> None:
        try:
            await self.gate.wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled = True
            raise

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        await self._wait()
        return await ScriptedClient.call_chat(self, request)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        await self._wait()
        return await ScriptedClient.open_chat(self, request)


def pair(first: list[Reply], second: list[Reply]) -> tuple[Hedged, Gated, Gated, VirtualClock]:
    """Two gated clients, the second of which is asked when the clock says so."""
    one, two = Gated(first, provider="one"), Gated(second, provider="two")
    clock = VirtualClock(jumps=False)
    return Hedged(Step(one, "m"), Step(two, "m"), 1.0, clock), one, two, clock


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_second_is_not_asked_when_the_first_is_in_time(streamed: bool) -> None:
    client, one, two, _ = pair(["from one"], ["from two"])
    one.gate.set()
    if streamed:
        events = await stream(client, ask("m", "hi"))
        assert isinstance(events[-1], Done)
        assert events[-1].response.text == "from one"
    else:
        response = await chat(client, ask("m", "hi"))
        assert isinstance(response, ChatResponse)
        assert response.text == "from one"
    assert two.requests == []


@pytest.mark.parametrize("winner", ["one", "two"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_who_answers_first_wins_and_the_other_is_cancelled(streamed: bool, winner: str) -> None:
    client, one, two, clock = pair(["from one"], ["from two"])
    fast, slow = (one, two) if winner == "one" else (two, one)
    found: list[str] = []

    async def run() -> None:
        if streamed:
            events = await stream(client, ask("m", "hi"))
            assert isinstance(events[-1], Done)
            found.append("".join(event.text for event in events if isinstance(event, TextDelta)))
        else:
            response = await chat(client, ask("m", "hi"))
            assert isinstance(response, ChatResponse)
            found.append(response.text)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await anyio.wait_all_tasks_blocked()
        clock.advance(1)
        await anyio.wait_all_tasks_blocked()
        fast.gate.set()
    assert found == [f"from {winner}"]
    assert slow.cancelled
    assert not fast.cancelled


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_first_that_fails_is_not_waited_for(streamed: bool) -> None:
    client, one, two, _ = pair([ModelUnavailable(detail="down")], ["from two"])
    one.gate.set()
    two.gate.set()
    if streamed:
        events = await stream(client, ask("m", "hi"))
        assert isinstance(events[-1], Done)
        response = events[-1].response
    else:
        outcome = await chat(client, ask("m", "hi"))
        assert isinstance(outcome, ChatResponse)
        response = outcome
    assert response.text == "from two"
    assert [attempt.provider for attempt in response.attempts] == ["one", "two"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_when_both_fail_the_error_is_that_of_the_first(streamed: bool) -> None:
    client, one, two, _ = pair([ModelUnavailable(detail="first")], [ModelUnavailable(detail="second")])
    one.gate.set()
    two.gate.set()
    if streamed:
        last = (await stream(client, ask("m", "hi")))[-1]
        assert isinstance(last, Failed)
        error: ChatResponse | LLMError = last.error
    else:
        error = await chat(client, ask("m", "hi"))
    assert isinstance(error, ModelUnavailable)
    assert error.detail == "first"
    assert len(error.attempts) == 2


async def test_leaving_a_hedged_stream_early_cancels_it_and_keeps_the_callers_exception() -> None:
    client, one, two, clock = pair([answer("word " * 200)], ["from two"])
    one.gate.set()

    async def leave() -> None:
        async with client.stream(ask("m", "hi")) as events:
            async for _ in events:
                raise ValueError("my own")

    with pytest.raises(ValueError, match="my own"):
        await leave()
    assert two.requests == []
    assert clock.time == 1_000_000


async def test_the_loser_of_a_race_is_told_of_as_a_try_that_was_cancelled() -> None:
    """It was asked, and its vendor may bill it."""
    for streamed in (False, True):
        slow, clock = Gated(provider="slow"), VirtualClock()
        quick = ScriptedClient(lambda request: answer(provider="quick"), provider="quick")
        client = Hedged(Step(slow, "slow/m"), Step(quick, "quick/m"), 0.5, clock)
        if streamed:
            end = (await stream(client, ask("slow/m", "hi")))[-1]
            assert isinstance(end, Done)
            found: ChatResponse | LLMError = end.response
        else:
            found = await chat(client, ask("slow/m", "hi"))
        assert isinstance(found, ChatResponse)
        assert slow.cancelled
        assert [(one.provider, one.cancelled, one.error) for one in found.attempts] == [
            ("slow", True, None),
            ("quick", False, None),
        ]


@attrs.define
class Counted(Gated):
    """Counts its streams that nobody has closed."""

    open_streams: int = 0

    async def open_chat(self, request: ChatRequest) -> EventStream:
        stream, self.open_streams = await Gated.open_chat(self, request), self.open_streams + 1

        async def note_end(end: Done | Failed | None) -> Done | Failed | None:
            self.open_streams -= 1
            return end

        stream.on_end(note_end)
        return stream


async def test_of_two_that_answer_at_the_same_moment_the_loser_is_closed_too() -> None:
    """Its stream has been opened, and nobody has begun to read it: it must be settled all the same."""
    gate = anyio.Event()
    one = Counted(["from one"], provider="one", gate=gate)
    two = Counted(["from two"], provider="two", gate=gate)
    clock = VirtualClock(jumps=False)
    client = Hedged(Step(one, "m"), Step(two, "m"), 1.0, clock)
    async with anyio.create_task_group() as group:
        group.start_soon(stream, client, ask("m", "hi"))
        await clock.run_for(1.0)
        gate.set()
    assert (one.open_streams, two.open_streams) == (0, 0)


async def test_a_caller_who_leaves_when_told_of_a_restart_leaves_no_stream_open() -> None:
    broken = Counted([[TextDelta("some"), Failed(ModelUnavailable(status=500), ChatResponse())]], provider="one")
    good = Counted(["from two"], provider="two")
    broken.gate.set()
    good.gate.set()
    client = Fallback((Step(broken, "m"), Step(good, "m")), VirtualClock(), on_partial="restart")
    async with client.stream(ask("m", "hi")) as events:
        async for event in events:
            if isinstance(event, Restarted):
                break
    assert (broken.open_streams, good.open_streams) == (0, 0)
