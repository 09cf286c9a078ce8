"""The bodies of HTTP/1.1 responses: bytes from the connection to content. Pure, incremental, in linear time.

One `feed` gives all the content of what one read brought, in one piece: a decoder above does its own framing, so the
borders of HTTP chunks carry no meaning.
"""

from __future__ import annotations

import re
from typing import Protocol

from pointsman.adapters.http1.head import Head, Malformed

_MAX_LINE = 4096
_MAX_TRAILERS = 64 * 1024
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Body(Protocol):
    """A body that is being read."""

    done: bool
    """Whether all of it has come."""
    clean: bool
    """Whether nothing came after its end."""

    def feed(self, data: bytes) -> bytes:
        """The content in `data`; may be empty. Raises `Malformed`."""
        ...

    def end(self) -> None:
        """The connection has ended. Raises `Malformed` if the body has not."""


class Sized:
    """A body of `length` bytes."""

    __slots__ = ("_left", "clean", "done")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done: bool = length == 0
        self.clean: bool = True

    def feed(self, data: bytes) -> bytes:
        """See `Body`."""
        left = self._left - len(data)
        if left > 0:
            self._left = left
            return data
        wanted = self._left
        self._left = 0
        self.done = True
        self.clean = left == 0
        return data if left == 0 else data[:wanted]

    def end(self) -> None:
        """See `Body`."""
        if not self.done:
            raise Malformed(f"the connection ended {self._left} bytes before the answer did")


class UntilEnd:
    """A body that ends with its connection."""

    __slots__ = ("clean", "done")

    def __init__(self) -> None:
        self.done: bool = False
        self.clean: bool = False

    def feed(self, data: bytes) -> bytes:
        """See `Body`."""
        return data

    def end(self) -> None:
        """See `Body`."""
        self.done = True


class Chunked:
    """A body in chunks. Extensions and trailers are dropped, and bounded."""

    __slots__ = ("_after", "_held", "_left", "_trailers", "clean", "done")

    def __init__(self) -> None:
        self._held = b""
        self._left = 0
        self._after = False
        self._trailers: int | None = None
        self.done: bool = False
        self.clean: bool = True

    def feed(self, data: bytes) -> bytes:
        """See `Body`."""
        if self._held:
            data, self._held = self._held + data, b""
        found: list[bytes] = []
        at, size = 0, len(data)
        while at < size:
            if self._left:
                at = self._content(data, at, found)
            elif self._trailers is not None:
                at = self._trailer(data, at)
            elif self._after:
                at = self._line_end(data, at)
            else:
                at = self._sizes(data, at, found)
        return found[0] if len(found) == 1 else b"".join(found)

    def end(self) -> None:
        """See `Body`."""
        if not self.done:
            raise Malformed("the connection ended in the middle of the answer (incomplete chunked read)")

    def _sizes(self, data: bytes, at: int, found: list[bytes]) -> int:
        """Take whole chunks from `data` while there are any."""
        while line := _SIZE.match(data, at):
            at = line.end()
            size = int(line[1], 16)
            end = at + size
            if size == 0:
                self._trailers = 0
                return at
            if data[end : end + 2] != b"\r\n":
                self._left = size
                return at
            found.append(data[at:end])
            at = end + 2
        return at if at == len(data) else self._hold(data, at, "a chunk's size is not a number")

    def _content(self, data: bytes, at: int, found: list[bytes]) -> int:
        piece = data[at : at + self._left]
        found.append(piece)
        self._left -= len(piece)
        self._after = not self._left
        return at + len(piece)

    def _line_end(self, data: bytes, at: int) -> int:
        if data[at : at + 2] == b"\r\n":
            self._after = False
            return at + 2
        if data[at:] == b"\r":
            return self._hold(data, at, "")
        raise Malformed("a chunk is longer than its size says")

    def _trailer(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        if end < 0:
            return self._hold(data, at, "")
        self._trailers = (self._trailers or 0) + end + 1 - at
        if self._trailers > _MAX_TRAILERS:
            raise Malformed("the trailers of the answer are too long")
        if data[at:end] in (b"", b"\r"):
            self.done = True
            self.clean = end + 1 == len(data)
            return len(data)
        return end + 1

    def _hold(self, data: bytes, at: int, problem: str) -> int:
        """Keep a line that is not whole for the next feed."""
        self._held = data[at:]
        if len(self._held) > _MAX_LINE or b"\n" in self._held:
            raise Malformed(problem or "a line between chunks is too long")
        return len(data)


def body_of(head: Head) -> Body:
    """The body that follows `head`."""
    if head.chunked:
        return Chunked()
    return UntilEnd() if head.length is None else Sized(head.length)
