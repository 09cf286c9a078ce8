"""Middleware: when the first model is late, a second is asked too; who answers first wins, the other is cancelled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import Attempt, ChatResponse
from pointsman.core.effect import effect, settle
from pointsman.core.error import InvalidResponse, LLMError
from pointsman.services.middleware.fallback import Step
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.opening import early_failure, opening, with_attempts
from pointsman.services.tasks.together import tasks_together
from pointsman.services.tasks.waiting import wait_for


@attrs.define(eq=False)
class _Race:
    """Two calls under way: the winner's outcome, and the failures so far."""

    failed: list[Attempt] = attrs.field(factory=list)
    errors: dict[int, LLMError] = attrs.field(factory=dict)
    first_failed: anyio.Event = attrs.field(factory=anyio.Event)


@attrs.frozen
class Hedged:
    """Asks `first`; if nothing has come of it after `after` seconds, or it has failed, asks `second` too.

    For a stream, what counts is the first output. Both may cost: that is the price of not waiting. If both fail, the
    error is that of the first.
    """

    first: Step
    second: Step
    after: float
    clock: Clock

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `ChatClient.chat`."""
        race, answers = _Race(), list[ChatResponse]()
        async with tasks_together() as group:

            async def run(number: int, step: Step) -> None:
                began, asked = self.clock.monotonic(), step.request(request)
                result = await settle(step.client.chat(asked))
                if isinstance(result, Success):
                    answers.append(result.unwrap())
                    group.cancel_scope.cancel()
                else:
                    self._lost(race, number, asked, result.failure(), began)

            group.start_soon(run, 0, self.first)
            await wait_for(race.first_failed, self.clock, self.after)
            group.start_soon(run, 1, self.second)
        if answers:
            answer = answers[0]
            return Success(attrs.evolve(answer, attempts=(*race.failed, *answer.attempts)))
        return Failure(_blame(race))

    def _lost(self, race: _Race, number: int, asked: ChatRequest, error: LLMError, began: float) -> None:
        took = (self.clock.monotonic() - began) * 1000
        attempt = Attempt(error.provider or "", error.model or asked.model, took, error)
        race.failed.extend(error.attempts or (attempt,))
        race.errors[number] = error
        if number == 0:
            race.first_failed.set()

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ChatClient.stream`."""
        sender, receiver = anyio.create_memory_object_stream[StreamEvent](16)
        raised: BaseException | None = None
        with receiver:
            async with tasks_together() as group:
                group.start_soon(self._run_streams, request, sender)
                try:
                    async with aclosing(_each(receiver)) as events:
                        yield events
                except anyio.get_cancelled_exc_class():
                    raise
                except BaseException as problem:  # the caller's own: it must not come back wrapped in a group
                    raised = problem
                group.cancel_scope.cancel()
        if raised is not None:
            raise raised

    async def _run_streams(self, request: ChatRequest, sender: MemoryObjectSendStream[StreamEvent]) -> None:
        race, scopes, winner = _Race(), list[anyio.CancelScope](), list[int]()

        async def run(number: int, step: Step) -> None:
            with anyio.CancelScope() as scope:
                scopes.append(scope)
                began, asked = self.clock.monotonic(), step.request(request)
                async with step.client.stream(asked) as events:
                    head = await opening(events)
                    failed = early_failure(head)
                    if failed is not None:
                        self._lost(race, number, asked, failed.error, began)
                        return
                    if winner:
                        return
                    winner.append(number)
                    race.first_failed.set()
                    for other in scopes:
                        if other is not scope:
                            other.cancel()
                    for event in head:
                        await sender.send(with_attempts(event, tuple(race.failed)))
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


async def _each(receiver: MemoryObjectReceiveStream[StreamEvent]) -> AsyncGenerator[StreamEvent, None]:
    async for event in receiver:
        yield event


def _blame(race: _Race) -> LLMError:
    error = race.errors.get(0) or race.errors.get(1)
    if error is None:
        return InvalidResponse(detail="neither of two models gave an answer")
    return attrs.evolve(error, attempts=tuple(race.failed))
