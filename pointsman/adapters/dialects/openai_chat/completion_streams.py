"""Streamed text completions between events and OpenAI's SSE frames: those of chat, with a `text` in each choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import orjson

from pointsman.adapters.dialects.dialect import CompletionCall, Target
from pointsman.adapters.dialects.openai_chat.errors import openai_error_object
from pointsman.adapters.dialects.openai_chat.response import write_finish
from pointsman.adapters.dialects.openai_chat.stream_reader import ChatStreamReader
from pointsman.adapters.dialects.openai_chat.usage import write_usage
from pointsman.core.chat.event import Done, Failed, PartDone, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.json import Json, JsonObject, dumps, parse_json


def open_reader(target: Target) -> CompletionStreamReader:
    """A reader for one stream. What is continued is text and nothing else: no tag in it is taken for reasoning."""
    plain = attrs.evolve(target, quirks=attrs.evolve(target.quirks, think_tags=False))
    return CompletionStreamReader(plain, _delta_of)


def _delta_of(choice: JsonObject) -> Json:
    """The text of a choice as a delta of chat; None, which is none, where there must be a text and isn't."""
    text = choice.get("text")
    if isinstance(text, str):
        return {"content": text}
    return {} if text is None and ("text" in choice or choice.get("finish_reason")) else None


@attrs.define(eq=False)
class CompletionStreamReader(ChatStreamReader):
    """As for chat, with a short way for the frames of a completion that bring nothing but text."""

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events in one SSE frame."""
        try:
            frame: Any = parse_json(data)
            choices = frame["choices"]
            choice = choices[0]
            text = choice["text"]
            if (
                self._plain
                and text.__class__ is str
                and text
                and choice.get("finish_reason") is None
                and len(choices) == 1
                and not (choice.get("index") or choice.get("error") or frame.get("error") or frame.get("usage"))
                and name != "error"
            ):
                self._texts.append(text)
                return (TextDelta(text, self._text_index),)
        except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
            pass  # not the usual shape of a delta: the full parser below reads it, and says what is wrong with it
        return super().feed(name, data)


def open_writer(asked: CompletionCall) -> CompletionStreamWriter:
    """A writer for the answer to `asked`; usage is sent if it was asked for."""
    return CompletionStreamWriter(asked)


@attrs.define(eq=False)
class CompletionStreamWriter:
    """One stream. Only text can be told in it: reasoning and refusals are left out, as in a whole completion."""

    _call: CompletionCall
    _id: str = attrs.field(default="", init=False)
    _sent: dict[int, int] = attrs.field(factory=dict, init=False)
    """Characters sent of the text with this index."""

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event."""
        match event:
            case Started(answer_id):
                self._id = answer_id
                return b""
            case TextDelta(text, index):
                return self._text(index, text)
            case PartDone(index, Text(text)):
                return self._text(index, text[self._sent.get(index, 0) :])
            case Failed(error):
                return _frame({"error": openai_error_object(error)})
            case Done(response):
                return self._end(response)
            case _:
                return b""

    def _text(self, index: int, text: str) -> bytes:
        if not text:
            return b""
        self._sent[index] = self._sent.get(index, 0) + len(text)
        return self._piece(text)

    def _piece(self, text: str, finish: str | None = None) -> bytes:
        return _frame(self._chunk([{"text": text, "index": 0, "logprobs": None, "finish_reason": finish}]))

    def _end(self, response: ChatResponse) -> bytes:
        """A text that never came as events, the finish reason, the usage, the marker."""
        self._id = self._id or response.id
        rest = b"" if self._sent else self._text(0, response.text)
        end = self._piece("", write_finish(response.finish_reason, response.parts) or "stop")
        usage = write_usage(response.usage) if self._call.include_usage else None
        counted = b"" if usage is None else _frame({**self._chunk([]), "usage": usage})
        return rest + end + counted + b"data: [DONE]\n\n"

    def _chunk(self, choices: list[Json]) -> JsonObject:
        chunk: JsonObject = {
            "id": self._call.answer_id(self._id, "cmpl-"),
            "object": "text_completion",
            "created": int(self._call.at),
            "model": self._call.request.model,
            "choices": choices,
        }
        return chunk | {"usage": None} if self._call.include_usage else chunk


def _frame(value: JsonObject) -> bytes:
    return b"data: " + dumps(value) + b"\n\n"
