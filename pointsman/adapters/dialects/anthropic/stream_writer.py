"""Writes a stream of the Messages API: events in, frames out. Knows no reader.

The wire has one block open at a time. Text and thinking end where the next block begins; while a tool call is open,
events of other parts wait for its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from pointsman.adapters.dialects.anthropic.content import own
from pointsman.adapters.dialects.anthropic.errors import error_body
from pointsman.adapters.dialects.anthropic.response import (
    write_finish,
    write_head,
    write_part,
    write_response_usage,
    write_usage,
)
from pointsman.adapters.dialects.dialect import ChatCall, StreamWriter
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
from pointsman.core.chat.part import Part, ProviderPart, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.json import JsonObject, as_list, dumps, dumps_text


def open_writer(call: ChatCall) -> StreamWriter:
    """A writer for one stream."""
    return MessageWriter(call)


@attrs.define(eq=False)
class MessageWriter:
    """The state of one stream. `_at` is the index of the last block, `_part` that of the part in the open one."""

    _call: ChatCall
    _begun: bool = attrs.field(default=False, init=False)
    _at: int = attrs.field(default=-1, init=False)
    _part: int | None = attrs.field(default=None, init=False)
    _kind: str = attrs.field(default="", init=False)
    _said: bool = attrs.field(default=False, init=False)
    _closed: set[int] = attrs.field(factory=set, init=False)
    _waiting: list[_Content] = attrs.field(factory=list, init=False)

    def write(self, event: StreamEvent) -> bytes:
        """The frames for `event`."""
        match event:
            case Started(id=id, model=model, usage=usage):
                return self._begin(id, model, usage)
            case TextDelta() | ReasoningDelta() | ToolCallStarted() | ToolCallDelta() | PartDone():
                return self._content(event)
            case ReadingProgress():
                return b""
            case Restarted() | ToolRan():
                return self._restart()
            case Done(response):
                return self._write_end(response)
            case Failed(error):
                return _frame("error", error_body(error))

    def _content(self, event: _Content) -> bytes:
        if self._kind == "tool_use" and event.index != self._part:
            self._waiting.append(event)
            return b""
        match event:
            case TextDelta(text, index):
                return self._text(index, "text", text)
            case ReasoningDelta(text, index):
                return self._text(index, "thinking", text)
            case ToolCallStarted(index, id, name):
                return self._open(index, {"type": "tool_use", "id": id, "name": name, "input": {}})
            case ToolCallDelta(index, arguments):
                return self._piece(arguments) if index == self._part else b""
            case PartDone(index, part):
                return self._part_done(index, part)

    def _text(self, index: int, kind: str, text: str) -> bytes:
        fits = index == self._part and kind == self._kind
        opened = b"" if fits else self._open(index, _EMPTY[kind])
        return opened + self._piece(text)

    def _part_done(self, index: int, part: Part) -> bytes:
        if index == self._part:
            return (b"" if self._said else self._piece(_whole(part))) + self._close(part)
        block = write_part(part)
        if index in self._closed or block is None:
            return b""
        if isinstance(part, ProviderPart):
            return self._provider_part(index, block)
        opened = self._open(index, {**block, **_EMPTY.get(str(block["type"]), {})})
        return opened + self._piece(_whole(part)) + self._close(part)

    def _provider_part(self, index: int, block: JsonObject) -> bytes:
        """What a tool of the vendor's is asked comes in deltas, as of any tool; all else comes whole."""
        given = block.get("input")
        if not isinstance(given, dict):
            return self._open(index, block) + self._close(None)
        opened = self._open(index, {**block, "input": {}})
        return opened + self._delta({"type": "input_json_delta", "partial_json": dumps_text(given)}) + self._close(None)

    def _open(self, index: int, block: JsonObject) -> bytes:
        before = self._begin("", "", UNKNOWN) + self._close_all()
        self._at, self._part, self._kind, self._said = self._at + 1, index, str(block["type"]), False
        start: JsonObject = {
            "type": "content_block_start",
            "index": self._at,
            "content_block": {
                name: value for name, value in block.items() if name != "citations" or self._kind != "text"
            },
        }
        return before + _frame("content_block_start", start)

    def _piece(self, text: str) -> bytes:
        if self._kind not in _DELTAS or not text:
            return b""
        self._said = True
        kind, field = _DELTAS[self._kind]
        return self._delta({"type": kind, field: text})

    def _delta(self, delta: JsonObject) -> bytes:
        return _frame("content_block_delta", {"type": "content_block_delta", "index": self._at, "delta": delta})

    def _close(self, part: Part | None) -> bytes:
        """End the open block, with the state of `part`, then write what waited for it."""
        if self._part is None:
            return b""
        state = b"".join(self._delta(delta) for delta in _state(part))
        stop = _frame("content_block_stop", {"type": "content_block_stop", "index": self._at})
        self._closed.add(self._part)
        self._part, self._kind = None, ""
        waiting, self._waiting = self._waiting, []
        return state + stop + b"".join(map(self._content, waiting))

    def _close_all(self) -> bytes:
        ended = b""
        while self._part is not None:
            ended += self._close(None)
        return ended

    def _restart(self) -> bytes:
        """What was sent cannot be taken back; the parts that follow are new ones."""
        self._waiting.clear()
        ended = self._close(None)
        self._closed.clear()
        return ended

    def _write_end(self, response: ChatResponse) -> bytes:
        begun = self._begin(response.id, response.model, response.usage)
        missing = enumerate(response.parts) if self._at < 0 else ()
        whole = b"".join(self._content(PartDone(index, part)) for index, part in missing)
        ended = self._close_all()
        end: JsonObject = {
            "type": "message_delta",
            "delta": {"stop_reason": write_finish(response), "stop_sequence": response.stop_sequence},
            "usage": _final(response),
        }
        return begun + whole + ended + _frame("message_delta", end) + _frame("message_stop", {"type": "message_stop"})

    def _begin(self, id: str, model: str, usage: Usage) -> bytes:
        """What is not known of the counts yet, `message_delta` tells, cumulative."""
        if self._begun:
            return b""
        self._begun = True
        message: JsonObject = {
            **write_head(id, model, self._call),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": write_usage(attrs.evolve(usage, output=0, reasoning=None)),
        }
        return _frame("message_start", {"type": "message_start", "message": message})


_Content: TypeAlias = TextDelta | ReasoningDelta | ToolCallStarted | ToolCallDelta | PartDone
_DELTAS = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
}
_EMPTY: dict[str, JsonObject] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}


def _frame(name: str, event: JsonObject) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + dumps(event) + b"\n\n"


def _whole(part: Part) -> str:
    match part:
        case Text(text) | Reasoning(text) | Refusal(text):
            return text
        case ToolCall(_, _, arguments):
            return arguments
        case _:
            return ""


def _state(part: Part | None) -> Iterator[JsonObject]:
    """The deltas that hold the opaque state of `part`."""
    if isinstance(part, Reasoning) and (signature := own(part.state, "signature")):
        yield {"type": "signature_delta", "signature": signature}
    if isinstance(part, Text):
        for citation in as_list((write_part(part) or {}).get("citations")):
            yield {"type": "citations_delta", "citation": citation}


def _final(response: ChatResponse) -> JsonObject:
    """The cumulative usage: unlike in a whole answer, an unknown input is simply not told."""
    usage = write_response_usage(response)
    if response.usage.input is None:
        del usage["input_tokens"]
    return usage
