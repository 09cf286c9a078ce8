"""Reads Ollama's NDJSON lines into events. It may not know about bytes on the network, nor about time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.messages import read_call
from pointsman.adapters.dialects.ollama.response import call_ids, read_finish, read_logprobs, read_usage
from pointsman.core.chat.event import (
    Done,
    Failed,
    PartDone,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from pointsman.core.chat.part import Part, Reasoning, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, TokenLogprob
from pointsman.core.error import InvalidResponse, NetworkError, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, parse_json

_CUT = "the stream was cut off before its end"


def message_in(line: JsonObject) -> Json:
    """What a line of chat says."""
    return line.get("message")


def open_reader(target: Target) -> OllamaReader:
    """A reader for one stream of chat."""
    return OllamaReader(target)


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
        self._make_id = call_ids(target)
        self._logprobs: list[TokenLogprob] = []
        self._text_index = -1
        self._thought_index = -1
        self._next = 0

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one line."""
        try:
            line: Any = parse_json(data)
        except orjson.JSONDecodeError as problem:
            return (self._fail(self._invalid(f"a line of the stream is not JSON: {problem}")),)
        if not isinstance(line, dict):
            return (self._fail(self._invalid("a line of the stream is not an object")),)
        if "error" in line and (error := error_in_body(line, self._target)) is not None:
            return (self._fail(error),)
        events: list[StreamEvent] = []
        if not self._started:
            self._started = True
            self._model = as_text(line.get("model"))
            events.append(Started("", self._model))
        if "logprobs" in line:
            self._logprobs += read_logprobs(line["logprobs"])
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
            call = read_call(as_object(raw), self._make_id)
            index = self._new()
            self._calls.append((index, call))
            events.append(ToolCallStarted(index, call.id, call.name))
            events.append(ToolCallDelta(index, call.arguments))

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _end(self, line: JsonObject, events: list[StreamEvent]) -> None:
        numbered = self._number_parts()
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
                    logprobs=tuple(self._logprobs),
                )
            )
        )

    def _number_parts(self) -> list[tuple[int, Part]]:
        parts: list[tuple[int, Part]] = []
        if self._thoughts:
            parts.append((self._thought_index, Reasoning("".join(self._thoughts))))
        if self._texts:
            parts.append((self._text_index, Text("".join(self._texts))))
        return [*parts, *self._calls]

    def finish(self) -> StreamEvent:
        """The bytes ended without a line that says done."""
        if not self._started:
            return self._fail(self._invalid("the server answered with an empty body"))
        return self._fail(NetworkError(detail=_CUT, provider=self._target.provider, model=self._target.model or None))

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """Lines have times of their own, so none is like another: every one is read the careful way."""
        return None

    def partial(self) -> ChatResponse:
        """What has come so far."""
        parts = tuple(part for _, part in self._number_parts())
        return ChatResponse(parts=parts, model=self._model, provider=self._target.provider)

    def _fail(self, error: ProviderError) -> Failed:
        return Failed(error, self.partial())

    def _invalid(self, problem: str) -> InvalidResponse:
        return InvalidResponse(
            detail=problem, problems=(problem,), provider=self._target.provider, model=self._target.model or None
        )
