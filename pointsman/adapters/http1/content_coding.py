"""Bodies as they were before they were packed (gzip, deflate): in bounded pieces, however much a read expands to.

It knows content codings (RFC 9110, 8.4.1), and neither connections nor what a body says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import anyio.lowlevel
import httpx

from pointsman.adapters.http1.exchange import Header, HttpResponse

PIECE = 256 * 1024
"""The most bytes that are unpacked at a time: between two pieces others have their turn, and bounds are looked at."""
_GZIP = frozenset({"gzip", "x-gzip"})
_UNKNOWN = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "lzma", "xz", "bzip2"})
_ZLIB_HEAD = 2


class Unpacker(Protocol):
    """Undoes one coding of one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces of at most `PIECE` bytes. Raises httpx's DecodingError."""
        ...


class _Inflating:
    """Any form of deflate that zlib can read; what comes after its end is not read."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Unpacker`."""
        inner = self._inner
        while not inner.eof:
            try:
                piece = inner.decompress(data, PIECE)
            except zlib.error as problem:
                raise httpx.DecodingError("it is not what its content-encoding says") from problem
            data = inner.unconsumed_tail
            if piece:
                yield piece
            if not data and len(piece) < PIECE:
                return


class _Deflate:
    """`deflate`: with zlib's head, as it should be, or without, as some servers send it."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: _Inflating | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Unpacker`."""
        if self._inner is None:
            data = self._head = self._head + data
            if len(data) < _ZLIB_HEAD:
                return
            is_zlib = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:_ZLIB_HEAD]) % 31 == 0
            self._inner = _Inflating(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        yield from self._inner.feed(data)


def coding_of(headers: Sequence[Header]) -> str:
    """How a body is packed; empty where it is not. Several codings are joined by commas, in their order.

    Names that no registry has (`utf-8` is seen) say nothing of how a body is packed.
    """
    listed = [value for name, value in headers if name.lower() == b"content-encoding"]
    if not listed:
        return ""
    names = [name.strip().lower() for name in b",".join(listed).decode("latin-1").split(",")]
    return ",".join(name for name in names if name in _GZIP or name == "deflate" or name in _UNKNOWN)


def coding_problem(coding: str) -> str | None:
    """Why a body of this coding is not read: it is packed more than once, or in a way that nobody asked for."""
    if "," in coding:
        return f"the answer is packed more than once ({coding[:80]})"
    if coding in _UNKNOWN:
        return f"the answer is packed as {coding}, which was not asked for"
    return None


def unpacker_for(coding: str) -> Unpacker:
    """What undoes `coding`, which has no `coding_problem`."""
    return _Deflate() if coding == "deflate" else _Inflating(zlib.MAX_WBITS | 16)


class Unpacked:
    """The body of an answer in pieces of at most `PIECE` bytes; others have their turn between two of them."""

    def __init__(self, answer: HttpResponse, coding: str) -> None:
        self._answer = answer
        self._unpacker = unpacker_for(coding)
        self._pieces: Iterator[bytes] = iter(())

    def __aiter__(self) -> Unpacked:
        return self

    async def __anext__(self) -> bytes:
        """The next piece. Raises as the answer does, and httpx's DecodingError."""
        piece = next(self._pieces, b"")
        if piece:
            await anyio.lowlevel.checkpoint()
            return piece
        while not piece:
            self._pieces = self._unpacker.feed(await anext(self._answer))
            piece = next(self._pieces, b"")
        return piece
