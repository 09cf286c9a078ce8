"""A whole answer as the stream it could have been, for the laws of the dialects. Knows no dialect."""

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


def unfold(response: ChatResponse, pieces: int = 3) -> list[StreamEvent]:
    """Started, every part as deltas in at most `pieces` pieces and then whole, Done. 0 pieces: no deltas at all."""
    events: list[StreamEvent] = [Started(response.id, response.model)]
    for index, part in enumerate(response.parts):
        events += _deltas(index, part, pieces) if pieces else ()
        events.append(PartDone(index, part))
    return [*events, Done(response)]


def _deltas(index: int, part: Part, pieces: int) -> Iterator[StreamEvent]:
    match part:
        case Text(text):
            yield from (TextDelta(piece, index) for piece in cut(text, pieces))
        case Reasoning(text):
            yield from (ReasoningDelta(piece, index) for piece in cut(text, pieces))
        case ToolCall(call_id, name, arguments):
            yield ToolCallStarted(index, call_id, name)
            yield from (ToolCallDelta(index, piece) for piece in cut(arguments, pieces))
        case _:
            return


def cut(text: str, pieces: int) -> list[str]:
    """`text` in at most `pieces` pieces, none of them empty."""
    size = max(1, -(-len(text) // pieces))
    return [text[at : at + size] for at in range(0, len(text), size)]


def frames(data: bytes) -> list[tuple[str, bytes]]:
    """The SSE events in `data`, as (name, data). Simple, for what our own writers write: LF, one space, no comments."""
    found: list[tuple[str, bytes]] = []
    for block in data.split(b"\n\n"):
        name, lines = "", []
        for line in block.split(b"\n"):
            field, _, value = line.partition(b": ")
            if field == b"event":
                name = value.decode()
            elif field == b"data":
                lines.append(value)
        if lines:
            found.append((name, b"\n".join(lines)))
    return found
