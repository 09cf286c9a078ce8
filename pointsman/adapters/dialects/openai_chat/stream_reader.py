"""Reads OpenAI chat streams. `feed` is done once a token: plain text deltas take a short way through it.

An answer is assembled into the same `Draft` as a whole body is read into, so both give the same parts. It may not
know about bytes on the network, nor about time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import orjson

from pointsman.adapters.dialects.dialect import Target, append_to
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.media_types import read_base64
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.response import (
    PartialResponse,
    choice_error,
    read_finish,
    read_logprobs,
    read_said,
    read_stop,
    warnings_about,
)
from pointsman.adapters.dialects.openai_chat.stream_tool_calls import CallAssembler
from pointsman.adapters.dialects.openai_chat.tool_calls import details_text, merge_details, reasoning_text
from pointsman.adapters.dialects.openai_chat.usage import read_usage
from pointsman.adapters.dialects.think_tags import Piece, ThinkTags
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
from pointsman.core.chat.part import Part, ToolCall
from pointsman.core.chat.response import ChatResponse, Choice, TokenLogprob, Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import NetworkError, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none, parse_json, text_or_none


def objects(value: Json) -> bool:
    """Whether it is a list of nothing but objects."""
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def has_error(frame: Json) -> bool:
    """Whether it has an error in its usual place."""
    return bool(as_object(frame).get("error"))


def delta_of(choice: JsonObject) -> Json:
    """What a choice of a frame adds to the answer; some servers send whole messages."""
    return choice.get("delta") or choice.get("message") or {}


def shape_problem(delta: Json) -> str | None:
    """What makes a delta unreadable; a fault that is told, never skipped."""
    if not isinstance(delta, dict):
        return "`delta` of a frame is not an object"
    if not isinstance(delta.get("content"), (str, list, type(None))):
        return "`content` of a delta is neither text nor a list"
    calls = delta.get("tool_calls")
    if calls is not None and not objects(calls):
        return "`tool_calls` of a delta is not a list of objects"
    return None


_OTHER_FIELDS = ("tool_calls", "reasoning_content", "reasoning", "reasoning_details", "refusal", "audio", "images")


UNEXPLAINED = Warning("finish_reason", "the server ended the stream without a reason; the answer may not be whole")


def open_reader(target: Target) -> ChatStreamReader:
    """A reader for one stream."""
    return ChatStreamReader(target, delta_of)


@attrs.define(eq=False)
class _OtherChoice:
    """A choice after the first on its way."""

    _target: Target
    _draft: PartialResponse = attrs.field(factory=PartialResponse, init=False)
    _calls: CallAssembler = attrs.field(init=False)
    _logprobs: list[TokenLogprob] = attrs.field(factory=list, init=False)
    _finish: str = attrs.field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        self._calls = CallAssembler(self._target.nonce)

    def add(self, choice: JsonObject, delta: Json) -> None:
        """Take what a frame brings of it."""
        piece = as_object(delta)
        text, thoughts, refusal = read_said(piece.get("content"))
        self._draft.text += text
        self._draft.reasoning += reasoning_text(piece) + thoughts
        self._draft.refusal += as_text(piece.get("refusal")) + refusal
        self._draft.annotations += as_list(piece.get("annotations"))
        merge_details(self._draft.details, as_list(piece.get("reasoning_details")))
        for call in as_list(piece.get("tool_calls")):
            self._calls.add(as_object(call))
        self._logprobs += read_logprobs(choice.get("logprobs"))
        self._finish = as_text(choice.get("finish_reason")) or self._finish

    def whole(self) -> Choice:
        """The choice as far as it has come."""
        self._draft.calls = [call.call() for call in self._calls.calls]
        parts = self._draft.parts()
        return Choice(parts=parts, finish_reason=read_finish(self._finish, parts), logprobs=tuple(self._logprobs))


@attrs.define(eq=False)
class ChatStreamReader:
    """One stream on its way to an answer. The pieces of text are kept apart until they are needed joined."""

    _target: Target
    _delta_of: Callable[[JsonObject], Json]
    _plain: bool = attrs.field(default=False, init=False)
    _text_index: int = attrs.field(default=0, init=False)
    _texts: list[str] = attrs.field(factory=list, init=False)
    _thoughts: list[str] = attrs.field(factory=list, init=False)
    _draft: PartialResponse = attrs.field(factory=PartialResponse, init=False)
    _calls: CallAssembler = attrs.field(init=False)
    _logprobs: list[TokenLogprob] = attrs.field(factory=list, init=False)
    _stop_sequence: str | None = attrs.field(default=None, init=False)
    _service_tier: str | None = attrs.field(default=None, init=False)
    _others: dict[int, _OtherChoice] = attrs.field(factory=dict, init=False)
    """The choices after the first, by index. Events know of one answer only, so they come whole, at the end."""
    _tags: ThinkTags | None = attrs.field(init=False)
    _indices: dict[str, int] = attrs.field(factory=dict, init=False)
    _sent: dict[int, Part] = attrs.field(factory=dict, init=False)
    _warnings: list[Warning] = attrs.field(factory=list, init=False)
    _id: str = attrs.field(default="", init=False)
    _model: str = attrs.field(default="", init=False)
    _usage: Usage = attrs.field(default=UNKNOWN, init=False)
    _is_counted: bool = attrs.field(default=False, init=False)
    """Whether `_usage` is of the whole answer: some servers count on the way, with every piece."""
    _finish: str = attrs.field(default="", init=False)
    _started: bool = attrs.field(default=False, init=False)
    _over: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._tags = ThinkTags() if self._target.quirks.think_tags else None
        self._calls = CallAssembler(self._target.nonce)

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events in one SSE frame. The way of a plain text delta ends in the first half."""
        try:
            frame: Any = parse_json(data)
        except orjson.JSONDecodeError as problem:
            return self._feed_other(data, problem)
        try:
            choices = frame["choices"]
            choice = choices[0]
            delta = choice["delta"]
            text = delta["content"]
            if (
                self._plain
                and text.__class__ is str
                and text
                and choice.get("finish_reason") is None
                and (len(delta) == 1 or not any(delta.get(field) for field in _OTHER_FIELDS))
                and len(choices) == 1
                and not (
                    choice.get("index")
                    or choice.get("error")
                    or choice.get("logprobs")
                    or frame.get("error")
                    or frame.get("usage")
                )
                and name != "error"
            ):
                self._texts.append(text)
                return (TextDelta(text, self._text_index),)
        except (KeyError, IndexError, TypeError, AttributeError):
            pass
        return () if self._over else self._feed_frame(name, frame)

    def finish(self) -> StreamEvent:
        """The bytes have ended: `Done` where a finish reason has come, else the stream was cut off."""
        if self._finish:
            return self._make_done()
        if not self._started:
            return self._fail(invalid("the server answered with an empty body", self._target))
        return self._fail(self._cut_off())

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """What takes more of the text that `data`, fed last, has added to; see `StreamReader`."""
        if not self._plain or self._over or not self._texts or self._texts[-1] != text:
            return None
        return append_to(self._texts, self._text_index)

    def partial(self) -> ChatResponse:
        """What has come so far."""
        return ChatResponse(
            parts=self._parts(),
            usage=self._usage if self._finish or self._is_counted else self._usage.midway(),
            model=self._model,
            provider=self._target.provider,
            id=self._id,
            warnings=tuple(self._warnings),
            logprobs=tuple(self._logprobs),
            stop_sequence=self._stop_sequence,
            service_tier=self._service_tier,
            choices=tuple(choice.whole() for _, choice in sorted(self._others.items())),
        )

    def _feed_other(self, data: bytes, problem: orjson.JSONDecodeError) -> Sequence[StreamEvent]:
        """A frame that is not JSON: the end marker, a keep-alive, or a fault."""
        text = data.strip()
        if self._over or not text:
            return ()
        if text != b"[DONE]":
            return (self._fail(invalid(f"a frame of the stream is not JSON: {problem}", self._target)),)
        if not self._finish and not self._started:
            return (self._fail(invalid("the stream ended before it held an answer", self._target)),)
        if not self._finish:  # the server says that it is done, and not why
            self._warn(UNEXPLAINED)
            self._is_counted = True
        return (*self._parts_done(), self._make_done())

    def _feed_frame(self, name: str, frame: Json) -> Sequence[StreamEvent]:
        error = error_in_body(frame if name != "error" or has_error(frame) else {"error": frame or name}, self._target)
        if error is not None:
            return (self._fail(error),)
        if not isinstance(frame, dict):
            return (self._fail(invalid("a frame of the stream is not an object", self._target)),)
        self._service_tier = text_or_none(frame.get("service_tier")) or self._service_tier
        usage = frame.get("usage") or as_object(frame.get("x_groq")).get("usage")
        choices = frame.get("choices")
        if isinstance(usage, dict):
            self._usage, self._is_counted = read_usage(usage), not choices
        if choices is not None and not objects(choices):
            return (self._fail(invalid("`choices` of a frame is not a list of objects", self._target)),)
        events: list[StreamEvent] = []
        for choice in as_list(choices):
            events += self._feed_choice(as_object(choice), frame)
            if self._over:
                break
        return events

    def _feed_choice(self, choice: JsonObject, frame: JsonObject) -> Iterator[StreamEvent]:
        index = int_or_none(choice.get("index"))
        if index:
            self._others.setdefault(index, _OtherChoice(self._target)).add(choice, self._delta_of(choice))
            return
        self._id, self._model = self._id or as_text(frame.get("id")), self._model or as_text(frame.get("model"))
        if not self._started:
            self._started = True
            yield Started(self._id, self._model)
        delta = self._delta_of(choice)
        problem = shape_problem(delta)
        if problem is not None:
            yield self._fail(invalid(problem, self._target))
            return
        self._logprobs += read_logprobs(choice.get("logprobs"))
        self._stop_sequence = read_stop(choice) or self._stop_sequence
        yield from self._feed_delta(as_object(delta))
        for warning in warnings_about(choice, ()):
            self._warn(warning)
        error = choice_error(choice, self._target)
        if error is not None:
            yield self._fail(error)
            return
        yield from self._feed_finish(as_text(choice.get("finish_reason")))

    def _feed_finish(self, reason: str) -> Iterator[StreamEvent]:
        if not reason:
            return
        first, self._finish = not self._finish, reason
        if first:
            yield from self._parts_done()

    def _feed_delta(self, delta: JsonObject) -> Iterator[StreamEvent]:
        text, thoughts, refusal = read_said(delta.get("content"))
        yield from self._feed_thoughts(reasoning_text(delta) + thoughts, as_list(delta.get("reasoning_details")))
        if text:
            yield from self._feed_text(text)
        self._draft.annotations += as_list(delta.get("annotations"))
        self._draft.refusal += as_text(delta.get("refusal")) + refusal
        sound = as_object(delta.get("audio"))
        self._draft.sound += read_base64(as_text(sound.get("data"))) or b""
        self._draft.transcript += as_text(sound.get("transcript"))
        self._draft.images += as_list(delta.get("images"))
        calls = as_list(delta.get("tool_calls"))
        if not calls and isinstance(delta.get("function_call"), dict):
            calls = [{"index": 0, "function": delta["function_call"]}]
        for call in calls:
            yield from self._feed_call(as_object(call))

    def _feed_thoughts(self, text: str, details: list[Json]) -> Iterator[StreamEvent]:
        if details:
            merge_details(self._draft.details, details)
        if text:
            self._thoughts.append(text)
        shown = text or ("" if self._thoughts else details_text(details))
        if shown:
            yield ReasoningDelta(shown, self._index("reasoning"))

    def _feed_text(self, text: str) -> Iterator[StreamEvent]:
        if self._tags is None:
            yield from self._read_pieces([("text", text)])
            self._plain = True
            return
        yield from self._read_pieces(self._tags.feed(text))
        if self._tags.is_settled:
            self._tags = None

    def _read_pieces(self, pieces: list[Piece]) -> Iterator[StreamEvent]:
        for kind, piece in pieces:
            if kind == "reasoning":
                self._thoughts.append(piece)
                yield ReasoningDelta(piece, self._index("reasoning"))
            else:
                self._texts.append(piece)
                self._text_index = self._index("text")
                yield TextDelta(piece, self._text_index)

    def _feed_call(self, delta: JsonObject) -> Iterator[StreamEvent]:
        call, piece = self._calls.add(delta)
        index = self._index(f"call {call.number}")
        if call.announced and piece:
            yield ToolCallDelta(index, piece)
        if not call.announced and call.name:
            call.announced = True
            yield ToolCallStarted(index, call.known_id, call.name)
            if call.pieces:
                yield ToolCallDelta(index, call.arguments)

    def _parts_done(self) -> list[StreamEvent]:
        """`PartDone` for every part that has changed since its last one; before it, what was held back."""
        events: list[StreamEvent] = []
        if self._tags is not None:
            events += self._read_pieces(self._tags.close())
            self._tags = None
        for call in self._calls.calls:
            if not call.announced:
                call.announced = True
                index = self._index(f"call {call.number}")
                events += [ToolCallStarted(index, call.known_id, call.name)]
                events += [ToolCallDelta(index, call.arguments)] if call.pieces else []
        for index, part in self._index_parts():
            if self._sent.get(index) != part:
                self._sent[index] = part
                events.append(PartDone(index, part))
        return events

    def _index_parts(self) -> Iterator[tuple[int, Part]]:
        """The parts with the indices under which their deltas went."""
        seen: dict[str, int] = {}
        for part in self._parts():
            kind = "call" if isinstance(part, ToolCall) else type(part).__name__.lower()
            number = seen[kind] = seen.get(kind, -1) + 1
            yield self._index(kind if kind in ("text", "reasoning") else f"{kind} {number}"), part

    def _index(self, key: str) -> int:
        return self._indices.setdefault(key, len(self._indices))

    def _parts(self) -> tuple[Part, ...]:
        draft = self._draft
        draft.text, draft.reasoning = "".join(self._texts), "".join(self._thoughts)
        draft.calls = [call.call() for call in self._calls.calls]
        return draft.parts()

    def _make_done(self) -> Done:
        self._over = True
        partial = self.partial()
        warnings = (*warnings_about({}, partial.parts), *partial.warnings)
        finish = read_finish(self._finish, partial.parts)
        return Done(attrs.evolve(partial, finish_reason=finish, warnings=warnings))

    def _fail(self, error: ProviderError) -> Failed:
        self._over, self._plain = True, False
        return Failed(error, self.partial())

    def _cut_off(self) -> NetworkError:
        detail = "the stream was cut off before its end"
        return NetworkError(detail=detail, provider=self._target.provider, model=self._target.model or None)

    def _warn(self, warning: Warning) -> None:
        if warning not in self._warnings:
            self._warnings.append(warning)
