"""Bytes of a stream to frames, by the rules of SSE and NDJSON. Pure and incremental: no I/O, no JSON, no clock.

Only LF, CR and CRLF end a line: U+2028 and U+0085 are legal inside JSON strings. Any chunking of the same bytes gives
the same frames, in linear time.
"""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_LIMIT = 64 * 2**20
_BOM = b"\xef\xbb\xbf"
_new = tuple.__new__  # half the cost of calling the class


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
    """Chunks to the lines that LF ends, without it, at most `limit` bytes each."""

    __slots__ = ("_limit", "held")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = bytearray()

    def split(self, chunk: bytes) -> list[bytes]:
        lines = chunk.split(b"\n")
        if self.held and len(lines) > 1:
            lines[0] = self.rest() + lines[0]
        if lines[-1]:
            self.held += lines[-1]
        lines.pop()
        largest = max(len(lines[0]) if lines else 0, len(self.held))
        if len(chunk) > self._limit:
            largest = max(largest, *map(len, lines), 0)
        if largest > self._limit:
            raise FrameTooLarge(self._limit)
        return lines

    def rest(self) -> bytes:
        """What no LF has ended yet; it is held no more."""
        rest = bytes(self.held)
        self.held.clear()
        return rest


class SseDecoder:
    """Server-sent events by the WHATWG rules; an event at the end that lacks its blank line is given by `close`.

    `max_event` bounds a line, and the data of an event, in bytes.
    """

    __slots__ = ("_after_cr", "_data", "_event", "_first", "_idle", "_limit", "_lines", "_size")

    def __init__(self, max_event: int = DEFAULT_LIMIT) -> None:
        self._limit = max_event
        self._lines = _Lines(max_event)
        self._after_cr = False
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0
        self._first = True
        self._idle = True

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events completed by `chunk`. Raises `FrameTooLarge`; events before the large one in `chunk` are lost."""
        if self._idle and chunk[:6] == b"data: " and chunk[-2:] == b"\n\n" and len(chunk) <= self._limit:
            # most chunks: whole events of one line each, and nothing under way
            parts = chunk[6:-2].split(b"\n\ndata: ")
            if chunk.count(b"\n") == 2 * len(parts) and b"\r" not in chunk:
                self._first = False
                return [_new(SseEvent, ("", data)) for data in parts]
        return self._by_line(chunk)

    def _by_line(self, chunk: bytes) -> list[SseEvent]:
        if self._after_cr or b"\r" in chunk:
            chunk = self._only_lf(chunk)
        found: list[SseEvent] = []
        lines = self._lines.split(chunk)
        if self._first and lines:
            self._first = False
            lines[0] = lines[0].removeprefix(_BOM)
        for line in lines:
            if not line:
                self._dispatch(found)
            elif line[:6] == b"data: ":
                self._add(line[6:])
            else:
                self._line(line)
        self._idle = not (self._after_cr or self._lines.held or self._data or self._event)
        return found

    def close(self) -> list[SseEvent]:
        """The event that was under way when the bytes ended, if its data is not empty."""
        rest = self._lines.rest()
        if rest:
            self._line(rest.removeprefix(_BOM) if self._first else rest)
        found: list[SseEvent] = []
        self._dispatch(found)
        return [event for event in found if event.data]

    def _only_lf(self, chunk: bytes) -> bytes:
        """`chunk` with LF for every line end; a CRLF may be split between two chunks."""
        if not chunk:
            return chunk
        if self._after_cr and chunk[0] == 10:
            chunk = chunk[1:]
        self._after_cr = chunk[-1:] == b"\r"
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _dispatch(self, found: list[SseEvent]) -> None:
        data = self._data
        if data:
            found.append(SseEvent(self._event, data[0] if len(data) == 1 else b"\n".join(data)))
            self._data = []
            self._size = 0
        self._event = ""

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._add(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            self._event = line[6:].removeprefix(b" ").decode("utf-8", "replace")
        elif line == b"data":
            self._add(b"")
        elif line == b"event":
            self._event = ""

    def _add(self, data: bytes) -> None:
        self._data.append(data)
        self._size += len(data) + 1
        if self._size > self._limit + 1:
            raise FrameTooLarge(self._limit)


class NdjsonDecoder:
    """One JSON document a line; empty lines are skipped. A CR ends no line: it is white space in JSON."""

    __slots__ = ("_lines",)

    def __init__(self, max_line: int = DEFAULT_LIMIT) -> None:
        self._lines = _Lines(max_line)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines completed by `chunk`. Raises `FrameTooLarge`; lines before the large one in `chunk` are lost."""
        return [line for part in self._lines.split(chunk) if (line := part.strip())]

    def close(self) -> list[bytes]:
        """The last line, if it had no end."""
        rest = self._lines.rest().strip()
        return [rest] if rest else []
