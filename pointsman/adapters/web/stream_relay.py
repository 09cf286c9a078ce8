"""The bytes of one streamed answer of the gateway: frames as they came while nobody changed them, else written anew."""

from __future__ import annotations

from itertools import groupby

import attrs

from pointsman.adapters.dialects.dialect import Passthrough, StreamWriter
from pointsman.adapters.dialects.framing import SseDecoder
from pointsman.core.chat.event import Done, FrameBatch, ReasoningDelta, StreamEvent, StreamItem, TextDelta
from pointsman.services.streams.opening import events_of

_MOST_RECENT = 1024
"""Events after which their deltas are joined."""


@attrs.define(eq=False)
class StreamRelay:
    """Relays the items of one stream in their order.

    From the first event on that is not raw (a restart with another model, a failure, an event made here) all is
    written by `writer`, which is first told what went out raw: it then knows which parts are open.
    """

    writer: StreamWriter
    passthrough: Passthrough
    _raw: bool = True
    _is_begun: bool = False
    _has_end: bool = False
    _relayed: list[StreamEvent] = attrs.field(factory=list)
    """What went out raw, which the writer has not been told."""
    _recent: list[StreamEvent] = attrs.field(factory=list)
    """The last of it, its deltas not joined yet."""

    @property
    def is_raw(self) -> bool:
        """Whether all has gone out as it came."""
        return self._raw

    def write(self, item: StreamItem) -> bytes:
        """The bytes for `item`; may be empty."""
        if isinstance(item, FrameBatch) and item.data is not None and self._raw:
            self._recent.extend(item.events)
            if len(self._recent) >= _MOST_RECENT:
                self._join_recent()
            self._is_begun = self._is_begun or bool(item.data)
            self._has_end = self._has_end or item.is_last
            return item.data
        if self._raw and self._is_begun:
            if isinstance(item, Done):
                return b"" if self._has_end else self.passthrough.end
            self._join_recent()
            for event in self._relayed:
                self.writer.write(event)
            self._relayed.clear()
        self._raw = False
        return b"".join(map(self.writer.write, events_of(item)))

    def _join_recent(self) -> None:
        """A long answer is remembered as a few long texts: it is only looked at again where the stream breaks."""
        for _, run in groupby(self._recent, lambda event: (type(event), getattr(event, "index", 0))):
            self._relayed.extend(_join(list(run)))
        self._recent.clear()


def _join(run: list[StreamEvent]) -> list[StreamEvent]:
    """Events of one kind and part, deltas as one."""
    first = run[0]
    if not isinstance(first, (TextDelta, ReasoningDelta)):
        return run
    return [attrs.evolve(first, text="".join(event.text for event in run if isinstance(event, type(first))))]


@attrs.define(eq=False)
class JsonArray:
    """Server-sent events turned into one JSON array, which is how Gemini streams to whom did not ask for `alt=sse`.

    Source: ai.google.dev/api (`streamGenerateContent`), and what the service sends.
    """

    _decoder: SseDecoder = attrs.field(factory=SseDecoder)
    _begun: bool = False

    def feed(self, frames: bytes) -> bytes:
        """The part of the array for `frames`, which are whole."""
        written = b""
        for event in self._decoder.feed(frames):
            written += (b",\r\n" if self._begun else b"[") + event.data
            self._begun = True
        return written

    def close(self) -> bytes:
        """The end of the array."""
        return b"]" if self._begun else b"[]"
