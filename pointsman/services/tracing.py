"""Work in a span: how long it took, and which kind of error it came to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from returns.result import Result

from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import is_failure
from pointsman.core.error import Fault
from pointsman.services.ports.tracer import NO_TRACER, Attribute, Span, Tracer
from pointsman.services.streams.event_stream import End, EventStream

_Value = TypeVar("_Value")
_Error = TypeVar("_Error")
CANCELLED = "Cancelled"


@asynccontextmanager
async def span_of(tracer: Tracer, name: str, attributes: Mapping[str, Attribute]) -> AsyncIterator[Span]:
    """A span for the scope; what is raised in it, a cancellation too, fails it."""
    span = tracer.start(name, attributes)
    try:
        yield span
    except anyio.get_cancelled_exc_class():
        span.fail(CANCELLED)
        raise
    except BaseException as problem:
        span.fail(CANCELLED if isinstance(problem, GeneratorExit) else type(problem).__name__)
        raise
    finally:
        span.end()


async def trace(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, Attribute],
    work: Callable[[], Awaitable[Result[_Value, _Error]]],
    tell: Callable[[_Value], Mapping[str, Attribute]] | None = None,
) -> Result[_Value, _Error]:
    """What `work` gives, in a span of its own; `tell` says what of the value is an attribute."""
    if tracer is NO_TRACER:
        return await work()
    async with span_of(tracer, name, attributes) as span:
        with span.activate():
            result = await work()
        if is_failure(result):
            span.fail(tag_of(result.failure()))
        elif tell is not None:
            span.set(tell(result.unwrap()))
        return result


async def trace_stream(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, Attribute],
    open_stream: Callable[[], Awaitable[EventStream]],
    tell: Callable[[ChatResponse], Mapping[str, Attribute]] | None = None,
) -> EventStream:
    """As `trace`, of a stream: the span ends with it."""
    if tracer is NO_TRACER:
        return await open_stream()
    span = tracer.start(name, attributes)

    async def finish(end: End | None) -> End | None:
        match end:
            case Done(response):
                span.set({} if tell is None else tell(response))
            case Failed(error):
                span.fail(error.tag)
            case None:
                span.fail(CANCELLED)
        span.end()
        return end

    try:
        with span.activate():
            stream = await open_stream()
    except BaseException as problem:
        span.fail(type(problem).__name__ if isinstance(problem, Exception) else CANCELLED)
        span.end()
        raise
    stream.on_end(finish)
    return stream


def tag_of(error: object) -> str:
    """The kind of an error, ours or the user's own."""
    return error.tag if isinstance(error, Fault) else type(error).__name__
