"""An answer that is a value of a type, as it comes: first what is there of it, then the value."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import attrs
from returns.result import Failure, Success

from pointsman.core.chat.event import Done, Failed, Restarted, TextDelta
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.chat.running_total import RunningTotal
from pointsman.core.error import ChatError
from pointsman.core.json import Json
from pointsman.core.schema.partial_json import partial_json
from pointsman.core.schema.strict import Strict
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.structure import Structure
from pointsman.services.tasks.call_time import time_of
from pointsman.services.typed.typed_answer import TypedAnswer, TypedQuestion, read_typed, with_schema

_Value = TypeVar("_Value")


@attrs.frozen
class Partial:
    """What is there so far, as JSON; it is not checked, and texts in it may still grow."""

    value: Json


@asynccontextmanager
async def typed_stream(
    client: ChatClient,
    structure: Structure,
    request: ChatRequest,
    kind: type[_Value],
    repairs: int = 1,
    clock: Clock | None = None,
) -> AsyncIterator[AsyncIterator[Partial | TypedAnswer[_Value] | Failed]]:
    """The answer of `client` to `request` as a `kind`: some `Partial`s, and at the end the answer or the failure.

    An answer that does not fit is repaired as by `typed_answer`, which is not streamed.
    """
    async with aclosing(_parts(client, structure, request, kind, repairs, clock)) as parts:
        yield parts


async def _parts(
    client: ChatClient,
    structure: Structure,
    request: ChatRequest,
    kind: type[_Value],
    repairs: int,
    clock: Clock | None,
) -> AsyncGenerator[Partial | TypedAnswer[_Value] | Failed, None]:
    prepared = with_schema(request, kind)
    if isinstance(prepared, Failure):
        yield Failed(prepared.failure(), ChatResponse())
        return
    asked, strict = prepared.unwrap()
    time = time_of(asked, clock)
    end: Done | Failed | None = None
    async with client.stream(asked) as events, aclosing(_growing(events, strict)) as values:
        async for value in values:
            if isinstance(value, (Done, Failed)):
                end = value
                break
            yield value
    if isinstance(end, Done):
        question = TypedQuestion(asked, kind, strict, repairs, RunningTotal(), time)
        read = await read_typed(client, structure, question, end.response)
        yield read.unwrap() if isinstance(read, Success) else _failure_of(read.failure())
    elif end is not None:
        yield end


def _failure_of(error: ChatError) -> Failed:
    return Failed(error, response_of(error) or ChatResponse())


async def _growing(events: AsyncIterator[object], strict: Strict) -> AsyncGenerator[Partial | Done | Failed, None]:
    """Each state of the value that differs from the one before, and the end."""
    text, last = "", None
    async for event in events:
        if isinstance(event, (Done, Failed)):
            yield event
            return
        if isinstance(event, Restarted):
            text = ""
        elif isinstance(event, TextDelta):
            text += event.text
            value = strict.unwrap_partial(partial_json(text))
            if value is not None and value != last:
                last = value
                yield Partial(value)
