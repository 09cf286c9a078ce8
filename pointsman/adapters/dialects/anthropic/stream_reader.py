"""Reads a stream of the Messages API: frames in, events out, the answer assembled on the way.

Made for speed where it matters: an ordinary text delta takes one parse and no checks but those that must be. All
else goes the careful way, on which no frame raises and no malformed one is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import orjson

from pointsman.adapters.dialects.anthropic.content import canonical, read_part, whole_arguments
from pointsman.adapters.dialects.anthropic.errors import error_in_body
from pointsman.adapters.dialects.anthropic.response import left_out, read_finish, refused
from pointsman.adapters.dialects.anthropic.usage import Counts
from pointsman.adapters.dialects.dialect import StreamReader, Target
from pointsman.core.error import InvalidResponse, NetworkError, ProviderError
from pointsman.core.event import (
    Done,
    Failed,
    PartDone,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from pointsman.core.json import Json, JsonObject, as_text
from pointsman.core.part import Part, ToolCall
from pointsman.core.response import ChatResponse, FinishReason, Warning

_PARTS = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
_PIECE = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("tool_use", "partial_json"),
}
_BESIDES = {"signature_delta": "signature", "citations_delta": "citation"}


def open_reader(target: Target) -> StreamReader:
    """A reader for one stream."""
    return MessageReader(target)


@attrs.define(eq=False)
class _Block:
    """A block that grows. `index` is that of its part, -1 for a block that is not for the client."""

    kind: str
    index: int
    head: JsonObject
    pieces: list[str] = attrs.field(factory=list)
    citations: list[Json] = attrs.field(factory=list)
    done: Part | None = None

    def part(self) -> Part | None:
        """What it is so far."""
        if self.done is not None:
            return self.done
        joined = "".join(self.pieces)
        if self.kind == "tool_use":
            return ToolCall(as_text(self.head.get("id")), as_text(self.head.get("name")), joined)
        field = "thinking" if self.kind == "thinking" else "text"
        return read_part({**self.head, field: joined, "citations": self.citations})

    def close(self) -> PartDone | None:
        """Fix the part; None for a block that is not for the client."""
        part = self.part()
        if isinstance(part, ToolCall):
            whole = canonical(part.arguments) if part.arguments else whole_arguments(self.head.get("input"))
            part = attrs.evolve(part, arguments=whole)
        self.done = part
        return PartDone(self.index, part) if part is not None and self.index >= 0 else None


@attrs.define(eq=False)
class MessageReader:
    """The state of one stream."""

    target: Target
    _open: dict[int, _Block] = attrs.field(factory=dict, init=False)
    _blocks: list[_Block] = attrs.field(factory=list, init=False)
    _counts: Counts = attrs.field(factory=Counts, init=False)
    _id: str = attrs.field(default="", init=False)
    _model: str = attrs.field(default="", init=False)
    _finish: FinishReason | None = attrs.field(default=None, init=False)
    _left_out: dict[str, Warning] = attrs.field(factory=dict, init=False)
    _refused: tuple[Warning, ...] = attrs.field(default=(), init=False)
    _ended: bool = attrs.field(default=False, init=False)

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events in one SSE event."""
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            return self._not_json(data)
        try:
            delta = event["delta"]
            if delta["type"] == "text_delta":
                block, text = self._open[event["index"]], delta["text"]
                if block.kind == "text" and text.__class__ is str and event["type"] == "content_block_delta":
                    block.pieces.append(text)
                    return (TextDelta(text, block.index),)
        except (KeyError, TypeError):
            pass
        return () if self._ended else self._event(event, name)

    def finish(self) -> StreamEvent:
        """`Done` if the reason for the end had come, else the stream was cut off."""
        if self._finish is not None:
            return self._done()[-1]
        return self._fail(
            NetworkError(
                detail="the stream was cut off before its end",
                provider=self.target.provider,
                model=self.target.model or None,
            )
        )

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """Not known here: every frame is read the careful way."""
        return None

    def partial(self) -> ChatResponse:
        """What has come so far; its output tokens are unknown until the end told them."""
        shown = (block.part() for block in self._blocks if block.index >= 0 and _is_shown(block))
        return self._response(tuple(part for part in shown if part is not None))

    def _response(self, parts: tuple[Part, ...]) -> ChatResponse:
        return ChatResponse(
            parts=parts,
            finish_reason=self._finish,
            usage=self._counts.usage(),
            service_tier=self._counts.tier,
            model=self._model,
            provider=self.target.provider,
            id=self._id,
            warnings=(*self._left_out.values(), *self._refused),
        )

    def _event(self, event: Json, name: str) -> Sequence[StreamEvent]:
        if not isinstance(event, dict):
            return self._malformed("an event is not a JSON object")
        match event.get("type") or name:
            case "content_block_delta":
                return self._delta(event)
            case "content_block_start":
                return self._start(event)
            case "content_block_stop":
                return self._stop(event)
            case "message_start":
                return self._begin(event)
            case "message_delta":
                return self._end(event)
            case "message_stop":
                return self._done()
            case "error":
                return (self._fail(error_in_body(event, self.target)),)
            case str(kind) if kind and not event.get("error"):
                return ()
            case _ if event.get("error"):
                return (self._fail(error_in_body(event, self.target)),)
            case _:
                return self._malformed("an event has no type")

    def _begin(self, event: JsonObject) -> Sequence[StreamEvent]:
        message = event.get("message")
        if not isinstance(message, dict):
            return self._malformed("message_start has no message")
        self._id, self._model = as_text(message.get("id")), as_text(message.get("model"))
        self._counts.begin(message.get("usage"))
        return (Started(self._id, self._model),)

    def _start(self, event: JsonObject) -> Sequence[StreamEvent]:
        at, head = event.get("index"), event.get("content_block")
        if not isinstance(at, int) or not isinstance(head, dict) or not isinstance(head.get("type"), str):
            return self._malformed("content_block_start has no index or no block")
        before = self._close(at)
        block = _Block(kind=as_text(head["type"]), index=self._next(as_text(head["type"])), head=head)
        self._open[at] = block
        self._blocks.append(block)
        return (*before, *_first(block))

    def _next(self, kind: str) -> int:
        if kind not in _PARTS:
            self._left_out.setdefault(kind, left_out(kind))
            return -1
        return sum(block.index >= 0 for block in self._blocks)

    def _delta(self, event: JsonObject) -> Sequence[StreamEvent]:
        at, delta = event.get("index"), event.get("delta")
        block = self._open.get(at) if isinstance(at, int) else None
        if block is None or not isinstance(delta, dict) or not isinstance(delta.get("type"), str):
            return self._malformed("content_block_delta has no open block or no delta")
        kind = as_text(delta["type"])
        if block.index < 0:
            return ()
        if kind in _BESIDES:
            return self._beside(block, kind, delta)
        if kind not in _PIECE:
            return ()
        owner, field = _PIECE[kind]
        text = delta.get(field)
        if block.kind != owner or not isinstance(text, str):
            return self._malformed(f"a {kind} does not fit its block of type {block.kind!r}")
        block.pieces.append(text)
        return (_piece(block, text),) if text else ()

    def _beside(self, block: _Block, kind: str, delta: JsonObject) -> Sequence[StreamEvent]:
        value = delta.get(_BESIDES[kind])
        if kind == "signature_delta" and block.kind == "thinking" and isinstance(value, str):
            block.head = {**block.head, "signature": value}
            return ()
        if kind == "citations_delta" and block.kind == "text" and isinstance(value, dict):
            block.citations.append(value)
            return ()
        return self._malformed(f"a {kind} does not fit its block of type {block.kind!r}")

    def _stop(self, event: JsonObject) -> Sequence[StreamEvent]:
        at = event.get("index")
        if not isinstance(at, int) or at not in self._open:
            return self._malformed("content_block_stop has no open block")
        return self._close(at)

    def _close(self, at: int) -> Sequence[StreamEvent]:
        block = self._open.pop(at, None)
        closed = block.close() if block is not None else None
        return () if closed is None else (closed,)

    def _end(self, event: JsonObject) -> Sequence[StreamEvent]:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            return self._malformed("message_delta has no delta")
        if isinstance(delta.get("stop_reason"), str):
            self._finish = read_finish(delta["stop_reason"])
            self._refused = refused(delta.get("stop_details"))
        self._counts.take(event.get("usage"))
        return ()

    def _done(self) -> Sequence[StreamEvent]:
        closed = [event for at in list(self._open) for event in self._close(at)]
        self._ended = True
        self._finish = read_finish(None) if self._finish is None else self._finish
        parts = (block.done for block in self._blocks if block.index >= 0)
        return (*closed, Done(self._response(tuple(part for part in parts if part is not None))))

    def _fail(self, error: ProviderError) -> Failed:
        partial = self.partial()
        self._ended = True
        self._open.clear()
        return Failed(error, partial)

    def _malformed(self, problem: str) -> Sequence[StreamEvent]:
        return (
            self._fail(
                InvalidResponse(
                    detail=f"the stream is malformed: {problem}",
                    problems=(problem,),
                    provider=self.target.provider,
                    model=self.target.model or None,
                )
            ),
        )

    def _not_json(self, data: bytes) -> Sequence[StreamEvent]:
        if self._ended:
            return ()
        if data.strip() == b"[DONE]":
            return (self.finish(),)
        return self._malformed("an event is not JSON")


def _is_shown(block: _Block) -> bool:
    return bool(block.pieces) or block.done is not None or block.kind == "tool_use"


def _first(block: _Block) -> Sequence[StreamEvent]:
    """What the beginning of a block shows at once; some servers put the first text into it."""
    if block.kind == "tool_use":
        return (ToolCallStarted(block.index, as_text(block.head.get("id")), as_text(block.head.get("name"))),)
    text = as_text(block.head.get(block.kind)) if block.kind in ("text", "thinking") else ""
    if not text:
        return ()
    block.pieces.append(text)
    return (_piece(block, text),)


def _piece(block: _Block, text: str) -> StreamEvent:
    if block.kind == "text":
        return TextDelta(text, block.index)
    if block.kind == "thinking":
        return ReasoningDelta(text, block.index)
    return ToolCallDelta(block.index, text)
