"""Writes events as Ollama's NDJSON lines. It may not know about bytes on the network."""

from __future__ import annotations

from collections.abc import Callable

from pointsman.adapters.dialects.dialect import ChatCall, CompletionCall
from pointsman.adapters.dialects.ollama.errors import write_error
from pointsman.adapters.dialects.ollama.messages import write_call
from pointsman.adapters.dialects.ollama.response import write_end, write_time
from pointsman.core.chat.event import (
    Done,
    Failed,
    PartDone,
    ReadingProgress,
    ReasoningDelta,
    Restarted,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolRan,
)
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject, dumps


def line_with(message: JsonObject) -> JsonObject:
    """What of a line of chat says `message`."""
    return {"message": {"role": "assistant", **message}}


def open_writer(call: ChatCall) -> OllamaWriter:
    """A writer for the answer to `call`."""
    return OllamaWriter(call)


class OllamaWriter:
    """Events to lines. A call is written whole, when it is complete.

    `line` makes of a message of chat what a line says of it.
    """

    def __init__(self, call: ChatCall | CompletionCall, line: Callable[[JsonObject], JsonObject] = line_with) -> None:
        self._head: JsonObject = {"model": call.request.model, "created_at": write_time(call.at)}
        self._line_with = line
        self._seen: set[int] = set()
        self._calls = 0

    def write(self, event: StreamEvent) -> bytes:
        """The line for one event; may be empty."""
        match event:
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
            case Started() | ToolCallStarted() | ToolCallDelta() | Restarted() | ToolRan() | ReadingProgress():
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
        return dumps({**self._head, **fields}) + b"\n"


def _error_line(error: LLMError) -> bytes:
    return write_error(error).body + b"\n"
