"""Middleware: when the first model is late, a second is asked too; who answers first wins, the other is cancelled."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Generic, cast

import anyio
import attrs
from anyio.streams.memory import MemoryObjectSendStream
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Failed, StreamItem
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import Attempt, ChatError, InvalidResponse
from pointsman.services.middleware.fallback import Step
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client, Error, Error_co
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.streams.opening import error_of, with_attempts
from pointsman.services.tasks.call_time import time_of
from pointsman.services.tasks.together import tasks_together
from pointsman.services.tasks.waiting import wait_for


@attrs.define(eq=False)
class _Race:
    """Two calls under way: the winner's outcome, and the failures so far."""

    failed: list[Attempt] = attrs.field(factory=list)
    errors: dict[int, ChatError] = attrs.field(factory=dict)
    first_failed: anyio.Event = attrs.field(factory=anyio.Event)


def _first_client(hedged: Hedged[Error]) -> Client[Error]:
    return hedged.first.client


@attrs.frozen
class Hedged(ChatMiddleware[Error_co | InvalidResponse], Generic[Error_co]):
    """Asks `first`; if nothing has come of it after `after` seconds, or it has failed, asks `second` too.

    For a stream, what counts is the first output. Both may cost: that is the price of not waiting. If both fail, the
    error is that of the first.
    """

    first: Step[Error_co]
    second: Step[Error_co]
    after: float
    clock: Clock
    inner: Client[Error_co] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_first_client, takes_self=True)
    )
    """The client of the first step: what is no chat is asked of it."""

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, Error_co | InvalidResponse]:
        """As `Client.chat`."""
        race, answers, time = _Race(), list[ChatResponse](), time_of(request, self.clock)
        async with tasks_together() as group:

            async def run(number: int, step: Step[Error_co]) -> None:
                began, asked = self.clock.monotonic(), time.share(step.request(request))
                try:
                    result = await step.client.call(CHAT, asked)
                except anyio.get_cancelled_exc_class():
                    self._gave_up(race, asked, began)
                    raise
                if isinstance(result, Success):
                    answers.append(result.unwrap())
                    group.cancel_scope.cancel()
                else:
                    self._note_loss(race, number, asked, result.failure(), began)

            group.start_soon(run, 0, self.first)
            await wait_for(race.first_failed, self.clock, self.after)
            group.start_soon(run, 1, self.second)
        if answers:
            answer = answers[0]
            return Success(attrs.evolve(answer, attempts=(*race.failed, *answer.attempts)))
        return Failure(cast("Error_co | InvalidResponse", _blame(race)))

    def _gave_up(self, race: _Race, asked: ChatRequest, began: float) -> None:
        """The other has answered first; this one was asked all the same."""
        provider, _, model = asked.model.partition("/") if "/" in asked.model else ("", "", asked.model)
        race.failed.append(
            Attempt(provider, model, (self.clock.monotonic() - began) * 1000, cancelled=True, began=began)
        )

    def _note_loss(self, race: _Race, number: int, asked: ChatRequest, error: ChatError, began: float) -> None:
        took = (self.clock.monotonic() - began) * 1000
        attempt = Attempt(error.provider or "", error.model or asked.model, took, error, began=began)
        race.failed.extend(error.attempts or (attempt,))
        race.errors[number] = error
        if number == 0:
            race.first_failed.set()

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        return await EventStream.start(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        sender, receiver = anyio.create_memory_object_stream[StreamItem](16)
        raised: BaseException | None = None
        with sender, receiver:
            async with tasks_together() as group:
                group.start_soon(self._run_streams, request, sender)
                try:
                    async for event in receiver:
                        yield event
                except anyio.get_cancelled_exc_class():
                    raise
                except BaseException as problem:  # the caller's own: it must not come back wrapped in a group
                    raised = problem
                group.cancel_scope.cancel()
        if raised is not None:
            raise raised

    async def _run_streams(self, request: ChatRequest, sender: MemoryObjectSendStream[StreamItem]) -> None:
        race, scopes, winner = _Race(), list[anyio.CancelScope](), list[int]()
        time = time_of(request, self.clock)

        async def run(number: int, step: Step[Error_co]) -> None:
            with anyio.CancelScope() as scope:
                scopes.append(scope)
                began, asked = self.clock.monotonic(), time.share(step.request(request))
                try:
                    stream = await step.client.open(asked)
                except anyio.get_cancelled_exc_class():
                    self._gave_up(race, asked, began)
                    raise
                if stream.failure is not None:
                    self._note_loss(race, number, asked, error_of(await stream.fail()), began)
                    return
                async with relay(stream) as events:
                    if winner:
                        return
                    winner.append(number)
                    race.first_failed.set()
                    for other in scopes:
                        if other is not scope:
                            other.cancel()
                    async for event in events:
                        await sender.send(with_attempts(event, tuple(race.failed)))

        with sender:
            async with tasks_together() as group:
                group.start_soon(run, 0, self.first)
                await wait_for(race.first_failed, self.clock, self.after)
                if not winner:
                    group.start_soon(run, 1, self.second)
            if not winner:
                await sender.send(Failed(_blame(race), ChatResponse()))


def _blame(race: _Race) -> ChatError:
    error = race.errors.get(0) or race.errors.get(1)
    if error is None:
        return InvalidResponse(detail="neither of two models gave an answer")
    return attrs.evolve(error, attempts=tuple(race.failed))
