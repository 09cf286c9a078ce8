"""Writes OpenAI chat streams: events in, the bytes of SSE frames out, as OpenAI's server sends them."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.dialect import ChatCall
from pointsman.adapters.dialects.openai_chat.errors import openai_error_object
from pointsman.adapters.dialects.openai_chat.response import write_extra
from pointsman.adapters.dialects.openai_chat.tool_calls import write_signature
from pointsman.adapters.dialects.openai_chat.usage import write_finish, write_usage
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
from pointsman.core.json import Json, JsonObject, dumps
from pointsman.core.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.response import ChatResponse


def open_writer(asked: ChatCall) -> ChatStreamWriter:
    """A writer for the answer to `asked`; usage is sent if it was asked for."""
    return ChatStreamWriter(asked.include_usage, asked.request.model)


@attrs.define(eq=False)
class ChatStreamWriter:
    """One stream. It remembers what it has sent of each part, so that `PartDone` brings only what is missing."""

    _include_usage: bool
    _model: str
    _id: str = attrs.field(default="", init=False)
    _sent: dict[int, int] = attrs.field(factory=dict, init=False)
    """Characters sent of the part with this index."""
    _numbers: dict[int, int] = attrs.field(factory=dict, init=False)
    """The wire's number of the call with this index."""
    _whole: set[int] = attrs.field(factory=set, init=False)

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event."""
        match event:
            case Started(answer_id, model):
                self._id, self._model = answer_id, model
                return self._delta({"role": "assistant", "content": ""})
            case TextDelta(text, index):
                return self._piece(index, text, {"content": text})
            case ReasoningDelta(text, index):
                return self._piece(index, text, {"reasoning_content": text})
            case ToolCallStarted(index, call_id, name):
                return self._begin_call(index, call_id, name)
            case ToolCallDelta(index, arguments):
                return self._piece(index, arguments, self._call(index, {"function": {"arguments": arguments}}))
            case PartDone(index, part):
                return self._rest(index, part)
            case Restarted() | ToolRan():
                return b""
            case Failed(error):
                return _frame({"error": openai_error_object(error)})
            case Done(response):
                return self._end(response)

    def _piece(self, index: int, text: str, delta: JsonObject) -> bytes:
        self._sent[index] = self._sent.get(index, 0) + len(text)
        return self._delta(delta)

    def _begin_call(self, index: int, call_id: str, name: str) -> bytes:
        function: JsonObject = {"name": name, "arguments": ""}
        self._sent[index] = 0
        self._numbers[index] = len(self._numbers)
        return self._delta(self._call(index, {"id": call_id, "type": "function", "function": function}))

    def _call(self, index: int, fields: JsonObject) -> JsonObject:
        return {"tool_calls": [{"index": self._numbers.setdefault(index, len(self._numbers)), **fields}]}

    def _rest(self, index: int, part: Part) -> bytes:
        """What of a whole part has not been sent."""
        if index in self._whole:
            return b""
        self._whole.add(index)
        sent = self._sent.get(index, 0)
        match part:
            case Text(text):
                return self._delta({"content": text[sent:]}) if text[sent:] else b""
            case Reasoning(text):
                extra = write_extra(part, {})
                shown: JsonObject = {"reasoning_content": text[sent:]} if text[sent:] else {}
                return self._delta(shown | extra) if shown or extra else b""
            case ToolCall():
                return self._rest_of_call(index, part)
            case Refusal(text):
                return self._delta({"refusal": text})
            case _:
                extra = write_extra(part, {})
                return self._delta(extra) if extra else b""

    def _rest_of_call(self, index: int, call: ToolCall) -> bytes:
        begun = b"" if index in self._numbers else self._begin_call(index, call.id, call.name)
        rest = call.arguments[self._sent.get(index, 0) :]
        signed = write_signature(call.state)
        if not rest and not signed:
            return begun
        # OpenAI's own package takes no piece of a call without `function`
        return begun + self._delta(self._call(index, {"function": {"arguments": rest}, **signed}))

    def _end(self, response: ChatResponse) -> bytes:
        """The parts that never came as events, the finish reason, the usage, the marker."""
        self._id, self._model = self._id or response.id, self._model or response.model
        rest = b"" if self._whole else b"".join(self._rest(at, part) for at, part in enumerate(response.parts))
        end = self._delta({}, write_finish(response.finish_reason, response.parts) or "stop")
        usage = write_usage(response.usage) if self._include_usage else None
        counted = b"" if usage is None else _frame({**self._chunk([]), "usage": usage})
        return rest + end + counted + b"data: [DONE]\n\n"

    def _delta(self, delta: JsonObject, finish: str | None = None) -> bytes:
        return _frame(self._chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]))

    def _chunk(self, choices: list[Json]) -> JsonObject:
        chunk: JsonObject = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": 0,
            "model": self._model,
            "choices": choices,
        }
        return chunk | {"usage": None} if self._include_usage else chunk


def _frame(value: JsonObject) -> bytes:
    return b"data: " + dumps(value) + b"\n\n"
