"""The events of a Responses stream, written: every item opened, filled and closed as OpenAI's own SDK expects it."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.dialect import ChatCall
from pointsman.adapters.dialects.openai_chat.errors import openai_error_object
from pointsman.adapters.dialects.openai_responses.content import write_output_item
from pointsman.adapters.dialects.openai_responses.response import write_document
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


@attrs.frozen
class _Item:
    """An item under way: its place in the output, and its id."""

    place: int
    id: str


class ResponsesWriter:
    """Events to frames."""

    def __init__(self, asked: ChatCall) -> None:
        self._head = ChatResponse(model=asked.request.model)
        self._number = 0
        self._items: dict[int, _Item] = {}
        self._output: dict[int, JsonObject] = {}
        self._begun = False

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event; may be empty."""
        match event:
            case Started(id, model):
                self._head = ChatResponse(id=id, model=model or self._head.model)
                return self._begin()
            case TextDelta(text, index):
                return self._begin() + self._text(index, text)
            case ReasoningDelta(text, index):
                return self._begin() + self._thought(index, text)
            case ToolCallStarted(index, id, name):
                return self._begin() + self._call(index, id, name)
            case ToolCallDelta(index, arguments):
                return self._delta("response.function_call_arguments.delta", index, arguments, {})
            case PartDone(index, part):
                return self._begin() + self._close(index, part)
            case Done(response):
                return self._begin() + self._end(response)
            case Failed(error):
                held = openai_error_object(error)
                return self._begin() + self._frame(
                    "error", {"code": held.get("code"), "message": held.get("message"), "param": None}
                )
            case Restarted() | ToolRan():
                return b""

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        document = write_document(self._head, [], ended=False)
        return self._frame("response.created", {"response": document}) + self._frame(
            "response.in_progress", {"response": document}
        )

    def _frame(self, kind: str, fields: JsonObject) -> bytes:
        document: JsonObject = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + dumps(document) + b"\n\n"

    def _open(self, index: int, prefix: str, item: JsonObject) -> bytes:
        made = _Item(len(self._items), f"{prefix}_{self._head.id}_{len(self._items)}")
        self._items[index] = made
        return self._frame("response.output_item.added", {"output_index": made.place, "item": {"id": made.id, **item}})

    def _delta(self, kind: str, index: int, delta: str, more: JsonObject) -> bytes:
        item = self._items.get(index)
        if item is None:
            return b""
        return self._frame(kind, {"item_id": item.id, "output_index": item.place, **more, "delta": delta})

    def _text(self, index: int, text: str) -> bytes:
        opened = b"" if index in self._items else self._open_message(index, {"type": "output_text", "text": ""})
        more: JsonObject = {"content_index": 0, "logprobs": []}
        return opened + self._delta("response.output_text.delta", index, text, more)

    def _open_message(self, index: int, part: JsonObject) -> bytes:
        message: JsonObject = {"type": "message", "role": "assistant", "status": "in_progress", "content": []}
        opened = self._open(index, "msg", message)
        return opened + self._content("response.content_part.added", index, {"annotations": [], **part})

    def _content(self, kind: str, index: int, part: Json) -> bytes:
        item = self._items[index]
        return self._frame(kind, {"item_id": item.id, "output_index": item.place, "content_index": 0, "part": part})

    def _thought(self, index: int, text: str) -> bytes:
        opened = b""
        if index not in self._items:
            opened = self._open(index, "rs", {"type": "reasoning", "summary": []})
            opened += self._summary("response.reasoning_summary_part.added", index, {"part": _summary("")})
        return opened + self._delta("response.reasoning_summary_text.delta", index, text, {"summary_index": 0})

    def _summary(self, kind: str, index: int, fields: JsonObject) -> bytes:
        item = self._items[index]
        return self._frame(kind, {"item_id": item.id, "output_index": item.place, "summary_index": 0, **fields})

    def _call(self, index: int, id: str, name: str) -> bytes:
        call: JsonObject = {"type": "function_call", "call_id": id, "name": name, "arguments": ""}
        return self._open(index, "fc", {**call, "status": "in_progress"})

    def _close(self, index: int, part: Part) -> bytes:
        opened = b"" if index in self._items else self._whole(index, part)
        item = self._items.get(index)
        written = write_output_item(part, f"{self._head.id}_{item.place}" if item else "")
        if item is None or written is None:
            return b""
        if not isinstance(part, Reasoning):
            written = {**written, "id": item.id}
        self._output[item.place] = written
        done: JsonObject = {"output_index": item.place, "item": written}
        return opened + self._closing(index, part, written) + self._frame("response.output_item.done", done)

    def _whole(self, index: int, part: Part) -> bytes:
        """The opening of a part that came without deltas."""
        match part:
            case Text(text):
                return self._text(index, text)
            case Refusal(text):
                opened = self._open_message(index, {"type": "refusal", "refusal": ""})
                return opened + self._delta("response.refusal.delta", index, text, {"content_index": 0})
            case Reasoning(text):
                if text:
                    return self._thought(index, text)
                return self._open(index, "rs", {"type": "reasoning", "summary": []})
            case ToolCall(id, name, arguments):
                kind = "response.function_call_arguments.delta"
                return self._call(index, id, name) + self._delta(kind, index, arguments, {})
            case _:
                return b""

    def _closing(self, index: int, part: Part, written: JsonObject) -> bytes:
        item = self._items[index]
        place: JsonObject = {"item_id": item.id, "output_index": item.place}
        match part:
            case Text(text):
                done = self._frame(
                    "response.output_text.done", {**place, "content_index": 0, "text": text, "logprobs": []}
                )
                return done + self._content("response.content_part.done", index, as_list(written.get("content"))[0])
            case Refusal(text):
                done = self._frame("response.refusal.done", {**place, "content_index": 0, "refusal": text})
                return done + self._content("response.content_part.done", index, as_list(written.get("content"))[0])
            case ToolCall(_, name, arguments):
                fields: JsonObject = {**place, "name": name, "arguments": arguments}
                return self._frame("response.function_call_arguments.done", fields)
            case Reasoning(text) if text:
                done = self._summary("response.reasoning_summary_text.done", index, {"text": text})
                return done + self._summary("response.reasoning_summary_part.done", index, {"part": _summary(text)})
            case _:
                return b""

    def _end(self, response: ChatResponse) -> bytes:
        output = [self._output[place] for place in sorted(self._output)]
        document = write_document(response, output, ended=True)
        kind = (
            "response.incomplete"
            if as_text(as_object(document).get("status")) == "incomplete"
            else "response.completed"
        )
        return self._frame(kind, {"response": document})


def _summary(text: str) -> JsonObject:
    return {"type": "summary_text", "text": text}
