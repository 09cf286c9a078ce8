"""Between equals: what one read of the network brought, as typed events and as the frames that came.

Work is done once a read, not once a token. Frames of a run differ in one text only: the bytes around it are learned
from a frame that was read the careful way, and a JSON string without a bare quote in its place is all the difference.
It knows SSE and NDJSON, and no dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import attrs
import orjson

from pointsman.adapters.dialects.dialect import Framing, Passthrough, StreamReader
from pointsman.adapters.dialects.framing import FrameTooLarge, NdjsonDecoder, SseDecoder
from pointsman.core.chat.event import Done, Failed, FrameBatch, StreamEvent
from pointsman.core.chat.original import Pairs
from pointsman.core.security.secret import Secret, redact_bytes

_PROBE = "\u2021probe\u2021"
_BLANK_LINE = re.compile(rb"\n\n|\r\n\r\n|\r\r")
_LONGEST_BLANK = 4
"""Bytes of a line end and a blank line after it."""
_MAX_PATTERNS = 64
"""Patterns that are learned of one stream; frames that never repeat are not worth more attempts."""


@attrs.define(eq=False)
class _Pattern:
    """Frames that are `head`, the inside of a JSON string, `tail`."""

    head: bytes
    tail: bytes
    append: Callable[[str], StreamEvent]

    def read_run(self, data: bytes, at: int) -> tuple[str, int, int] | None:
        """The text of the frames of this kind from `at` on, how many of them hold text, and where they end."""
        head, tail = self.head, self.tail
        end = data.rfind(tail) + len(tail)
        if end < at + len(head) + len(tail):
            return None
        frames = data[at : end - 2].split(b"\n\n")  # a search for the long seam takes twice as long
        first, last = len(head), 2 - len(tail)
        pieces = [frame[first:last] for frame in frames]
        text = b"".join(pieces)
        is_run = (tail + head).join(pieces) == data[at + first : end - len(tail)]
        if not is_run or b'"' in text or b"\\" in text:
            pieces = _sound_pieces(pieces, frames, head, tail[:-2])
            if not pieces:
                return None
            end = at + sum(map(len, pieces)) + len(pieces) * (len(head) + len(tail))
            text = b"".join(pieces)
        try:
            decoded = text.decode() if b"\\" not in text else orjson.loads(b'"' + text + b'"')
        except ValueError:
            return None
        return decoded, len(pieces) - pieces.count(b""), end


def _sound_pieces(pieces: list[bytes], frames: list[bytes], head: bytes, tail: bytes) -> list[bytes]:
    """The first pieces that are for certain the insides of JSON strings, in frames of this kind."""
    for number, (piece, frame) in enumerate(zip(pieces, frames, strict=True)):
        if not frame.startswith(head) or not frame.endswith(tail) or len(frame) < len(head) + len(tail):
            return pieces[:number]
        if b"\\\\" in piece or piece.endswith(b"\\") or piece.count(b'"') != piece.count(b'\\"'):
            return pieces[:number]
    return pieces


class FrameReader:
    """Bytes to batches of frames, and the end of the stream."""

    def __init__(
        self,
        passthrough: Passthrough,
        framing: Framing,
        reader: StreamReader,
        limit: int,
        *,
        hide_usage: bool,
        secrets: tuple[Secret, ...] = (),
        headers: Pairs = (),
        keeps_frames: bool = True,
    ) -> None:
        """Without `keeps_frames` batches hold events alone.

        `hide_usage` takes out the frame that is there only because we asked for it; `limit` bounds a frame in bytes.

        Where a server echoes one of `secrets`, stars stand in its place; frames are whole then, so no cut hides it.
        """
        self._rules = passthrough
        self._is_sse = framing == "sse"
        self._reader = reader
        self._sse = SseDecoder(limit)
        self._ndjson = NdjsonDecoder(limit)
        self._limit = limit
        self._hide_usage = hide_usage
        self._secrets = secrets
        self._headers = headers
        self._keeps_frames = keeps_frames
        self._held = bytearray()
        self._pattern: _Pattern | None = None
        self._learned = 0

    def feed(self, chunk: bytes) -> tuple[list[StreamEvent | FrameBatch], Done | Failed | None]:
        """What `chunk` completed, and the end if it is in it."""
        batch = self._read_one(chunk)
        if batch is not None:
            return [batch], None
        if not self._ends_frame(chunk):
            if len(self._held) + len(chunk) > self._limit:
                raise FrameTooLarge(self._limit)
            self._held += chunk
            return [], None
        data = bytes(self._held) + chunk if self._held else chunk
        cut = self._cut(data)
        self._held = bytearray(data[cut:])
        return self._read_frames(redact_bytes(data[:cut] if cut < len(data) else data, self._secrets))

    def rest(self, tail: bytes) -> list[StreamEvent | FrameBatch]:
        """What came behind the frame that ended the stream, `tail` included, as it came."""
        data, self._held = bytes(self._held) + tail, bytearray()
        return self._items([], redact_bytes(data, self._secrets), 0, [], is_last=self._rules.has_end(data))

    def _ends_frame(self, chunk: bytes) -> bool:
        """Whether `chunk` completes what is held: looked for where it can stand, so that no byte is searched twice."""
        seam = bytes(self._held[1 - _LONGEST_BLANK :]) + chunk[: _LONGEST_BLANK - 1] if self._held else b""
        return self._cut(chunk) > 0 or self._cut(seam) > 0

    def close(self) -> tuple[list[StreamEvent | FrameBatch], Done | Failed | None]:
        """What the last frame brought, where nothing ended it."""
        data, self._held = redact_bytes(bytes(self._held), self._secrets), bytearray()
        if not data.strip():
            return self._items([], data, 0, [], is_last=False), None
        missing = self._missing_end(data)
        items, end = self._read_frames(data + missing)
        last = items[-1] if items else None
        if missing and isinstance(last, FrameBatch) and last.data is not None and last.is_last:
            # nothing follows that it could run into
            items[-1] = attrs.evolve(last, data=last.data.removesuffix(missing))
        return items, end

    def _missing_end(self, data: bytes) -> bytes:
        """What completes the last frame: what we may have to send after it must not become a part of it."""
        line_end = b"\r\n" if b"\r\n" in data else b"\n"
        if not self._is_sse:
            return b"" if data.endswith(b"\n") else b"\n"
        return line_end if data.endswith((b"\n", b"\r")) else line_end * 2

    def _read_one(self, chunk: bytes) -> FrameBatch | None:
        """Most reads at a model's pace: one frame with a little text."""
        pattern = self._pattern
        if pattern is None or self._held or not (chunk.startswith(pattern.head) and chunk.endswith(pattern.tail)):
            return None
        text = chunk[len(pattern.head) : -len(pattern.tail)]
        if not text or b'"' in text or b"\\" in text or b"\n" in text:
            return None
        if redact_bytes(text, self._secrets) is not text:
            return None
        try:
            return FrameBatch((pattern.append(text.decode()),), chunk if self._keeps_frames else None, 1)
        except UnicodeDecodeError:
            return None

    def _cut(self, data: bytes) -> int:
        """Behind the last whole frame, whatever ends its lines; 0 where there is none."""
        if not self._is_sse:
            return data.rfind(b"\n") + 1
        if b"\r" not in data:
            return data.rfind(b"\n\n") + 2 if b"\n\n" in data else 0
        return max(data.rfind(mark) + len(mark) if mark in data else 0 for mark in (b"\n\n", b"\r\n\r\n", b"\r\r"))

    def _read_frames(self, data: bytes) -> tuple[list[StreamEvent | FrameBatch], Done | Failed | None]:
        events: list[StreamEvent] = []
        hidden: list[tuple[int, int]] = []
        at, count, size = 0, 0, len(data)
        while at < size:
            run = self._pattern.read_run(data, at) if self._matches(data, at) and self._pattern else None
            if run is not None and self._pattern is not None:
                text, pieces, at = run
                if text:
                    events.append(self._pattern.append(text))
                count += pieces
                continue
            end = self._frame_end(data, at)
            frame = data[at:end]
            for name, body in self._decode(frame):
                for event in self._reader.feed(name, body):
                    if isinstance(event, Failed):  # a raw error could hold a secret that the server echoed
                        return self._items(events, data[:at], count, hidden, is_last=False), event
                    if isinstance(event, Done):
                        is_last = self._rules.has_end(data[:end])
                        return self._items(events, data, count, hidden, is_last=is_last), event
                    events.append(event)
                    count += 1
                self._learn(frame, body)
            if self._hide_usage and self._rules.is_usage(frame):
                hidden.append((at, end))
            at = end
        return self._items(events, data, count, hidden, is_last=False), None

    def _matches(self, data: bytes, at: int) -> bool:
        return self._pattern is not None and data.startswith(self._pattern.head, at)

    def _frame_end(self, data: bytes, at: int) -> int:
        if not self._is_sse:
            return data.find(b"\n", at) + 1 or len(data)
        if b"\r" in data:
            blank = _BLANK_LINE.search(data, at)
            return len(data) if blank is None else blank.end()
        end = data.find(b"\n\n", at)
        return len(data) if end < 0 else end + 2

    def _decode(self, frame: bytes) -> Iterable[tuple[str, bytes]]:
        if self._is_sse:
            return self._sse.feed(frame)
        return (("", line) for line in self._ndjson.feed(frame))

    def _items(
        self, events: list[StreamEvent], data: bytes, count: int, hidden: list[tuple[int, int]], *, is_last: bool
    ) -> list[StreamEvent | FrameBatch]:
        if not self._keeps_frames:
            return [FrameBatch(tuple(events), None, count)] if events else []
        for start, end in reversed(hidden):
            data = data[:start] + data[end:]
        if not events and not data:
            return []
        headers, self._headers = self._headers, ()
        return [FrameBatch(tuple(events), data, count, is_last, headers)]

    def _learn(self, frame: bytes, body: bytes) -> None:
        """Take the bytes around the text of `frame`, if a probe in its place is read as that text and nothing else."""
        self._pattern = None
        if not self._is_sse or self._learned >= _MAX_PATTERNS or b"\r" in frame:
            return
        read_text = self._rules.read_text
        text = read_text(body)
        if text is None:
            return
        quoted = orjson.dumps(text)
        if frame.count(quoted) != 1:
            return
        at = frame.find(quoted) + 1
        head, tail = frame[:at], frame[at + len(quoted) - 2 :]
        probes = SseDecoder(self._limit).feed(head + _PROBE.encode() + tail)
        if len(probes) != 1 or read_text(probes[0].data) != _PROBE:
            return
        append = self._reader.text_appender(body, text)
        if append is not None:
            self._learned += 1
            self._pattern = _Pattern(head, tail, append)
