"""Streamed answers between events and Gemini's SSE chunks, each a GenerateContentResponse. There is no end marker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import orjson

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.gemini.content import read_part, read_signature, write_part
from pointsman.adapters.dialects.gemini.errors import error_in_body, error_object
from pointsman.adapters.dialects.gemini.response import blocked, read_finish, read_usage, write_chunk, write_finish
from pointsman.core.error import InvalidResponse, NetworkError, ProviderError
from pointsman.core.event import (
    Done,
    Failed,
    PartDone,
    ReasoningDelta,
    Restarted,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolRan,
)
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps, text_or_none
from pointsman.core.part import Opaque, Part, Reasoning, Text, ToolCall
from pointsman.core.response import ChatResponse
from pointsman.core.usage import UNKNOWN


@attrs.define
class _Open:
    """A text or a thought that is still growing."""

    thought: bool
    index: int
    texts: list[str] = attrs.field(factory=list)
    state: Opaque | None = None

    def part(self) -> Part:
        text = "".join(self.texts)
        return Reasoning(text, self.state) if self.thought else Text(text, self.state)


class GeminiReader:
    """Chunks to events. Texts that follow one another are one part, until a signature closes it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._id = ""
        self._model = ""
        self._started = False
        self._parts: list[Part] = []
        self._open: _Open | None = None
        self._calls = 0
        self._usage: Json = None
        self._finish: str | None = None

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one chunk."""
        try:
            chunk = orjson.loads(data)
        except orjson.JSONDecodeError as problem:
            return (self._failed(self._invalid(f"a frame of the stream is not JSON: {problem}")),)
        if not isinstance(chunk, dict):
            return self._odd(chunk)
        if "error" in chunk or "promptFeedback" in chunk:
            error = error_in_body(chunk, self._target) or blocked(chunk, self._target)
            if error is not None:
                return (self._failed(error),)
        events: list[StreamEvent] = []
        if not self._started:
            self._start(chunk, events)
        if "usageMetadata" in chunk:
            self._usage = chunk["usageMetadata"]
        candidates = chunk.get("candidates")
        if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
            self._candidate(candidates[0], events)
        return events

    def _odd(self, chunk: Json) -> Sequence[StreamEvent]:
        error = error_in_body(chunk, self._target)
        return (self._failed(error or self._invalid("a frame of the stream is not an object")),)

    def _start(self, chunk: JsonObject, events: list[StreamEvent]) -> None:
        self._started = True
        self._id = as_text(chunk.get("responseId"))
        self._model = as_text(chunk.get("modelVersion"))
        events.append(Started(self._id, self._model))

    def _candidate(self, candidate: JsonObject, events: list[StreamEvent]) -> None:
        content = candidate.get("content")
        if isinstance(content, dict):
            for raw in as_list(content.get("parts")):
                if isinstance(raw, dict):
                    self._part(raw, events)
        finish = text_or_none(candidate.get("finishReason"))
        if finish is not None:
            self._finish = finish
            self._close(events)

    def _part(self, raw: JsonObject, events: list[StreamEvent]) -> None:
        text = raw.get("text")
        if isinstance(text, str):
            self._text(text, raw.get("thought") is True, read_signature(raw), events)
            return
        part = read_part(raw, self._calls)
        if part is None:
            return
        self._close(events)
        index = len(self._parts)
        if isinstance(part, ToolCall):
            self._calls += 1
            events.append(ToolCallStarted(index, part.id, part.name))
            events.append(ToolCallDelta(index, part.arguments))
        self._parts.append(part)
        events.append(PartDone(index, part))

    def _text(self, text: str, thought: bool, state: Opaque | None, events: list[StreamEvent]) -> None:
        if not text and state is None and not thought:
            return
        if self._open is None or self._open.thought != thought:
            self._close(events)
            self._open = _Open(thought, len(self._parts))
        if text:
            self._open.texts.append(text)
            index = self._open.index
            events.append(ReasoningDelta(text, index) if thought else TextDelta(text, index))
        if state is not None:
            self._open.state = state
            self._close(events)

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open is not None:
            part = self._open.part()
            self._parts.append(part)
            events.append(PartDone(self._open.index, part))
            self._open = None

    def finish(self) -> StreamEvent:
        """The bytes have ended: well, if a finish reason had come."""
        if self._finish is None:
            return self._failed(
                NetworkError(
                    detail="the stream was cut off before its end",
                    provider=self._target.provider,
                    model=self._target.model or None,
                )
            )
        partial = self.partial()
        return Done(attrs.evolve(partial, finish_reason=read_finish(self._finish, partial.parts)))

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """Not known here: every frame is read the careful way."""
        return None

    def partial(self) -> ChatResponse:
        """What has come so far."""
        growing = (self._open.part(),) if self._open is not None else ()
        return ChatResponse(
            parts=(*self._parts, *growing),
            usage=read_usage(self._usage) if self._finish is not None else UNKNOWN,
            model=self._model,
            provider=self._target.provider,
            id=self._id,
        )

    def _failed(self, error: ProviderError) -> Failed:
        return Failed(error, self.partial())

    def _invalid(self, problem: str) -> InvalidResponse:
        return InvalidResponse(
            detail=problem, problems=(problem,), provider=self._target.provider, model=self._target.model or None
        )


class GeminiWriter:
    """Events to chunks. A call is written whole; a text's signature goes with an empty text after it."""

    def __init__(self, asked: ChatCall) -> None:
        self._head = ChatResponse(model=asked.request.model)
        self._seen: set[int] = set()

    def write(self, event: StreamEvent) -> bytes:
        """The frame for one event; may be empty."""
        match event:
            case Started(id, model):
                self._head = ChatResponse(id=id, model=model or self._head.model)
                return b""
            case TextDelta(text, index):
                self._seen.add(index)
                return self._chunk({"text": text})
            case ReasoningDelta(text, index):
                self._seen.add(index)
                return self._chunk({"text": text, "thought": True})
            case PartDone(index, part):
                return self._part(index, part)
            case Done(response):
                end = write_chunk([], write_finish(response.finish_reason), response)
                return _frame(end)
            case Failed(error):
                return _frame({"error": error_object(error)})
            case ToolCallStarted() | ToolCallDelta() | Restarted() | ToolRan():
                return b""

    def _part(self, index: int, part: Part) -> bytes:
        written = write_part(part, None)
        if written is None:
            return b""
        if isinstance(part, (Text, Reasoning)) and index in self._seen:
            if "thoughtSignature" not in written:
                return b""
            written = {**written, "text": ""}
        return self._chunk(written)

    def _chunk(self, part: JsonObject) -> bytes:
        return _frame(write_chunk([part], None, self._head))


def _frame(document: JsonObject) -> bytes:
    return b"data: " + dumps(as_object(document)) + b"\n\n"
