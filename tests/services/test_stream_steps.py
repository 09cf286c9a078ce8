"""Combinators over streams: nothing that was passed on is taken back, and every stream that was opened is closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import attrs
import pytest

from pointsman import ChatResponse, Done, Failed, LLMError, ModelUnavailable, StreamEvent, TextDelta, TimeoutError
from pointsman.core.chat.event import Started
from pointsman.core.chat.part import Text
from pointsman.pipelines import (
    Env,
    exponential,
    fallback_stream,
    pipe,
    race_stream,
    recurs,
    retry_stream,
    tap_stream,
    within_stream,
)
from pointsman.services.ports.client import ResponseStream
from pointsman.testing import FixedRandom, VirtualClock


@attrs.define
class World:
    """A clock, and which streams were opened and closed, with the second."""

    clock: VirtualClock = attrs.field(factory=lambda: VirtualClock(time=0.0))
    log: list[tuple[str, float]] = attrs.field(factory=list)

    @property
    def env(self) -> Env:
        return Env(self.clock, FixedRandom())

    def says(
        self, *words: str, every: float = 1.0, name: str = "a", error: LLMError | None = None, fails: int = 10**9
    ) -> Callable[[str], ResponseStream]:
        """A stream of words, one after so many seconds; at its end the `error`, the first `fails` times."""
        left = [fails if error is not None else 0]

        @asynccontextmanager
        async def opened(question: str) -> AsyncIterator[AsyncIterator[StreamEvent]]:
            self.log.append((f"open {name}", self.clock.monotonic()))
            failing, left[0] = (error if left[0] > 0 else None), left[0] - 1
            try:
                async with aclosing(self._events(words, every, failing)) as events:
                    yield events
            finally:
                self.log.append((f"close {name}", self.clock.monotonic()))

        return opened

    async def _events(
        self, words: tuple[str, ...], every: float, error: LLMError | None
    ) -> AsyncGenerator[StreamEvent, None]:
        yield Started("id", "m")
        for word in words:
            await self.clock.sleep(every)
            yield TextDelta(word, 0)
        whole = ChatResponse(parts=(Text("".join(words)),) if words else ())
        yield Done(whole) if error is None else Failed(error, whole)


@pytest.fixture
def world() -> World:
    return World()


async def read(stream: ResponseStream) -> list[StreamEvent]:
    async with stream as events:
        return [event async for event in events]


def text(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


DOWN = ModelUnavailable(detail="down")


async def test_a_stream_is_opened_again_while_it_had_no_output(world: World) -> None:
    step = retry_stream(exponential(1.0) & recurs(3), world.env)(world.says(error=DOWN, fails=2))
    assert isinstance((await read(step("Which way?")))[-1], Done)
    assert [at for what, at in world.log if what == "open a"] == [0, 1, 3]
    assert len([what for what, _ in world.log if what == "close a"]) == 3


async def test_the_last_failure_stands_and_what_was_passed_on_is_not_taken_back(world: World) -> None:
    again = retry_stream(recurs(3), world.env)
    assert await read(again(world.says(error=DOWN))("?")) == [Failed(DOWN, ChatResponse())]
    events = await read(again(world.says("This ", "w", error=DOWN, name="b"))("?"))
    assert (text(events), type(events[-1])) == ("This w", Failed)
    assert [what for what, _ in world.log].count("open b") == 1


async def test_a_late_stream_ends_typed_with_what_had_come(world: World) -> None:
    last = (await read(within_stream(2.5, world.env)(world.says("This ", "way ", "round"))("?")))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, TimeoutError)
    assert (last.error.timeout_ms, last.error.phase, last.error.model) == (2500, "total", "m")
    assert (last.partial.text, last.after_output) == ("This way ", True)
    assert world.log == [("open a", 0.0), ("close a", 2.5)]


async def test_a_stream_in_time_is_as_it_was_and_its_reader_may_be_slow(world: World) -> None:
    step = within_stream(3.5, world.env)(world.says("This ", "way ", "round"))
    events = []
    async with step("?") as stream:
        async for event in stream:
            await world.clock.sleep(2.0)
            events.append(event)
    assert (text(events), type(events[-1])) == ("This way round", Done)


async def test_another_stream_steps_in_before_output(world: World) -> None:
    step = fallback_stream(world.says(error=DOWN), world.says("Here", name="b"), world.says(name="c"))
    assert text(await read(step("?"))) == "Here"
    assert [what for what, _ in world.log] == ["open a", "close a", "open b", "close b"]
    assert await read(fallback_stream(world.says(error=DOWN))("?")) == [
        Started("id", "m"),
        Failed(DOWN, ChatResponse()),
    ]


async def test_the_first_stream_with_output_wins_and_the_others_are_closed(world: World) -> None:
    quick, slow = world.says("I ", "won", every=2.0, name="quick"), world.says("I ", "lost", every=3.0, name="slow")
    step = race_stream(slow, world.says(error=DOWN, name="down"), quick)
    events = await read(step("?"))
    assert (text(events), type(events[-1])) == ("I won", Done)
    assert ("close slow", 2.0) in world.log
    assert world.log[-1] == ("close quick", 4.0)


async def test_a_race_that_all_lose_fails_as_its_first(world: World) -> None:
    other = ModelUnavailable(detail="other")
    assert await read(race_stream(world.says(error=DOWN), world.says(error=other))("?")) == [
        Failed(DOWN, ChatResponse())
    ]


@pytest.mark.parametrize("combined", ["race", "within"])
async def test_who_leaves_early_closes_every_stream(world: World, combined: str) -> None:
    one, two = world.says(*"abc", name="one"), world.says(*"abc", name="two")
    step = race_stream(one, two) if combined == "race" else within_stream(99.0, world.env)(one)
    async with step("?") as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    names = [what for what, _ in world.log]
    assert names.count("open one") == names.count("close one")
    assert names.count("open two") == names.count("close two")
    assert world.clock.monotonic() < 3


@pytest.mark.parametrize("combined", ["race", "within"])
async def test_a_bug_in_a_stream_comes_out_as_itself(world: World, combined: str) -> None:
    @asynccontextmanager
    async def buggy(question: str) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        if question:
            raise KeyError(question)
        yield world._events((), 0.0, None)

    step = race_stream(buggy, world.says("a")) if combined == "race" else within_stream(9.0, world.env)(buggy)
    with pytest.raises(KeyError):
        await read(step("?"))


async def test_they_compose(world: World) -> None:
    seen: list[StreamEvent] = []
    step = pipe(
        fallback_stream(world.says(error=DOWN), world.says("Here", error=DOWN, fails=0, name="b")),
        retry_stream(recurs(1), world.env),
        within_stream(9.0, world.env),
    )
    assert text(await read(tap_stream(step, seen.append)("?"))) == "Here"
    assert text(seen) == "Here"
