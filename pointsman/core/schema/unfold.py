"""A whole answer as the stream it could have been. Pure; used to replay, to simulate and to test."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.core.chat.event import (
    Done,
    PartDone,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from pointsman.core.chat.part import Part, Reasoning, Text, ToolCall
from pointsman.core.chat.response import ChatResponse


def unfold(response: ChatResponse, size: int = 24) -> Iterator[StreamEvent]:
    """The events of a stream that ends in `response`, its texts cut into pieces of `size` characters."""
    yield Started(response.id, response.model, response.provider)
    for index, part in enumerate(response.parts):
        yield from _deltas(index, part, size)
        yield PartDone(index, part)
    yield Done(response)


def _deltas(index: int, part: Part, size: int) -> Iterator[StreamEvent]:
    match part:
        case Text(text):
            yield from (TextDelta(piece, index) for piece in _pieces(text, size))
        case Reasoning(text):
            yield from (ReasoningDelta(piece, index) for piece in _pieces(text, size))
        case ToolCall(id, name, arguments):
            yield ToolCallStarted(index, id, name)
            yield from (ToolCallDelta(index, piece) for piece in _pieces(arguments, size))
        case _:
            return


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))
