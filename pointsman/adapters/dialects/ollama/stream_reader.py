"""Streamed chat between events and Ollama's NDJSON lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.ollama.errors import error_in_body, write_error
from pointsman.adapters.dialects.ollama.messages import read_call, write_call
from pointsman.adapters.dialects.ollama.response import CREATED_AT, read_finish, read_usage, write_end
from pointsman.core.error import InvalidResponse, LLMError, NetworkError, ProviderError
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
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps
from pointsman.core.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.response import ChatResponse

_CUT = "the stream was cut off before its end"


def message_in(line: JsonObject) -> Json:
    """What a line of chat says."""
    return line.get("message")


def line_with(message: JsonObject) -> JsonObject:
    """What of a line of chat says `message`."""
    return {"message": {"role": "assistant", **message}}


class OllamaReader:
    """Lines to events. Parts are numbered as they come and stand in the answer as thinking, text, calls.

    `said` finds in a line what it says, as a message of chat.
    """

    def __init__(self, target: Target, said: Callable[[JsonObject], Json] = message_in) -> None:
        self._target = target
        self._said = said
        self._model = ""
        self._started = False
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[tuple[int, ToolCall]] = []
        self._text_index = -1
        self._thought_index = -1
        self._next = 0

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one line."""
        try:
            line = orjson.loads(data)
        except orjson.JSONDecodeError as problem:
            return (self._failed(self._invalid(f"a line of the stream is not JSON: {problem}")),)
        if not isinstance(line, dict):
            return (self._failed(self._invalid("a line of the stream is not an object")),)
        if "error" in line and (error := error_in_body(line, self._target)) is not None:
            return (self._failed(error),)
        events: list[StreamEvent] = []
        if not self._started:
            self._started = True
            self._model = as_text(line.get("model"))
            events.append(Started("", self._model))
        message = self._said(line)
        if isinstance(message, dict):
            self._message(message, events)
        if line.get("done") is True:
            self._end(line, events)
        return events

    def _message(self, message: JsonObject, events: list[StreamEvent]) -> None:
        thinking = message.get("thinking")
        if isinstance(thinking, str) and thinking:
            if self._thought_index < 0:
                self._thought_index = self._new()
            self._thoughts.append(thinking)
            events.append(ReasoningDelta(thinking, self._thought_index))
        content = message.get("content")
        if isinstance(content, str) and content:
            if self._text_index < 0:
                self._text_index = self._new()
            self._texts.append(content)
            events.append(TextDelta(content, self._text_index))
        for raw in as_list(message.get("tool_calls")):
            call = read_call(as_object(raw), len(self._calls))
            index = self._new()
            self._calls.append((index, call))
            events.append(ToolCallStarted(index, call.id, call.name))
            events.append(ToolCallDelta(index, call.arguments))

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _end(self, line: JsonObject, events: list[StreamEvent]) -> None:
        numbered = self._numbered()
        events.extend(PartDone(index, part) for index, part in numbered)
        parts = tuple(part for _, part in numbered)
        events.append(
            Done(
                ChatResponse(
                    parts=parts,
                    finish_reason=read_finish(line.get("done_reason"), parts),
                    usage=read_usage(line),
                    model=self._model,
                    provider=self._target.provider,
                )
            )
        )

    def _numbered(self) -> list[tuple[int, Part]]:
        found: list[tuple[int, Part]] = []
        if self._thoughts:
            found.append((self._thought_index, Reasoning("".join(self._thoughts))))
        if self._texts:
            found.append((self._text_index, Text("".join(self._texts))))
        return [*found, *self._calls]

    def finish(self) -> StreamEvent:
        """The bytes ended without a line that says done."""
        return self._failed(NetworkError(detail=_CUT, provider=self._target.provider, model=self._target.model or None))

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """Not known here: every frame is read the careful way."""
        return None

    def partial(self) -> ChatResponse:
        """What has come so far."""
        parts = tuple(part for _, part in self._numbered())
        return ChatResponse(parts=parts, model=self._model, provider=self._target.provider)

    def _failed(self, error: ProviderError) -> Failed:
        return Failed(error, self.partial())

    def _invalid(self, problem: str) -> InvalidResponse:
        return InvalidResponse(
            detail=problem, problems=(problem,), provider=self._target.provider, model=self._target.model or None
        )


class OllamaWriter:
    """Events to lines. A call is written whole, when it is complete.

    `line` makes of a message of chat what a line says of it.
    """

    def __init__(self, model: str, line: Callable[[JsonObject], JsonObject] = line_with) -> None:
        self._model = model
        self._line_with = line
        self._seen: set[int] = set()
        self._calls = 0

    def write(self, event: StreamEvent) -> bytes:
        """The line for one event; may be empty."""
        match event:
            case Started(_, model):
                self._model = model or self._model
                return b""
            case TextDelta(text, index):
                self._seen.add(index)
                return self._line({"content": text})
            case ReasoningDelta(text, index):
                self._seen.add(index)
                return self._line({"content": "", "thinking": text})
            case PartDone(index, part):
                return self._part(index, part)
            case Done(response):
                return self._end(response)
            case Failed(error):
                return _error_line(error)
            case ToolCallStarted() | ToolCallDelta() | Restarted() | ToolRan():
                return b""

    def _part(self, index: int, part: Part) -> bytes:
        match part:
            case ToolCall():
                self._calls += 1
                return self._line({"content": "", "tool_calls": [write_call(part, self._calls - 1)]})
            case Text(text) | Refusal(text) if index not in self._seen and text:
                return self._line({"content": text})
            case Reasoning(text) if index not in self._seen and text:
                return self._line({"content": "", "thinking": text})
            case _:
                return b""

    def _line(self, message: JsonObject) -> bytes:
        return self._frame({**self._line_with(message), "done": False})

    def _end(self, response: ChatResponse) -> bytes:
        return self._frame({**self._line_with({"content": ""}), **write_end(response)})

    def _frame(self, fields: JsonObject) -> bytes:
        return dumps({"model": self._model, "created_at": CREATED_AT, **fields}) + b"\n"


def _error_line(error: LLMError) -> bytes:
    return write_error(error).body + b"\n"
