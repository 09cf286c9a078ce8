"""Middleware: when one model fails, ask the next. It holds no wire knowledge and no list of providers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Failed, Restarted, StreamItem
from pointsman.core.chat.options import OnPartial
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import (
    Attempt,
    BudgetExceeded,
    ChatError,
    ConfigurationError,
    FallbackExhausted,
    InvalidRequest,
    UnsupportedFeature,
)
from pointsman.core.notice import FallbackTaken
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import (
    Answer,
    Client,
    Error,
    Error_co,
    Operation,
    Query,
    StreamRequest,
)
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.tracer import NO_TRACER, Tracer
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.streams.opening import add_attempts, error_of, with_attempts
from pointsman.services.tasks.call_time import CallTime, time_of

_Request = TypeVar("_Request", bound=AnyRequest)


_Added: TypeAlias = FallbackExhausted | ConfigurationError
"""What a fallback adds to the errors of those that it asks: that all have failed, or that there was nobody to ask."""


@attrs.frozen
class Step(Generic[Error_co]):
    """One client to try, with the model to ask it for; None asks for the request's own."""

    client: Client[Error_co]
    model: str | None = None

    def request(self, request: _Request) -> _Request:
        """`request` as this step sends it."""
        return request if self.model is None else attrs.evolve(request, model=self.model)


Steps: TypeAlias = tuple[Step[Error_co], ...]
Reroute: TypeAlias = Callable[[ChatError, Steps[Error]], Steps[Error]]
"""What is to be tried after an error, given the error and the steps that are left."""


def straight_on(error: ChatError, left: Steps[Error]) -> Steps[Error]:
    """The steps that are left."""
    return left


def worth_another(error: ChatError) -> bool:
    """Whether another model may do better: yes, unless the request itself is wrong."""
    return not isinstance(error, InvalidRequest)


@attrs.frozen
class Fallback(Client[Error_co | _Added], Generic[Error_co]):
    """A client that asks each of `steps` in turn until one answers.

    `on_partial` says what happens to a stream that fails after it gave output: `fail` ends it typed with the partial
    answer, `restart` marks what came as void with `Restarted` and goes on with the next step. When all have failed the
    error is `FallbackExhausted` with every attempt, tries of an inner `Retrying` included; where only one was tried, or
    all ended at a budget, it is that error itself. The request's timeout is for all steps together.
    """

    steps: Steps[Error_co]
    clock: Clock
    on_partial: OnPartial = "fail"
    worth: Callable[[ChatError], bool] = worth_another
    reroute: Reroute[Error_co] = straight_on
    publish: Publish = publish_nowhere
    tracer: Tracer = NO_TRACER

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, Error_co | _Added]:
        """As `Client.call`; lists of models and pings are those of the first."""
        if not operation.names_model:
            return await self.steps[0].client.call(operation, request)
        return await self._in_turn(operation, cast(AnyRequest, request))

    async def _in_turn(
        self, operation: Operation[Any, Answer], request: AnyRequest
    ) -> Result[Answer, Error_co | _Added]:
        failed: tuple[Attempt, ...] = ()
        left, time = self.steps, time_of(request, self.clock)
        while left:
            step, left = left[0], left[1:]
            began = self.clock.monotonic()
            asked = time.share(step.request(request))
            result = await step.client.call(operation, asked)
            if isinstance(result, Success):
                return Success(add_attempts(result.unwrap(), failed)) if failed else result
            error = result.failure()
            failed += self._attempts(asked, error, began)
            if not self.worth(error):
                return Failure(error)
            left = self._steps_left(error, left, request, time, asked)
        return Failure(cast("Error_co | _Added", _exhaust(failed)))  # an attempt does not say whose error it has

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        return await EventStream.start(self._events(request))

    def forget_models(self) -> None:
        """By each of them."""
        for step in self.steps:
            step.client.forget_models()

    async def _events(self, request: StreamRequest) -> AsyncGenerator[StreamItem, None]:
        attempts: tuple[Attempt, ...] = ()
        void: tuple[ChatError, str] | None = None
        partial = ChatResponse()
        left, time = self.steps, time_of(request, self.clock)
        here = self.tracer.here()
        while left:
            step, left = left[0], left[1:]
            began = self.clock.monotonic()
            asked = time.share(step.request(request))
            failed: Failed | None = None
            with here():  # a later step is opened when the caller asks for more, wherever that is
                stream = await step.client.open(asked)
            if stream.failure is not None:
                failed = await stream.fail()
            else:
                async with relay(stream) as events:
                    if void is not None:
                        yield Restarted(void[0], void[1], asked.model)
                    async for event in events:
                        if isinstance(event, Failed):
                            failed = event
                            break
                        yield with_attempts(event, attempts)
            if failed is None:
                return
            attempts += self._attempts(asked, error_of(failed), began)
            if failed.after_output:
                void = (error_of(failed), failed.error.provider or "")
            left = () if self._ends(failed) else self._steps_left(error_of(failed), left, request, time, asked)
            if self._ends(failed) or (not left and failed.after_output):
                yield failed
                return
            partial = failed.partial
        yield Failed(_exhaust(attempts), partial)

    def _ends(self, failed: Failed) -> bool:
        return not self.worth(error_of(failed)) or (failed.after_output and self.on_partial == "fail")

    def _steps_left(
        self, error: ChatError, left: Steps[Error_co], request: AnyRequest, time: CallTime, asked: AnyRequest
    ) -> Steps[Error_co]:
        """What is still to be tried after `error`: nothing when the time is up."""
        if time.is_up:
            return ()
        left = self.reroute(error, left)
        if left:
            self.publish(
                FallbackTaken(
                    model=error.where or asked.model,
                    next=left[0].model or request.model,
                    error=error,
                    tenant=request.options.tenant,
                )
            )
        return left

    def _attempts(self, request: AnyRequest, error: ChatError, began: float) -> tuple[Attempt, ...]:
        took = (self.clock.monotonic() - began) * 1000
        return error.attempts or (
            Attempt(error.provider or "", error.model or request.model, took, error, began=began),
        )


def _exhaust(attempts: tuple[Attempt, ...]) -> ChatError:
    if not attempts:
        return ConfigurationError(detail="the fallback has no model to ask", problems=("no steps were given",))
    able = tuple(attempt for attempt in attempts if not isinstance(attempt.error, UnsupportedFeature))
    attempts = able or attempts  # who cannot do it at all does not hide what went wrong elsewhere
    last = cast("ChatError | None", attempts[-1].error)
    models = {(attempt.provider, attempt.model) for attempt in attempts}
    if last is not None and (len(models) == 1 or all(isinstance(a.error, BudgetExceeded) for a in attempts)):
        return attrs.evolve(last, attempts=attempts if len(attempts) > 1 else last.attempts)
    return FallbackExhausted(attempts=attempts, detail="every model failed")
