"""Writes OpenAI chat streams: events in, the bytes of SSE frames out, as OpenAI's server sends them."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.dialect import ChatCall
from pointsman.adapters.dialects.openai_chat.content import write_citations
from pointsman.adapters.dialects.openai_chat.errors import openai_error_object
from pointsman.adapters.dialects.openai_chat.response import (
    write_extra,
    write_finish,
    write_logprobs,
    write_message,
    write_usage,
)
from pointsman.adapters.dialects.openai_chat.tool_calls import write_signature
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
from pointsman.core.chat.response import ChatResponse, Choice, TokenLogprob
from pointsman.core.chat.tool import Tool
from pointsman.core.json import Json, JsonObject, as_list, as_object, dumps


def open_writer(asked: ChatCall) -> ChatStreamWriter:
    """A writer for the answer to `asked`; usage is sent if it was asked for."""
    freeform = frozenset(tool.name for tool in asked.request.tools if isinstance(tool, Tool) and tool.freeform)
    return ChatStreamWriter(asked, freeform)


@attrs.define(eq=False)
class ChatStreamWriter:
    """One stream. It remembers what it has sent of each part, so that `PartDone` brings only what is missing."""

    _call: ChatCall
    _freeform: frozenset[str]
    """Names of tools whose calls are text instead of JSON."""
    _id: str = attrs.field(default="", init=False)
    _sent: dict[int, int] = attrs.field(factory=dict, init=False)
    """Characters sent of the part with this index."""
    _numbers: dict[int, int] = attrs.field(factory=dict, init=False)
    """The wire's number of the call with this index."""
    _whole: set[int] = attrs.field(factory=set, init=False)
    _texts: set[int] = attrs.field(factory=set, init=False)
    """The calls whose arguments are text."""

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event."""
        match event:
            case Started(answer_id):
                self._id = answer_id
                return self._delta({"role": "assistant", "content": ""})
            case TextDelta(text, index):
                return self._piece(index, text, {"content": text})
            case ReasoningDelta(text, index):
                return self._piece(index, text, {"reasoning_content": text})
            case ToolCallStarted(index, call_id, name):
                return self._begin_call(index, call_id, name)
            case ToolCallDelta(index, arguments):
                return self._piece(index, arguments, self._call_fields(index, self._arguments(index, arguments)))
            case PartDone(index, part):
                return self._rest(index, part)
            case Restarted() | ToolRan() | ReadingProgress():
                return b""
            case Failed(error):
                return _frame({"error": openai_error_object(error)})
            case Done(response):
                return self._end(response)

    def _piece(self, index: int, text: str, delta: JsonObject) -> bytes:
        self._sent[index] = self._sent.get(index, 0) + len(text)
        return self._delta(delta)

    def _begin_call(self, index: int, call_id: str, name: str) -> bytes:
        self._sent[index] = 0
        self._numbers[index] = len(self._numbers)
        if name in self._freeform:
            self._texts.add(index)
            custom: JsonObject = {"name": name, "input": ""}
            return self._delta(self._call_fields(index, {"id": call_id, "type": "custom", "custom": custom}))
        function: JsonObject = {"name": name, "arguments": ""}
        return self._delta(self._call_fields(index, {"id": call_id, "type": "function", "function": function}))

    def _arguments(self, index: int, piece: str) -> JsonObject:
        return {"custom": {"input": piece}} if index in self._texts else {"function": {"arguments": piece}}

    def _call_fields(self, index: int, fields: JsonObject) -> JsonObject:
        return {"tool_calls": [{"index": self._numbers.setdefault(index, len(self._numbers)), **fields}]}

    def _rest(self, index: int, part: Part) -> bytes:
        """What of a whole part has not been sent."""
        if index in self._whole:
            return b""
        self._whole.add(index)
        sent = self._sent.get(index, 0)
        match part:
            case Text(text):
                annotations = write_citations(part.citations)
                more: JsonObject = {"annotations": annotations} if annotations else {}
                more |= {"content": text[sent:]} if text[sent:] else {}
                return self._delta(more) if more else b""
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
        return begun + self._delta(self._call_fields(index, {**self._arguments(index, rest), **signed}))

    def _end(self, response: ChatResponse) -> bytes:
        """The parts that never came as events, the finish reason, the usage, the marker."""
        self._id = self._id or response.id
        rest = b"" if self._whole else b"".join(self._rest(at, part) for at, part in enumerate(response.parts))
        end = self._delta({}, write_finish(response.finish_reason, response.parts) or "stop", response.logprobs)
        for at, choice in enumerate(response.choices, 1):
            finish = write_finish(choice.finish_reason, choice.parts) or "stop"
            end += self._delta(_as_delta(choice), finish, choice.logprobs, at)
        usage = write_usage(response.usage) if self._call.include_usage else None
        counted = b"" if usage is None else _frame({**self._chunk([]), "usage": usage})
        return rest + end + counted + b"data: [DONE]\n\n"

    def _delta(
        self, delta: JsonObject, finish: str | None = None, logprobs: tuple[TokenLogprob, ...] = (), index: int = 0
    ) -> bytes:
        choice: JsonObject = {
            "index": index,
            "delta": delta,
            "logprobs": write_logprobs(logprobs),
            "finish_reason": finish,
        }
        return _frame(self._chunk([choice]))

    def _chunk(self, choices: list[Json]) -> JsonObject:
        chunk: JsonObject = {
            "id": self._call.answer_id(self._id, "chatcmpl-"),
            "object": "chat.completion.chunk",
            "created": int(self._call.at),
            "model": self._call.request.model,
            "choices": choices,
        }
        return chunk | {"usage": None} if self._call.include_usage else chunk


def _as_delta(choice: Choice) -> JsonObject:
    """A whole choice as one delta; calls in a stream have numbers."""
    delta = write_message(choice.parts)
    calls = as_list(delta.get("tool_calls"))
    if calls:
        delta["tool_calls"] = [{"index": at, **as_object(call)} for at, call in enumerate(calls)]
    return delta


def _frame(value: JsonObject) -> bytes:
    return b"data: " + dumps(value) + b"\n\n"
