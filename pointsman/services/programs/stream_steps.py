"""Combinators for streams: a step here is a function that opens one, as `client.stream`.

What has been passed on cannot be taken back: a stream is opened again, or another in its place, only while there was
no output. Errors stand in the `Failed` that ends a stream, therefore all of them are of the closed union.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeAlias

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pointsman.core.chat.event import Done, Failed, PartDone, Restarted, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Part, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import TimeoutError
from pointsman.core.routing.schedule import Schedule, Try
from pointsman.services.ports.client import ResponseStream
from pointsman.services.programs.step import Timed
from pointsman.services.streams.opening import carries_output, early_failure
from pointsman.services.tasks.together import background_tasks, tasks_together

_Args = ParamSpec("_Args")
_Events: TypeAlias = AsyncGenerator[StreamEvent, None]
_Sender: TypeAlias = MemoryObjectSendStream[StreamEvent]
_Produce: TypeAlias = Callable[[_Sender], Coroutine[object, None, None]]
_Open: TypeAlias = Callable[[], ResponseStream]


def retry_stream(
    schedule: Schedule, env: Timed
) -> Callable[[Callable[_Args, ResponseStream]], Callable[_Args, ResponseStream]]:
    """Open a stream again that has failed before any output, as `schedule` says; the last failure stands."""

    def around(step: Callable[_Args, ResponseStream]) -> Callable[_Args, ResponseStream]:
        def start(*args: _Args.args, **kwargs: _Args.kwargs) -> ResponseStream:
            return _as_stream(_open_again(partial(step, *args, **kwargs), schedule, env))

        return start

    return around


def within_stream(
    seconds: float, env: Timed
) -> Callable[[Callable[_Args, ResponseStream]], Callable[_Args, ResponseStream]]:
    """End a stream that takes longer, from its opening to its end, with a `TimeoutError` and what had come."""

    def around(step: Callable[_Args, ResponseStream]) -> Callable[_Args, ResponseStream]:
        def start(*args: _Args.args, **kwargs: _Args.kwargs) -> ResponseStream:
            return _in_a_task(partial(_send_until_late, step(*args, **kwargs), seconds, env))

        return start

    return around


def fallback_stream(
    first: Callable[_Args, ResponseStream], /, *others: Callable[_Args, ResponseStream]
) -> Callable[_Args, ResponseStream]:
    """One after the other until one has output; the last failure stands."""

    def start(*args: _Args.args, **kwargs: _Args.kwargs) -> ResponseStream:
        return _as_stream(_first_that_begins([partial(step, *args, **kwargs) for step in (first, *others)]))

    return start


def race_stream(
    first: Callable[_Args, ResponseStream], /, *others: Callable[_Args, ResponseStream]
) -> Callable[_Args, ResponseStream]:
    """All at once: the first with output goes on, the others are closed. If all fail, as the first did."""

    def start(*args: _Args.args, **kwargs: _Args.kwargs) -> ResponseStream:
        return _in_a_task(partial(_send_the_winner, [partial(step, *args, **kwargs) for step in (first, *others)]))

    return start


def tap_stream(
    step: Callable[_Args, ResponseStream], look: Callable[[StreamEvent], None]
) -> Callable[_Args, ResponseStream]:
    """Look at each event and pass it on."""

    def start(*args: _Args.args, **kwargs: _Args.kwargs) -> ResponseStream:
        return _as_stream(_look_at_each(step(*args, **kwargs), look))

    return start


@asynccontextmanager
async def _as_stream(generator: _Events) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    async with aclosing(generator) as events:
        yield events


async def _opening(events: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    """The first events, up to the first that carries output or ends the stream."""
    head: list[StreamEvent] = []
    async for event in events:
        head.append(event)
        if carries_output(event):
            break
    return head


async def _open_again(start: _Open, schedule: Schedule, env: Timed) -> _Events:
    began, number = env.clock.monotonic(), 0
    while True:
        async with start() as events:
            head = await _opening(events)
            failed = early_failure(head)
            if failed is None:
                async with aclosing(_join(head, events)) as whole:
                    async for event in whole:
                        yield event
                return
        elapsed = env.clock.monotonic() - began
        delay = schedule.delay(Try(number, failed.error, elapsed, env.random.uniform()))
        if delay is None:
            yield failed
            return
        await env.clock.sleep(delay)
        number += 1


async def _first_that_begins(starts: list[_Open]) -> _Events:
    for place, start in enumerate(starts, 1):
        async with start() as events:
            head = await _opening(events)
            if early_failure(head) is None or place == len(starts):
                async with aclosing(_join(head, events)) as whole:
                    async for event in whole:
                        yield event
                return


async def _look_at_each(stream: ResponseStream, look: Callable[[StreamEvent], None]) -> _Events:
    async with stream as events:
        async for event in events:
            look(event)
            yield event


async def _join(head: list[StreamEvent], rest: AsyncIterator[StreamEvent]) -> _Events:
    for event in head:
        yield event
    async for event in rest:
        yield event


@asynccontextmanager
async def _in_a_task(produce: _Produce) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """What `produce` sends; its limits and cancellations are not those of who reads, nor are his delays its own."""
    sender, receiver = anyio.create_memory_object_stream[StreamEvent](math.inf)
    with sender, receiver:
        async with background_tasks() as group:
            group.start_soon(produce, sender)
            async with aclosing(_receive(receiver)) as events:
                yield events


async def _receive(receiver: MemoryObjectReceiveStream[StreamEvent]) -> _Events:
    async for event in receiver:
        yield event


async def _send_until_late(stream: ResponseStream, seconds: float, env: Timed, sender: _Sender) -> None:
    come = _Come()
    with sender:
        async with env.clock.limit(seconds) as limit, stream as events:
            async for event in events:
                come.add(event)
                sender.send_nowait(event)
        if limit.cancelled_caught and not come.is_whole:
            late = TimeoutError(timeout_ms=seconds * 1000, phase="total", sent=True, model=come.model or None)
            sender.send_nowait(Failed(late, come.partial))


async def _send_the_winner(starts: list[_Open], sender: _Sender) -> None:
    scopes = [anyio.CancelScope() for _ in starts]
    lost: dict[int, Failed] = {}

    async def compete(place: int) -> None:
        with scopes[place]:
            async with starts[place]() as events:
                head = await _opening(events)
                failed = early_failure(head)
                if failed is not None:
                    lost[place] = failed
                    return
                for other in scopes:
                    if other is not scopes[place]:
                        other.cancel()
                async with aclosing(_join(head, events)) as whole:
                    async for event in whole:
                        sender.send_nowait(event)

    with sender:
        async with tasks_together() as group:
            for place in range(len(starts)):
                group.start_soon(compete, place)
        if len(lost) == len(starts):
            sender.send_nowait(lost[0])


@attrs.define
class _Come:
    """What has come of an answer so far."""

    model: str = ""
    parts: list[Part] = attrs.field(factory=list)
    text: str = ""
    is_whole: bool = False

    def add(self, event: StreamEvent) -> None:
        """Take an event."""
        match event:
            case Started(model=model):
                self.model = model
            case TextDelta(text):
                self.text += text
            case PartDone(part=part):
                self.parts.append(part)
                self.text = ""
            case Restarted():
                self.parts, self.text = [], ""
            case Done() | Failed():
                self.is_whole = True
            case _:
                pass

    @property
    def partial(self) -> ChatResponse:
        """As a response without an end, and without usage: that is not known."""
        tail = (Text(self.text),) if self.text else ()
        return ChatResponse(parts=(*self.parts, *tail), model=self.model)
