"""Reads a stream of the Messages API: frames in, events out, the answer assembled on the way.

Made for speed where it matters: an ordinary text delta takes one parse and no checks but those that must be. All
else goes the careful way, on which no frame raises and no malformed one is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import orjson

from pointsman.adapters.dialects.anthropic.errors import error_in_body
from pointsman.adapters.dialects.anthropic.response import Counts, read_finish, read_refusal
from pointsman.adapters.dialects.anthropic.stream_block import GROWN, StreamBlock
from pointsman.adapters.dialects.dialect import StreamReader, Target, append_to
from pointsman.core.chat.event import (
    Done,
    Failed,
    Started,
    StreamEvent,
    TextDelta,
)
from pointsman.core.chat.part import Part
from pointsman.core.chat.response import ChatResponse, FinishReason, Warning
from pointsman.core.error import InvalidResponse, NetworkError, ProviderError
from pointsman.core.json import Json, JsonObject, as_text, parse_json, text_or_none

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
class MessageReader:
    """The state of one stream."""

    target: Target
    _open: dict[int, StreamBlock] = attrs.field(factory=dict, init=False)
    _blocks: list[StreamBlock] = attrs.field(factory=list, init=False)
    _counts: Counts = attrs.field(factory=Counts, init=False)
    _id: str = attrs.field(default="", init=False)
    _model: str = attrs.field(default="", init=False)
    _finish: FinishReason | None = attrs.field(default=None, init=False)
    _stop_sequence: str | None = attrs.field(default=None, init=False)
    _warnings: tuple[Warning, ...] = attrs.field(default=(), init=False)
    _begun: bool = attrs.field(default=False, init=False)
    _ended: bool = attrs.field(default=False, init=False)

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events in one SSE event."""
        try:
            event: Any = parse_json(data)
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
            return self._end_message()[-1]
        if not self._begun and not self._blocks:
            return self._fail_malformed("it holds no answer")[-1]
        return self._fail(
            NetworkError(
                detail="the stream was cut off before its end",
                provider=self.target.provider,
                model=self.target.model or None,
            )
        )

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """As `StreamReader.text_appender`: `data` is an ordinary text delta."""
        event: Any = parse_json(data)
        block = self._open.get(event.get("index"))
        if self._ended or block is None or block.kind != "text" or not block.pieces or block.pieces[-1] != text:
            return None
        return append_to(block.pieces, block.index)

    def partial(self) -> ChatResponse:
        """What has come so far; its output tokens are unknown until the end told them."""
        return self._response(tuple(block.part() for block in self._blocks if block.is_shown))

    def _response(self, parts: tuple[Part, ...]) -> ChatResponse:
        return ChatResponse(
            parts=parts,
            finish_reason=self._finish,
            usage=self._counts.usage() if self._finish is not None else self._counts.usage().midway(),
            service_tier=self._counts.tier,
            model=self._model,
            provider=self.target.provider,
            id=self._id,
            warnings=self._warnings,
            stop_sequence=self._stop_sequence,
        )

    def _event(self, event: Json, name: str) -> Sequence[StreamEvent]:
        if not isinstance(event, dict):
            return self._fail_malformed("an event is not a JSON object")
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
                return self._end_message()
            case "error":
                return (self._fail(error_in_body(event, self.target)),)
            case str(kind) if kind and not event.get("error"):
                return ()
            case _ if event.get("error"):
                return (self._fail(error_in_body(event, self.target)),)
            case _:
                return self._fail_malformed("an event has no type")

    def _begin(self, event: JsonObject) -> Sequence[StreamEvent]:
        message = event.get("message")
        if not isinstance(message, dict):
            return self._fail_malformed("message_start has no message")
        self._id, self._model = as_text(message.get("id")), as_text(message.get("model"))
        self._begun = True
        self._counts.begin(message.get("usage"))
        return (Started(self._id, self._model, usage=self._counts.usage()),)

    def _start(self, event: JsonObject) -> Sequence[StreamEvent]:
        at, head = event.get("index"), event.get("content_block")
        if not isinstance(at, int) or not isinstance(head, dict) or not isinstance(head.get("type"), str):
            return self._fail_malformed("content_block_start has no index or no block")
        before = self._close(at)
        block = StreamBlock(kind=as_text(head["type"]), index=len(self._blocks), head=head)
        self._open[at] = block
        self._blocks.append(block)
        return (*before, *block.first())

    def _delta(self, event: JsonObject) -> Sequence[StreamEvent]:
        at, delta = event.get("index"), event.get("delta")
        block = self._open.get(at) if isinstance(at, int) else None
        if block is None or not isinstance(delta, dict) or not isinstance(delta.get("type"), str):
            return self._fail_malformed("content_block_delta has no open block or no delta")
        kind = as_text(delta["type"])
        if block.kind not in GROWN:
            block.grow(delta)
            return ()
        if kind in _BESIDES:
            return self._beside(block, kind, delta)
        if kind not in _PIECE:
            return ()
        owner, field = _PIECE[kind]
        text = delta.get(field)
        if block.kind != owner or not isinstance(text, str):
            return self._fail_malformed(f"a {kind} does not fit its block of type {block.kind!r}")
        return (block.add(text),) if text else ()

    def _beside(self, block: StreamBlock, kind: str, delta: JsonObject) -> Sequence[StreamEvent]:
        value = delta.get(_BESIDES[kind])
        if kind == "signature_delta" and block.kind == "thinking" and isinstance(value, str):
            block.head = {**block.head, "signature": value}
            return ()
        if kind == "citations_delta" and block.kind == "text" and isinstance(value, dict):
            block.citations.append(value)
            return ()
        return self._fail_malformed(f"a {kind} does not fit its block of type {block.kind!r}")

    def _stop(self, event: JsonObject) -> Sequence[StreamEvent]:
        at = event.get("index")
        if not isinstance(at, int) or at not in self._open:
            return self._fail_malformed("content_block_stop has no open block")
        return self._close(at)

    def _close(self, at: int) -> Sequence[StreamEvent]:
        block = self._open.pop(at, None)
        return () if block is None else (block.close(),)

    def _end(self, event: JsonObject) -> Sequence[StreamEvent]:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            return self._fail_malformed("message_delta has no delta")
        if isinstance(delta.get("stop_reason"), str):
            self._finish = read_finish(delta["stop_reason"])
            self._stop_sequence = text_or_none(delta.get("stop_sequence"))
            self._warnings = read_refusal(delta.get("stop_details"))
        self._counts.take(event.get("usage"))
        return ()

    def _end_message(self) -> Sequence[StreamEvent]:
        closed = [event for at in list(self._open) for event in self._close(at)]
        self._ended = True
        self._finish = read_finish(None) if self._finish is None else self._finish
        return (*closed, Done(self._response(tuple(block.part() for block in self._blocks))))

    def _done_without_reason(self) -> Sequence[StreamEvent]:
        """Some servers say that they are done and not why."""
        self._warnings = (*self._warnings, Warning("finish_reason", "the provider did not say why the answer ended"))
        return self._end_message()

    def _fail(self, error: ProviderError) -> Failed:
        partial = self.partial()
        self._ended = True
        self._open.clear()
        return Failed(error, partial)

    def _fail_malformed(self, problem: str) -> Sequence[StreamEvent]:
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
            return self._done_without_reason() if self._finish is None and self._blocks else (self.finish(),)
        return self._fail_malformed("an event is not JSON")
