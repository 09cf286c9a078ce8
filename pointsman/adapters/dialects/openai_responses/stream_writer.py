"""The events of a Responses stream, written: items opened, filled and closed as OpenAI's SDK and Codex expect it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from pointsman.adapters.dialects.dialect import ChatCall, StreamWriter
from pointsman.adapters.dialects.openai_responses.content import write_annotations
from pointsman.adapters.dialects.openai_responses.errors import failed_error
from pointsman.adapters.dialects.openai_responses.output_items import write_call, write_output_item
from pointsman.adapters.dialects.openai_responses.response import DocumentWriter, response_id
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
from pointsman.core.chat.part import Audio, Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError
from pointsman.core.json import Json, JsonObject, as_list, dumps


@attrs.define
class _OpenItem:
    """An item under way: its place in the output, its id, and what has come of it where it may break off."""

    place: int
    id: str
    part: Part
    texts: list[str] = attrs.field(factory=list)

    @property
    def is_freeform(self) -> bool:
        """Whether it is a call with plain text."""
        return isinstance(self.part, ToolCall) and self.part.freeform

    def part_so_far(self) -> Part:
        """The part as far as it has come."""
        text = "".join(self.texts)
        match self.part:
            case ToolCall():
                return attrs.evolve(self.part, arguments=text)
            case Text() | Reasoning() | Refusal():
                return attrs.evolve(self.part, text=text)
            case _:
                return self.part


class ResponsesWriter:
    """Events to frames."""

    def __init__(self, call: ChatCall) -> None:
        self._call = call
        self._document: DocumentWriter | None = None
        self._number = 0
        self._places = 0
        self._open: dict[int, _OpenItem] = {}
        """By the index of the part."""
        self._output: dict[int, JsonObject] = {}
        """The items that are whole, by their place."""

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event; may be empty."""
        match event:
            case TextDelta(text, index):
                return self._begin() + self._text(index, text)
            case Started(id):
                return self._begin(id)
            case ReasoningDelta(text, index):
                return self._begin() + self._thought(index, text)
            case ToolCallStarted(index, id, name):
                return self._begin() + self._open_call(index, ToolCall(id, name, "", freeform=self._is_freeform(name)))
            case ToolCallDelta(index, arguments):
                return self._arguments(index, arguments)
            case PartDone(index, part):
                return self._begin() + self._close(index, part)
            case Done(response):
                return self._begin(response.id) + self._end(response)
            case Failed(error, partial):
                return self._begin(partial.id) + self._fail(error, partial)
            case Restarted():
                self._open.clear()
                self._output.clear()
                return b""
            case ToolRan() | ReadingProgress():
                return b""

    def _begin(self, id: str = "") -> bytes:
        if self._document is not None:
            return b""
        self._document = DocumentWriter(self._call, response_id(id, self._call))
        fields: JsonObject = {"response": self._document.write_begun()}
        return self._frame("response.created", fields) + self._frame("response.in_progress", fields)

    def _writer(self) -> DocumentWriter:
        if self._document is None:
            self._document = DocumentWriter(self._call, response_id("", self._call))
        return self._document

    def _is_freeform(self, name: str) -> bool:
        return self._writer().names.is_freeform(name)

    def _is_tool_search(self, part: Part) -> bool:
        """Whether it is an item whose arguments come whole."""
        return isinstance(part, ToolCall) and self._writer().names.is_tool_search(part.name)

    def _frame(self, kind: str, fields: JsonObject) -> bytes:
        document: JsonObject = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + dumps(document) + b"\n\n"

    def _open_item(self, index: int, part: Part, item: JsonObject) -> bytes:
        opened = _OpenItem(self._places, self._writer().item_id(part, self._places), part)
        self._places += 1
        self._open[index] = opened
        added: JsonObject = {"output_index": opened.place, "item": {"id": opened.id, **item}}
        return self._frame("response.output_item.added", added)

    def _item_frame(self, kind: str, item: _OpenItem, fields: JsonObject) -> bytes:
        return self._frame(kind, {"item_id": item.id, "output_index": item.place, **fields})

    def _text(self, index: int, text: str) -> bytes:
        item = self._open.get(index)
        opened = b"" if item is not None else self._open_message(index, Text(""))
        item = self._open[index]
        item.texts.append(text)
        fields: JsonObject = {"content_index": 0, "delta": text, "logprobs": []}
        return opened + self._item_frame("response.output_text.delta", item, fields)

    def _open_message(self, index: int, part: Text | Refusal) -> bytes:
        message: JsonObject = {"type": "message", "role": "assistant", "status": "in_progress", "content": []}
        opened = self._open_item(index, part, message)
        block: JsonObject = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        if isinstance(part, Refusal):
            block = {"type": "refusal", "refusal": ""}
        return opened + self._block("response.content_part.added", self._open[index], block)

    def _block(self, kind: str, item: _OpenItem, block: Json) -> bytes:
        return self._item_frame(kind, item, {"content_index": 0, "part": block})

    def _thought(self, index: int, text: str) -> bytes:
        opened = b"" if index in self._open else self._open_thought(index)
        item = self._open[index]
        if not item.texts:
            part: JsonObject = {"summary_index": 0, "part": _summary("")}
            opened += self._item_frame("response.reasoning_summary_part.added", item, part)
        item.texts.append(text)
        fields: JsonObject = {"summary_index": 0, "delta": text}
        return opened + self._item_frame("response.reasoning_summary_text.delta", item, fields)

    def _open_thought(self, index: int) -> bytes:
        return self._open_item(index, Reasoning(""), {"type": "reasoning", "summary": []})

    def _open_call(self, index: int, call: ToolCall) -> bytes:
        return self._open_item(index, call, write_call(call, "", self._writer().names, "in_progress"))

    def _arguments(self, index: int, arguments: str) -> bytes:
        item = self._open.get(index)
        if item is None:
            return b""
        item.texts.append(arguments)
        if self._is_tool_search(item.part):
            return b""
        kind = "custom_tool_call_input" if item.is_freeform else "function_call_arguments"
        return self._item_frame(f"response.{kind}.delta", item, {"delta": arguments})

    def _close(self, index: int, part: Part) -> bytes:
        opened = b"" if index in self._open else self._open_whole(index, part)
        item = self._open.pop(index, None)
        if item is None:
            return b""
        written = write_output_item(part, item.id, self._writer().names)
        if written is None:
            return opened
        self._output[item.place] = written
        done: JsonObject = {"output_index": item.place, "item": written}
        return opened + b"".join(self._closing(item, part, written)) + self._frame("response.output_item.done", done)

    def _open_whole(self, index: int, part: Part) -> bytes:
        """The opening of a part that came without deltas."""
        match part:
            case Text(text):
                return self._text(index, text)
            case Audio() if part.transcript:
                return self._text(index, part.transcript)
            case Refusal(text):
                opened = self._open_message(index, part)
                fields: JsonObject = {"content_index": 0, "delta": text}
                return opened + self._item_frame("response.refusal.delta", self._open[index], fields)
            case Reasoning(text):
                return self._thought(index, text) if text else self._open_thought(index)
            case ToolCall():
                return self._open_call(index, attrs.evolve(part, arguments="")) + self._arguments(index, part.arguments)
            case _:
                item = write_output_item(part, self._writer().item_id(part, self._places), self._writer().names)
                return b"" if item is None else self._open_item(index, part, item)

    def _closing(self, item: _OpenItem, part: Part, written: JsonObject) -> Iterator[bytes]:
        match part:
            case Text(text):
                for at, annotation in enumerate(write_annotations(part)):
                    fields: JsonObject = {"content_index": 0, "annotation_index": at, "annotation": annotation}
                    yield self._item_frame("response.output_text.annotation.added", item, fields)
                said: JsonObject = {"content_index": 0, "text": text, "logprobs": []}
                yield self._item_frame("response.output_text.done", item, said)
                yield self._block("response.content_part.done", item, as_list(written.get("content"))[0])
            case Refusal(text):
                yield self._item_frame("response.refusal.done", item, {"content_index": 0, "refusal": text})
                yield self._block("response.content_part.done", item, as_list(written.get("content"))[0])
            case ToolCall() if part.freeform:
                yield self._item_frame("response.custom_tool_call_input.done", item, {"input": part.arguments})
            case ToolCall() if self._is_tool_search(part):
                return
            case ToolCall():
                fields = {**self._writer().names.split(part.name), "arguments": part.arguments}
                yield self._item_frame("response.function_call_arguments.done", item, fields)
            case Reasoning(text) if text:
                said = {"summary_index": 0, "text": text}
                yield self._item_frame("response.reasoning_summary_text.done", item, said)
                summary: JsonObject = {"summary_index": 0, "part": _summary(text)}
                yield self._item_frame("response.reasoning_summary_part.done", item, summary)
            case _:
                return

    def _end(self, response: ChatResponse) -> bytes:
        whole = b"" if self._places else b"".join(self._close(at, part) for at, part in enumerate(response.parts))
        document = self._writer().write_ended(response, self._items_so_far())
        return whole + self._frame(f"response.{document['status']}", {"response": document})

    def _fail(self, error: LLMError, partial: ChatResponse) -> bytes:
        """The failed answer, with what had come of it."""
        for item in self._open.values():
            broken = write_output_item(item.part_so_far(), item.id, self._writer().names)
            if broken is not None:
                self._output[item.place] = broken | ({"status": "incomplete"} if "status" in broken else {})
        document = self._writer().write_failed(failed_error(error), partial, self._items_so_far())
        return self._frame("response.failed", {"response": document})

    def _items_so_far(self) -> list[JsonObject]:
        return [self._output[place] for place in sorted(self._output)]


def open_writer(call: ChatCall) -> StreamWriter:
    """A writer of the stream that answers `call`."""
    return ResponsesWriter(call)


def _summary(text: str) -> JsonObject:
    return {"type": "summary_text", "text": text}
