"""The events of a Responses stream, read. Parts are told apart by the index of their item and of their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import orjson
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_responses.content import read_output_item
from pointsman.adapters.dialects.openai_responses.response import invalid, read_response
from pointsman.core.error import NetworkError, ProviderError
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
from pointsman.core.json import JsonObject, as_object, as_text, int_or_none, text_or_none
from pointsman.core.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.response import ChatResponse

_Key: TypeAlias = "tuple[int, int]"


@attrs.define
class _Growing:
    """A part under way."""

    index: int
    kind: str
    texts: list[str] = attrs.field(factory=list)
    call: tuple[str, str] = ("", "")
    summary: int = 0

    def part(self) -> Part:
        text = "".join(self.texts)
        if self.kind == "call":
            return ToolCall(*self.call, text)
        return Reasoning(text) if self.kind == "reasoning" else Refusal(text) if self.kind == "refusal" else Text(text)


class ResponsesReader:
    """Frames to events."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._id = ""
        self._model = ""
        self._started = False
        self._growing: dict[_Key, _Growing] = {}
        self._done: dict[_Key, Part] = {}

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one frame."""
        if data == b"[DONE]":
            return ()
        try:
            frame = orjson.loads(data)
        except orjson.JSONDecodeError as problem:
            return (self._failed(invalid(f"a frame of the stream is not JSON: {problem}", self._target)),)
        if not isinstance(frame, dict):
            return (self._failed(invalid("a frame of the stream is not an object", self._target)),)
        kind = frame.get("type")
        if kind == "response.output_text.delta":
            growing = self._at(frame, "text")
            delta = as_text(frame.get("delta"))
            growing.texts.append(delta)
            return (TextDelta(delta, growing.index),)
        return self._other(kind, frame)

    def _other(self, kind: object, frame: JsonObject) -> Sequence[StreamEvent]:
        match kind:
            case "response.created" | "response.in_progress" | "response.queued":
                return self._start(as_object(frame.get("response")))
            case "response.function_call_arguments.delta":
                return self._grown(frame, "call")
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return self._grown(frame, "reasoning")
            case "response.refusal.delta":
                return self._grown(frame, "refusal")
            case "response.output_item.added":
                return self._added(frame)
            case "response.output_item.done":
                return self._item_done(frame)
            case "response.completed" | "response.incomplete" | "response.failed":
                return self._end(as_object(frame.get("response")))
            case _:
                error = error_in_body(self._as_error(frame), self._target)
                return () if error is None else (self._failed(error),)

    def _as_error(self, frame: JsonObject) -> JsonObject:
        """A top-level `error` event carries its code and message beside its type."""
        if frame.get("type") == "error" and not isinstance(frame.get("error"), dict):
            return {"error": {"message": frame.get("message"), "code": frame.get("code"), "param": frame.get("param")}}
        return frame

    def _start(self, response: JsonObject) -> Sequence[StreamEvent]:
        if self._started:
            return ()
        self._started = True
        self._id, self._model = as_text(response.get("id")), as_text(response.get("model"))
        return (Started(self._id, self._model),)

    def _at(self, frame: JsonObject, kind: str) -> _Growing:
        item = int_or_none(frame.get("output_index")) or 0
        content = int_or_none(frame.get("content_index")) or 0 if kind in ("text", "refusal") else 0
        found = self._growing.get((item, content))
        if found is None:
            found = self._growing[item, content] = _Growing(len(self._growing), kind)
        return found

    def _grown(self, frame: JsonObject, kind: str) -> Sequence[StreamEvent]:
        growing = self._at(frame, kind)
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

    def _added(self, frame: JsonObject) -> Sequence[StreamEvent]:
        item = as_object(frame.get("item"))
        if item.get("type") != "function_call":
            return ()
        growing = self._at(frame, "call")
        growing.call = (text_or_none(item.get("call_id")) or as_text(item.get("id")), as_text(item.get("name")))
        return (ToolCallStarted(growing.index, *growing.call),)

    def _item_done(self, frame: JsonObject) -> Sequence[StreamEvent]:
        item = as_object(frame.get("item"))
        number = int_or_none(frame.get("output_index")) or 0
        events: list[StreamEvent] = []
        for place, part in enumerate(read_output_item(item)):
            key = (number, place)
            fresh = key not in self._growing
            kind = "call" if isinstance(part, ToolCall) else "reasoning" if isinstance(part, Reasoning) else "text"
            growing = self._growing.setdefault(key, _Growing(len(self._growing), kind))
            if fresh and isinstance(part, ToolCall):
                events.append(ToolCallStarted(growing.index, part.id, part.name))
                events.append(ToolCallDelta(growing.index, part.arguments))
            self._done[key] = part
            events.append(PartDone(growing.index, part))
        return events

    def _end(self, response: JsonObject) -> Sequence[StreamEvent]:
        answer = unwrap_or_failure(read_response(response, self._target))
        if isinstance(answer, ChatResponse):
            return (Done(answer if answer.parts or not self._done else attrs.evolve(answer, parts=self._parts())),)
        return (self._failed(answer),)

    def finish(self) -> StreamEvent:
        """The bytes ended without `response.completed`."""
        return self._failed(
            NetworkError(
                detail="the stream was cut off before its end",
                provider=self._target.provider,
                model=self._target.model or None,
            )
        )

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """Not known here: every frame is read the careful way."""
        return None

    def partial(self) -> ChatResponse:
        """What has come so far."""
        return ChatResponse(parts=self._parts(), model=self._model, provider=self._target.provider, id=self._id)

    def _parts(self) -> tuple[Part, ...]:
        whole = {key: growing.part() for key, growing in self._growing.items()} | self._done
        return tuple(whole[key] for key in sorted(whole))

    def _failed(self, error: ProviderError) -> Failed:
        return Failed(error, self.partial())
