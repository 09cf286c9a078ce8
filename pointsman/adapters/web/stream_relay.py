"""The bytes of one streamed answer of the gateway: frames as they came while nobody changed them, else written anew."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.dialect import Passthrough, StreamWriter
from pointsman.adapters.http.framing import SseDecoder
from pointsman.core.event import Done, FrameBatch, StreamEvent, StreamItem


@attrs.define(eq=False)
class StreamRelay:
    """Relays the items of one stream in their order.

    From the first event on that is not raw (a restart with another model, a failure, an event made here) all is
    written by `writer`, which is first told what went out raw: it then knows which parts are open.
    """

    writer: StreamWriter
    passthrough: Passthrough
    _raw: bool = True
    _has_end: bool = False
    _relayed: list[StreamEvent] = attrs.field(factory=list)
    """What went out raw, which the writer has not been told."""

    @property
    def is_raw(self) -> bool:
        """Whether all has gone out as it came."""
        return self._raw

    def write(self, item: StreamItem) -> bytes:
        """The bytes for `item`; may be empty."""
        if isinstance(item, FrameBatch):
            if not self._raw:
                return b"".join(map(self.writer.write, item.events))
            self._relayed.extend(item.events)
            self._has_end = self._has_end or item.is_last
            return item.data
        if self._raw and self._relayed:
            if isinstance(item, Done):
                return b"" if self._has_end else self.passthrough.end
            for event in self._relayed:
                self.writer.write(event)
        self._raw = False
        return self.writer.write(item)


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
