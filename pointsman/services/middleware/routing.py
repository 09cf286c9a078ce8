"""Middleware: asks the models of a plan, one after the other, until one answers."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.options import CallOptions, OnPartial
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import is_failure
from pointsman.core.error import ChatError, ContentFiltered, ContextTooLarge, ModelNotFound
from pointsman.core.models.model import ModelRef
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.middleware.fallback import Fallback, Step, Steps
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import (
    CHAT,
    Answer,
    Calling,
    Client,
    Opening,
    Operation,
    Query,
    StreamRequest,
    calling_as,
)
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.router import Plan, Unplanned
from pointsman.services.ports.tracer import NO_TRACER, Attribute, Tracer
from pointsman.services.routing.planner import Planner
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tracing import trace


@attrs.frozen
class Routed(ChatMiddleware):
    """A client that asks `inner`, which knows `provider/model` references, as `planner` says.

    After a prompt that was too long only models with a larger window are asked, or those the settings name for that;
    after filtered content those the settings name, if they do. `hedge_after` seconds is what a request's own options
    may replace.
    """

    inner: Client
    planner: Planner
    clock: Clock
    on_partial: OnPartial = "fail"
    hedge_after: float | None = None
    publish: Publish = publish_nowhere
    tracer: Tracer = NO_TRACER

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, ChatError]:
        """A chat by the plan; all else that uses a model of those that are named, in their order, or ranked."""
        if operation.name == CHAT.name and isinstance(request, ChatRequest):
            return calling_as(operation, self.call_chat(request))
        if operation.names_model:
            return self._call_in_turn(operation, cast(AnyRequest, request))
        return self.inner.call(operation, request)

    async def _call_in_turn(
        self, operation: Operation[Query, Answer], request: AnyRequest
    ) -> Result[Answer, ChatError]:
        found = await self._in_turn(request, advance=operation.is_metered)
        if is_failure(found):
            return Failure(found.failure())
        step = found.unwrap()
        return await step.client.call(operation, cast(Query, step.request(request)))

    def open(self, request: StreamRequest) -> Opening:
        """As `call`."""
        return self.open_chat(request) if isinstance(request, ChatRequest) else self._open_in_turn(request)

    async def _open_in_turn(self, request: CompletionRequest) -> EventStream:
        found = await self._in_turn(request, advance=True)
        if is_failure(found):
            return EventStream.fail_with(found.failure())
        return await found.unwrap().client.open(found.unwrap().request(request))

    async def _in_turn(self, request: AnyRequest, *, advance: bool) -> Result[Step, Unplanned]:
        """Who is asked for what is no chat, and for which model first."""
        planned = await self.planner.plan_operation(request, advance=advance)
        return planned.map(self._one_after_another)

    def _one_after_another(self, names: tuple[str, ...]) -> Step:
        if len(names) == 1:
            return Step(self.inner, names[0])
        steps = tuple(Step(self.inner, name) for name in names)
        return Step(Fallback(steps, self.clock, publish=self.publish, tracer=self.tracer), names[0])

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`; the response says why it was this model in `route`."""
        planned = await self._plan(request)
        if is_failure(planned):
            return Failure(planned.failure())
        plan = planned.unwrap()
        result = await self._client(plan, request).call(CHAT, self._first(plan, request))
        if is_failure(result):
            return result
        return Success(replace(result.unwrap(), route=plan.explanation))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        planned = await self._plan(request)
        if is_failure(planned):
            return EventStream.fail_with(planned.failure())
        plan = planned.unwrap()
        stream = await self._client(plan, request).open(self._first(plan, request))
        stream.map_response(lambda response: replace(response, route=plan.explanation))
        return stream

    def _plan(self, request: ChatRequest) -> Coroutine[object, None, Result[Plan, Unplanned]]:
        if self.tracer is NO_TRACER:
            return self.planner.plan(request)
        return trace(self.tracer, "route", {}, lambda: self.planner.plan(request), _tell_plan)

    def _first(self, plan: Plan, request: ChatRequest) -> ChatRequest:
        return request if request.model == plan.models[0] else attrs.evolve(request, model=plan.models[0])

    def _client(self, plan: Plan, request: ChatRequest) -> Client:
        if len(plan.models) == 1 and not (self.planner.routes.on_overflow or self.planner.routes.on_filter):
            return self.inner
        steps = tuple(Step(self.inner, model) for model in plan.models)
        after = self.hedge_after if request.options.hedge_after is None else request.options.hedge_after
        if after is not None and len(steps) > 1:
            from pointsman.services.middleware.hedge import Hedged

            steps = (Step(Hedged(steps[0], steps[1], after, self.clock)), *steps[2:])
        return Fallback(
            steps,
            self.clock,
            request.options.on_partial or self.on_partial,
            reroute=lambda error, left: self._reroute(error, left, request.options),
            publish=self.publish,
            tracer=self.tracer,
        )

    def _reroute(self, error: ChatError, left: Steps, options: CallOptions) -> Steps:
        routes = self.planner.routes
        if isinstance(error, ContextTooLarge):
            return self._steps(routes.on_overflow, error, options) or self._larger(error, left)
        if isinstance(error, ContentFiltered) and routes.on_filter:
            return self._steps(routes.on_filter, error, options)
        return left

    def _steps(self, names: tuple[str, ...], error: ChatError, options: CallOptions) -> Steps:
        """The models of a chain that the caller may ask, from after the one that failed, if it is in it."""
        refs = [str(ref) for ref in map(self.planner.resolve, names) if isinstance(ref, ModelRef)]
        start = refs.index(error.where) + 1 if error.where in refs else 0
        return tuple(Step(self.inner, ref) for ref in refs[start:] if options.opens(ref))

    def _larger(self, error: ContextTooLarge, left: Steps) -> Steps:
        """Those whose window is larger than that of the model that failed, as far as it is known."""
        failed = self._window(error.where) or error.limit
        return tuple(step for step in left if failed is None or (self._window(step.model) or failed + 1) > failed)

    def _window(self, model: str | None) -> int | None:
        ref = self.planner.resolve(model or "")
        if isinstance(ref, ModelNotFound):
            return None
        return self.planner.book.facts(ref.provider or "", ref.model).context_length


def _tell_plan(plan: Plan) -> dict[str, Attribute]:
    told: dict[str, Attribute] = {"models": plan.models, "passed_over": len(plan.explanation.passed_over)}
    return told | {"strategy": plan.explanation.strategy} if plan.explanation.strategy else told
