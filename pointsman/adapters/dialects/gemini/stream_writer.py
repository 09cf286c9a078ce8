"""Writes Gemini's streams: events in, the bytes of SSE chunks out. A call is written whole, as Google's server does."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.gemini.content import write_shown
from pointsman.adapters.dialects.gemini.errors import error_object
from pointsman.adapters.dialects.gemini.response import write_candidate, write_choice, write_finish, write_tail
from pointsman.adapters.dialects.unsupported import Unsupported
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
from pointsman.core.chat.part import Part, Reasoning, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.json import Json, JsonObject, dumps

_HEAD = b'data: {"candidates":[{"content":{"role":"model","parts":['
_INDEX = b']},"index":0}]'


def open_writer(call: ChatCall) -> GeminiWriter:
    """A writer for the answer to `call`."""
    return GeminiWriter(call)


@attrs.define(eq=False)
class GeminiWriter:
    """One stream. It remembers how much it has sent of each part, so that `PartDone` brings only what is missing."""

    _call: ChatCall
    _id: str = attrs.field(default="", init=False)
    _tail: bytes = attrs.field(default=b"", init=False)
    """What every chunk ends with."""
    _sent: dict[int, int] = attrs.field(factory=dict, init=False)
    """Characters sent of the part with this index."""
    _whole: set[int] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._begin("")

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event; may be empty."""
        match event:
            case TextDelta(text, index):
                self._sent[index] = self._sent.get(index, 0) + len(text)
                return _HEAD + b'{"text":' + dumps(text) + b"}" + self._tail
            case ReasoningDelta(text, index):
                self._sent[index] = self._sent.get(index, 0) + len(text)
                return self._chunk({"text": text, "thought": True})
            case Started(answer_id):
                self._begin(answer_id)
                return b""
            case PartDone(index, part):
                return self._rest(index, part)
            case Done(response):
                return self._end(response)
            case Failed(error):
                return _frame({"error": error_object(error)})
            case ToolCallStarted() | ToolCallDelta() | Restarted() | ToolRan() | ReadingProgress():
                return b""

    def _begin(self, answer_id: str) -> None:
        self._id = answer_id
        tail = dumps(write_tail(ChatResponse(id=answer_id), self._call))
        self._tail = _INDEX + (b"}\n\n" if tail == b"{}" else b"," + tail[1:] + b"\n\n")

    def _rest(self, index: int, part: Part) -> bytes:
        """What of a whole part has not been sent. A signature goes with what is left of its text, if only nothing."""
        if index in self._whole:
            return b""
        self._whole.add(index)
        written = write_shown(part, Unsupported(Target("", "")))
        if written is None:
            return b""
        if isinstance(part, (Text, Reasoning)) and index in self._sent:
            written["text"] = part.text[self._sent[index] :]
            if not written["text"] and "thoughtSignature" not in written:
                return b""
        return self._chunk(written)

    def _end(self, response: ChatResponse) -> bytes:
        """The parts that never came as events, then the finish reason, the usage, the sources, the other answers."""
        self._id = self._id or response.id
        known = bool(self._whole or self._sent)
        rest = b"" if known else b"".join(self._rest(at, part) for at, part in enumerate(response.parts))
        finish = write_finish(response.finish_reason)
        candidates: list[Json] = [write_candidate([], 0, finish, response.parts, response.logprobs)]
        candidates += [write_choice(choice, at) for at, choice in enumerate(response.choices, 1)]
        tail = write_tail(attrs.evolve(response, id=self._id), self._call)
        return rest + _frame({"candidates": candidates, **tail})

    def _chunk(self, part: JsonObject) -> bytes:
        return _HEAD + dumps(part) + self._tail


def _frame(document: JsonObject) -> bytes:
    return b"data: " + dumps(document) + b"\n\n"
