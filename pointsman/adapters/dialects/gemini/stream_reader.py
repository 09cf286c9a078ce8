"""Reads Gemini's streams: SSE chunks, each a GenerateContentResponse. There is no end marker.

`feed` is done once a token: plain text takes a short way through it. It may not know about bytes on the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import orjson

from pointsman.adapters.dialects.dialect import Target, append_to
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.gemini.content import DIALECT, KIND, CallIds, read_part
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.grounding import with_citations
from pointsman.adapters.dialects.gemini.response import (
    read_block,
    read_finish,
    read_logprobs,
    read_tier,
    read_usage,
)
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
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
from pointsman.core.chat.part import Opaque, Part, Reasoning, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Choice, TokenLogprob
from pointsman.core.chat.usage import UNKNOWN
from pointsman.core.error import NetworkError, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none, parse_json, text_or_none

_METADATA = ("groundingMetadata", "citationMetadata")


def open_reader(target: Target) -> GeminiReader:
    """A reader for one stream."""
    return GeminiReader(target, CallIds(target.nonce))


@attrs.define(eq=False)
class _Growing:
    """A text or a thought that is still growing."""

    thought: bool
    index: int
    texts: list[str] = attrs.field(factory=list)
    state: Opaque | None = None

    def part(self) -> Part:
        text = "".join(self.texts)
        return Reasoning(text, self.state) if self.thought else Text(text, self.state)


@attrs.define(eq=False)
class _Candidate:
    """One candidate on its way. Texts that follow one another are one part, until a signature closes it."""

    ids: CallIds
    parts: list[Part] = attrs.field(factory=list)
    open: _Growing | None = None
    metadata: JsonObject = attrs.field(factory=dict)
    logprobs: list[TokenLogprob] = attrs.field(factory=list)
    finish: str | None = None

    def add(self, candidate: JsonObject) -> Iterator[StreamEvent]:
        """The events of what a chunk brings of it."""
        for raw in as_list(as_object(candidate.get("content")).get("parts")):
            yield from self._add_part(as_object(raw))
        self.metadata |= {name: candidate[name] for name in _METADATA if name in candidate}
        self.logprobs += read_logprobs(candidate)
        finish = text_or_none(candidate.get("finishReason"))
        if finish is not None:
            self.finish = finish
            yield from self._close()
            yield from self._cite()

    def _add_part(self, raw: JsonObject) -> Iterator[StreamEvent]:
        text, signature = raw.get("text"), text_or_none(raw.get("thoughtSignature"))
        if isinstance(text, str):
            state = None if signature is None else Opaque(DIALECT, KIND, signature)
            yield from self._add_text(text, raw.get("thought") is True, state)
            return
        part = read_part(ObjectReader(raw, "", ReadLog(), camel=True), self.ids)
        if part is None:
            return
        yield from self._close()
        index = len(self.parts)
        if isinstance(part, ToolCall):
            yield ToolCallStarted(index, part.id, part.name)
            yield ToolCallDelta(index, part.arguments)
        self.parts.append(part)
        yield PartDone(index, part)

    def _add_text(self, text: str, thought: bool, state: Opaque | None) -> Iterator[StreamEvent]:
        if not text and state is None and not thought:
            return
        if self.open is None or self.open.thought != thought:
            yield from self._close()
            self.open = _Growing(thought, len(self.parts))
        if text:
            self.open.texts.append(text)
            index = self.open.index
            yield ReasoningDelta(text, index) if thought else TextDelta(text, index)
        if state is not None:
            self.open.state = state
            yield from self._close()

    def _close(self) -> Iterator[StreamEvent]:
        if self.open is None:
            return
        part = self._with_sources((*self.parts, self.open.part()))[-1] if self.finish is not None else self.open.part()
        self.parts.append(part)
        yield PartDone(self.open.index, part)
        self.open = None

    def _cite(self) -> Iterator[StreamEvent]:
        """The sources come at the end, with places in texts that are complete by then."""
        cited = self._with_sources(tuple(_bare(part) for part in self.parts))
        for index, part in enumerate(cited):
            if part != self.parts[index]:
                self.parts[index] = part
                yield PartDone(index, part)

    def _with_sources(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return with_citations(parts, self.metadata) if self.metadata else parts

    def whole(self) -> tuple[Part, ...]:
        """The parts as far as they have come."""
        return (*self.parts, *((self.open.part(),) if self.open is not None else ()))

    def choice(self) -> Choice:
        """It as a further answer."""
        parts = self.whole()
        return Choice(parts=parts, finish_reason=read_finish(self.finish, parts), logprobs=tuple(self.logprobs))


def _bare(part: Part) -> Part:
    return attrs.evolve(part, citations=()) if isinstance(part, Text) and part.citations else part


@attrs.define(eq=False)
class GeminiReader:
    """One stream on its way to an answer. Events are of the first candidate; the others come whole, at the end."""

    _target: Target
    _ids: CallIds
    _id: str = attrs.field(default="", init=False)
    _model: str = attrs.field(default="", init=False)
    _started: bool = attrs.field(default=False, init=False)
    _over: bool = attrs.field(default=False, init=False)
    _first: _Candidate = attrs.field(init=False)
    _others: dict[int, _Candidate] = attrs.field(factory=dict, init=False)
    _usage: Json = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._first = _Candidate(self._ids)

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events of one chunk. The way of a plain text delta ends in the first half."""
        try:
            chunk: Any = parse_json(data)
        except orjson.JSONDecodeError as problem:
            return self._feed_other(data, problem)
        growing = self._first.open
        if growing is not None and not growing.thought:
            text = plain_text(chunk)
            if text is not None:
                self._usage = chunk.get("usageMetadata", self._usage)
                growing.texts.append(text)
                return (TextDelta(text, growing.index),)
        return () if self._over else self._feed_chunk(chunk)

    def _feed_other(self, data: bytes, problem: orjson.JSONDecodeError) -> Sequence[StreamEvent]:
        """A frame that is not JSON: what imitations of the service end with, or a fault."""
        if self._over or data.strip() in (b"", b"[DONE]"):
            return ()
        return (self._fail(invalid(f"a frame of the stream is not JSON: {problem}", self._target)),)

    def _feed_chunk(self, chunk: Json) -> Sequence[StreamEvent]:
        error = error_in_body(chunk, self._target)
        if error is None and not isinstance(chunk, dict):
            error = invalid("a frame of the stream is not an object", self._target)
        document = as_object(chunk)
        error = error or read_block(document, self._target)
        if error is not None:
            return (self._fail(error),)
        events: list[StreamEvent] = []
        if not self._started:
            self._start(document, events)
        self._usage = document.get("usageMetadata", self._usage)
        for item in as_list(document.get("candidates")):
            candidate = as_object(item)
            index = int_or_none(candidate.get("index"))
            if index:
                for _ in self._others.setdefault(index, _Candidate(self._ids)).add(candidate):
                    pass  # events know of one answer only
            else:
                events += self._first.add(candidate)
        return events

    def _start(self, chunk: JsonObject, events: list[StreamEvent]) -> None:
        self._started = True
        self._id = as_text(chunk.get("responseId"))
        self._model = as_text(chunk.get("modelVersion"))
        events.append(Started(self._id, self._model))

    def finish(self) -> StreamEvent:
        """The bytes have ended: well, if a finish reason had come."""
        if not self._started:
            return self._fail(invalid("the server answered with an empty body", self._target))
        if self._first.finish is None:
            detail = "the stream was cut off before its end"
            model = self._target.model or None
            return self._fail(NetworkError(detail=detail, provider=self._target.provider, model=model))
        self._over = True
        partial = self.partial()
        return Done(attrs.evolve(partial, finish_reason=read_finish(self._first.finish, partial.parts)))

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """What takes more of the text that `data`, fed last, has added to; see `StreamReader`."""
        growing = self._first.open
        if growing is None or growing.thought or self._over or not growing.texts or growing.texts[-1] != text:
            return None
        return append_to(growing.texts, growing.index)

    def partial(self) -> ChatResponse:
        """What has come so far."""
        is_complete = self._first.finish is not None
        return ChatResponse(
            parts=self._first.whole(),
            usage=read_usage(self._usage) if is_complete else UNKNOWN,
            model=self._model,
            provider=self._target.provider,
            id=self._id,
            logprobs=tuple(self._first.logprobs),
            choices=tuple(other.choice() for _, other in sorted(self._others.items())),
            service_tier=read_tier(self._usage),
        )

    def _fail(self, error: ProviderError) -> Failed:
        self._over = True
        return Failed(error, self.partial())


_BESIDE_TEXT = frozenset(("content", "index"))


def plain_text(chunk: Any) -> str | None:
    """The text of a chunk (any JSON) that holds nothing but more text of the first candidate, else None."""
    try:
        (candidate,) = chunk["candidates"]
        (part,) = candidate["content"]["parts"]
        text = part["text"]
        is_more = len(part) != 1 or candidate.get("index") or not _BESIDE_TEXT.issuperset(candidate)
        is_more = is_more or "promptFeedback" in chunk or "error" in chunk
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return text if isinstance(text, str) and text and not is_more else None
