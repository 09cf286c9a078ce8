"""The events of a Responses stream, read. Parts are told apart by the index of their item and of their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import attrs
import orjson

from pointsman.adapters.dialects.dialect import StreamReader, Target, append_to
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_responses.messages import read_call
from pointsman.adapters.dialects.openai_responses.output_items import read_output_item
from pointsman.adapters.dialects.openai_responses.response import (
    made_up_id,
    read_document,
    read_failure,
    read_output,
)
from pointsman.core.chat.event import (
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
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import NetworkError, ProviderError
from pointsman.core.json import Json, JsonObject, as_object, as_text, int_or_none, parse_json

_Key: TypeAlias = "tuple[int, int]"
_Kind: TypeAlias = Literal["text", "refusal", "reasoning", "call", "other"]


@attrs.define
class _GrowingPart:
    """A part under way."""

    index: int
    kind: _Kind
    texts: list[str] = attrs.field(factory=list)
    call: ToolCall = attrs.field(factory=lambda: ToolCall("", "", ""))
    summary: int = 0
    """Which part of a summary came last."""

    def part(self) -> Part:
        """As far as it has come."""
        text = "".join(self.texts)
        if self.kind == "call":
            return attrs.evolve(self.call, arguments=text)
        return Reasoning(text) if self.kind == "reasoning" else Refusal(text) if self.kind == "refusal" else Text(text)


class ResponsesReader:
    """Frames to events."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._id = ""
        self._model = ""
        self._started = False
        self._growing: dict[_Key, _GrowingPart] = {}
        self._done: dict[_Key, Part] = {}
        self._items: list[Json] = []
        """The items that are whole, as they came."""

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one frame."""
        if data == b"[DONE]":
            return ()
        try:
            frame: Any = parse_json(data)
        except orjson.JSONDecodeError as problem:
            return (self._fail(invalid(f"a frame of the stream is not JSON: {problem}", self._target)),)
        if not isinstance(frame, dict):
            return (self._fail(invalid("a frame of the stream is not an object", self._target)),)
        kind = frame.get("type")
        if kind == "response.output_text.delta":
            growing = self._part_at(frame, "text")
            delta = as_text(frame.get("delta"))
            growing.texts.append(delta)
            return (TextDelta(delta, growing.index),)
        return self._feed_other(kind, frame)

    def _feed_other(self, kind: object, frame: JsonObject) -> Sequence[StreamEvent]:
        match kind:
            case "response.created" | "response.in_progress" | "response.queued":
                return self._start(as_object(frame.get("response")))
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                return self._grow(frame, "call")
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return self._grow(frame, "reasoning")
            case "response.refusal.delta":
                return self._grow(frame, "refusal")
            case "response.output_item.added":
                return self._add_item(frame)
            case "response.output_item.done":
                return self._finish_item(frame)
            case "response.completed" | "response.incomplete" | "response.failed":
                return self._end(as_object(frame.get("response")))
            case _:
                error = error_in_body(_as_error(frame), self._target)
                return () if error is None else (self._fail(error),)

    def _start(self, response: JsonObject) -> Sequence[StreamEvent]:
        if self._started:
            return ()
        self._started = True
        self._id, self._model = as_text(response.get("id")), as_text(response.get("model"))
        return (Started(self._id, self._model),)

    def _part_at(self, frame: JsonObject, kind: _Kind) -> _GrowingPart:
        key = _key_of(frame, kind)
        growing = self._growing.get(key)
        if growing is None:
            growing = self._growing[key] = _GrowingPart(len(self._growing), kind)
        return growing

    def _grow(self, frame: JsonObject, kind: _Kind) -> Sequence[StreamEvent]:
        growing = self._part_at(frame, kind)
        delta = as_text(frame.get("delta"))
        if kind == "reasoning":
            number = int_or_none(frame.get("summary_index")) or 0
            if number > growing.summary:
                growing.summary = number
                delta = f"\n\n{delta}"
        growing.texts.append(delta)
        if kind == "call":
            return (ToolCallDelta(growing.index, delta),)
        return (ReasoningDelta(delta, growing.index),) if kind == "reasoning" else ()

    def _add_item(self, frame: JsonObject) -> Sequence[StreamEvent]:
        item = as_object(frame.get("item"))
        if item.get("type") not in ("function_call", "custom_tool_call"):
            return ()
        growing = self._part_at(frame, "call")
        made_up = made_up_id(self._target, _item_number(frame))
        growing.call = read_call(ObjectReader(item, "", ReadLog()), made_up)
        return (ToolCallStarted(growing.index, growing.call.id, growing.call.name),)

    def _finish_item(self, frame: JsonObject) -> Sequence[StreamEvent]:
        item, number = as_object(frame.get("item")), _item_number(frame)
        self._items.append(item)
        parts = read_output_item(item, made_up_id(self._target, number))
        return [event for place, part in enumerate(parts) for event in self._finish_part((number, place), part)]

    def _finish_part(self, key: _Key, part: Part) -> Sequence[StreamEvent]:
        """The end of a part, after its whole text where that did not come in pieces."""
        growing = self._growing.get(key)
        events: list[StreamEvent] = []
        if growing is None:
            growing = self._growing[key] = _GrowingPart(len(self._growing), _kind_of(part))
            if isinstance(part, ToolCall):
                events.append(ToolCallStarted(growing.index, part.id, part.name))
        if not any(growing.texts):
            events += _whole_delta(part, growing.index)
        self._done[key] = part
        return [*events, PartDone(growing.index, part)]

    def _end(self, response: JsonObject) -> Sequence[StreamEvent]:
        """The last event repeats the items; where it does not, those that were streamed are the answer."""
        failure = read_failure(response, self._target)
        if failure is not None:
            return (self._fail(failure),)
        document = response if response.get("output") else {**response, "output": self._items}
        parts = read_output(document, self._target) or self._parts()
        if not parts and response.get("status") in (None, "completed"):
            return (self._fail(invalid("the answer has an empty output", self._target)),)
        untold = () if self._growing else enumerate(parts)
        events = [event for at, part in untold for event in self._finish_part((at, 0), part)]
        return (*events, Done(read_document(document, self._target, parts)))

    def finish(self) -> StreamEvent:
        """The bytes ended without the event that ends a stream."""
        return self._fail(
            NetworkError(
                detail="the stream was cut off before its end",
                provider=self._target.provider,
                model=self._target.model or None,
            )
        )

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """What takes more text of the part to which `data`, fed last, has added `text`."""
        frame: Any = parse_json(data)
        growing = self._growing.get(_key_of(frame, "text"))
        if growing is None or growing.kind != "text" or not growing.texts or growing.texts[-1] != text:
            return None
        return append_to(growing.texts, growing.index)

    def partial(self) -> ChatResponse:
        """What has come so far."""
        return ChatResponse(parts=self._parts(), model=self._model, provider=self._target.provider, id=self._id)

    def _parts(self) -> tuple[Part, ...]:
        whole = {key: growing.part() for key, growing in self._growing.items() if growing.kind != "other"} | self._done
        return tuple(whole[key] for key in sorted(whole))

    def _fail(self, error: ProviderError) -> Failed:
        return Failed(error, self.partial())


def open_reader(target: Target) -> StreamReader:
    """A reader of one stream."""
    return ResponsesReader(target)


def _item_number(frame: JsonObject) -> int:
    return int_or_none(frame.get("output_index")) or 0


def _key_of(frame: JsonObject, kind: _Kind) -> _Key:
    content = int_or_none(frame.get("content_index")) or 0 if kind in ("text", "refusal") else 0
    return _item_number(frame), content


def _kind_of(part: Part) -> _Kind:
    match part:
        case Text():
            return "text"
        case ToolCall():
            return "call"
        case Reasoning():
            return "reasoning"
        case Refusal():
            return "refusal"
        case _:
            return "other"


def _whole_delta(part: Part, index: int) -> list[StreamEvent]:
    match part:
        case Text(text) if text:
            return [TextDelta(text, index)]
        case Reasoning(text) if text:
            return [ReasoningDelta(text, index)]
        case ToolCall() if part.arguments:
            return [ToolCallDelta(index, part.arguments)]
        case _:
            return []


def _as_error(frame: JsonObject) -> JsonObject:
    """A top-level `error` event carries its code and message beside its type."""
    if frame.get("type") == "error" and not isinstance(frame.get("error"), dict):
        return {"error": {"message": frame.get("message"), "code": frame.get("code"), "param": frame.get("param")}}
    return frame
