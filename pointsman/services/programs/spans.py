"""Combinators that trace: a span of the user's own around steps, programs and streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from returns.context import RequiresContextFutureResult as Reader
from returns.future import FutureResult
from returns.result import Result

from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.effect import effect, settle
from pointsman.services.ports.client import ResponseStream
from pointsman.services.ports.tracer import Span, Tracer
from pointsman.services.programs.step import by_environment
from pointsman.services.tracing import span_of, trace

_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


class Traceable(Protocol):
    """What combinators that trace need. An `App` is one, and so is a record of your own that has a tracer."""

    @property
    def tracer(self) -> Tracer:
        """Where spans begin."""
        ...


_Needs = TypeVar("_Needs", bound=Traceable)


@overload
def with_span(name: str) -> Callable[[Reader[_Value, _Error, _Needs]], Reader[_Value, _Error, _Needs]]: ...
@overload
def with_span(
    name: str, env: Traceable
) -> Callable[[Callable[_Args, FutureResult[_Value, _Error]]], Callable[_Args, FutureResult[_Value, _Error]]]: ...
def with_span(name: str, env: Traceable | None = None) -> Callable[[Any], Any]:
    """A span around a step or a program, with whatever calls it makes as its parts.

    Of a failure it tells the kind (the class of the error), and of values nothing.
    """
    return by_environment(env, lambda step, own: _in_span(step, name, own.tracer))


def _in_span(
    step: Callable[_Args, FutureResult[_Value, _Error]], name: str, tracer: Tracer
) -> Callable[_Args, FutureResult[_Value, _Error]]:
    @effect
    async def run(*args: _Args.args, **kwargs: _Args.kwargs) -> Result[_Value, _Error]:
        return await trace(tracer, name, {}, lambda: settle(step(*args, **kwargs)))

    return run


def with_span_stream(
    name: str, env: Traceable
) -> Callable[[Callable[_Args, ResponseStream]], Callable[_Args, ResponseStream]]:
    """A span around a stream, from its opening to its end."""

    def around(step: Callable[_Args, ResponseStream]) -> Callable[_Args, ResponseStream]:
        @asynccontextmanager
        async def start(*args: _Args.args, **kwargs: _Args.kwargs) -> AsyncIterator[AsyncIterator[StreamEvent]]:
            async with span_of(env.tracer, name, {}) as span, AsyncExitStack() as stack:
                with span.activate():
                    events = await stack.enter_async_context(step(*args, **kwargs))
                async with aclosing(_look_for_failure(events, span)) as seen:
                    yield seen

        return start

    return around


async def _look_for_failure(events: AsyncIterator[StreamEvent], span: Span) -> AsyncGenerator[StreamEvent, None]:
    async for event in events:
        if isinstance(event, Failed):
            span.fail(event.error.tag)
        yield event
