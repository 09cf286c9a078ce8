"""Bytes of a stream to frames, by the rules of SSE and NDJSON. Pure and incremental: no I/O, no JSON, no clock.

Only LF, CR and CRLF end a line: U+2028 and U+0085 are legal inside JSON strings. Any chunking of the same bytes gives
the same frames, in linear time.
"""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_LIMIT = 16 * 2**20


class FrameTooLarge(Exception):
    """One event or line is larger than `limit` bytes. Caught once, where a stream is read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a frame is larger than {limit} bytes")
        self.limit = limit


class SseEvent(NamedTuple):
    """One server-sent event: its name (empty if not given) and its data."""

    event: str
    data: bytes


class _Lines:
    """Chunks to lines without their ends, at most `limit` bytes each."""

    __slots__ = ("_held", "_limit", "_size", "_skip_lf")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        self._size = 0
        self._skip_lf = False

    def split(self, chunk: bytes) -> list[bytes]:
        if self._skip_lf and chunk:
            self._skip_lf = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._skip_lf = chunk[-1] == 13
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        if self._held and len(lines) > 1:
            self._held.append(lines[0])
            lines[0] = b"".join(self._held)
            self._held.clear()
            self._size = 0
        rest = lines.pop()
        if rest:
            self._held.append(rest)
            self._size += len(rest)
            if self._size > self._limit:
                raise FrameTooLarge(self._limit)
        return lines

    def rest(self) -> bytes:
        rest = b"".join(self._held)
        self._held.clear()
        self._size = 0
        return rest


class SseDecoder:
    """Server-sent events by the WHATWG rules; an event at the end that lacks its blank line is given by `close`."""

    __slots__ = ("_data", "_event", "_first", "_limit", "_lines", "_size")

    def __init__(self, max_event: int = DEFAULT_LIMIT) -> None:
        self._limit = max_event
        self._lines = _Lines(max_event)
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0
        self._first = True

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events completed by `chunk`. Raises `FrameTooLarge`."""
        found: list[SseEvent] = []
        for line in self._lines.split(chunk):
            if not line:
                self._dispatch(found)
            elif line[:6] == b"data: " and not self._data and len(line) <= self._limit:
                self._data.append(line[6:])
                self._first = False
            else:
                self._line(line)
        return found

    def close(self) -> list[SseEvent]:
        """The event that was under way when the bytes ended, if it has data."""
        found: list[SseEvent] = []
        rest = self._lines.rest()
        if rest:
            self._line(rest)
        self._dispatch(found)
        return found

    def _dispatch(self, found: list[SseEvent]) -> None:
        data = self._data
        if data:
            found.append(SseEvent(self._event, data[0] if len(data) == 1 else b"\n".join(data)))
            self._data = []
            self._size = 0
        if self._event:
            self._event = ""

    def _line(self, line: bytes) -> None:
        if self._first:
            self._first = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.startswith(b"data:"):
            self._add(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            self._event = line[6:].removeprefix(b" ").decode("utf-8", "replace")
        elif line == b"data":
            self._add(b"")

    def _add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise FrameTooLarge(self._limit)
        self._data.append(data)


class NdjsonDecoder:
    """One JSON document a line; empty lines are skipped."""

    __slots__ = ("_lines",)

    def __init__(self, max_line: int = DEFAULT_LIMIT) -> None:
        self._lines = _Lines(max_line)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines completed by `chunk`. Raises `FrameTooLarge`."""
        return [line for line in self._lines.split(chunk) if line.strip()]

    def close(self) -> list[bytes]:
        """The last line, if it had no end."""
        rest = self._lines.rest()
        return [rest] if rest.strip() else []
