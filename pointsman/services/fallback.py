"""Middleware: when one model fails, ask the next. It holds no wire knowledge and no list of providers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, FallbackExhausted, InvalidRequest, LLMError
from pointsman.core.event import Failed, Restarted, StreamEvent
from pointsman.core.request import ChatRequest
from pointsman.core.response import Attempt, ChatResponse
from pointsman.services.client import ChatClient
from pointsman.services.clock import Clock
from pointsman.services.opening import early_failure, opening, with_attempts

OnPartial: TypeAlias = Literal["fail", "restart"]


@attrs.frozen
class Step:
    """One client to try, with the model to ask it for; None asks for the request's own."""

    client: ChatClient
    model: str | None = None

    def request(self, request: ChatRequest) -> ChatRequest:
        """`request` as this step sends it."""
        return request if self.model is None else attrs.evolve(request, model=self.model)


def worth_another(error: LLMError) -> bool:
    """Whether another model may do better: yes, unless the request itself is wrong."""
    return not isinstance(error, InvalidRequest)


@attrs.frozen
class Fallback:
    """A client that asks each of `steps` in turn until one answers.

    `on_partial` says what happens to a stream that fails after it gave output: `fail` ends it typed with the partial
    answer, `restart` marks what came as void with `Restarted` and goes on with the next step. When all have failed the
    error is `FallbackExhausted` with every attempt, tries of an inner `Retrying` included.
    """

    steps: tuple[Step, ...]
    clock: Clock
    on_partial: OnPartial = "fail"
    worth: Callable[[LLMError], bool] = worth_another

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `ChatClient.chat`."""
        failed: tuple[Attempt, ...] = ()
        for step in self.steps:
            began = self.clock.monotonic()
            result = await settle(step.client.chat(step.request(request)))
            if isinstance(result, Success):
                answer = result.unwrap()
                return Success(attrs.evolve(answer, attempts=failed + answer.attempts))
            error = result.failure()
            failed += self._attempts(step.request(request), error, began)
            if not self.worth(error):
                return Failure(error)
        return Failure(_exhausted(failed))

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `ChatClient.stream`."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        attempts: tuple[Attempt, ...] = ()
        void: tuple[LLMError, str] | None = None
        for number, step in enumerate(self.steps):
            began, asked = self.clock.monotonic(), step.request(request)
            last = number == len(self.steps) - 1
            failed: Failed | None = None
            async with step.client.stream(asked) as events:
                head = await opening(events)
                failed = early_failure(head)
                if failed is None and void is not None:
                    yield Restarted(void[0], void[1], asked.model)
                async with aclosing(_joined([] if failed else head, events)) as rest:
                    async for event in rest:
                        if isinstance(event, Failed):
                            failed = event
                            break
                        yield with_attempts(event, attempts)
            if failed is None:
                return
            attempts += self._attempts(asked, failed.error, began)
            if failed.after_output:
                void = (failed.error, failed.error.provider or "")
            if self._ends(failed) or (last and failed.after_output):
                yield failed
                return
        yield Failed(_exhausted(attempts), ChatResponse())

    def _ends(self, failed: Failed) -> bool:
        return not self.worth(failed.error) or (failed.after_output and self.on_partial == "fail")

    def _attempts(self, request: ChatRequest, error: LLMError, began: float) -> tuple[Attempt, ...]:
        took = (self.clock.monotonic() - began) * 1000
        return error.attempts or (Attempt(error.provider or "", error.model or request.model, took, error),)


async def _joined(head: list[StreamEvent], rest: AsyncIterator[StreamEvent]) -> AsyncGenerator[StreamEvent, None]:
    for event in head:
        yield event
    if head:
        async for event in rest:
            yield event


def _exhausted(attempts: tuple[Attempt, ...]) -> LLMError:
    if not attempts:
        return ConfigurationError(detail="the fallback has no model to ask", problems=("no steps were given",))
    return FallbackExhausted(attempts=attempts, detail="every model failed")
