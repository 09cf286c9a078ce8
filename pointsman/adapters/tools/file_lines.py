"""Lines of an open text file, as many as were asked for and fit, with a first line that says which they are."""

from __future__ import annotations

import codecs
import os

import attrs
from returns.result import Failure, Result, Success

_CHUNK = 64 * 1024
_MOST_SCANNED = 64 * 1024 * 1024


@attrs.frozen
class LineRange:
    """From line `first` (the first is 1) on, `count` lines; 0 is all."""

    first: int
    count: int


@attrs.frozen(kw_only=True)
class _Found:
    """What was read from the first line asked for on; `lines` are those of the whole file if its end was reached."""

    data: bytes
    lines: int
    ended: bool


def read_lines(held: int, path: str, wanted: LineRange, max_bytes: int) -> Result[str, str]:
    """The lines `wanted` of the regular file `held`, at most `max_bytes` of them. Raises OSError."""
    found = _scan(held, wanted, max_bytes)
    if found is None:
        return Failure(f"{path!r} is not a text file.")
    if not found.data and wanted.first > 1:
        size = f"ends with line {found.lines}" if found.ended else f"is read only up to {_MOST_SCANNED // 2**20} MB"
        return Failure(f"{path!r} {size}, so there is no line {wanted.first} to read.")
    shown = _fitting(_take_lines(found.data, wanted.count), max_bytes, found.ended)
    whole_line = shown.endswith(b"\n") or (found.ended and len(shown) == len(found.data))
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")("strict").decode(shown, whole_line)
    except UnicodeDecodeError:
        return Failure(f"{path!r} is not text in UTF-8.")
    rest = len(shown) < len(found.data) or not found.ended
    return Success(f"{_head(path, wanted.first, shown, rest, whole_line)}\n\n{text}")


def _scan(held: int, wanted: LineRange, max_bytes: int) -> _Found | None:
    """Reads on until there is enough, or None if there is a NUL on the way."""
    skip, kept, lines, scanned, last = wanted.first - 1, bytearray(), 0, 0, b"\n"
    while scanned < _MOST_SCANNED and len(kept) <= max_bytes:
        chunk = os.read(held, _CHUNK)
        if not chunk:
            return _Found(data=bytes(kept), lines=lines + (last != b"\n"), ended=True)
        if b"\0" in chunk:
            return None
        ends = chunk.count(b"\n")
        if ends >= skip:
            kept += chunk.split(b"\n", skip)[skip]
        skip, lines, scanned, last = max(0, skip - ends), lines + ends, scanned + len(chunk), chunk[-1:]
    return _Found(data=bytes(kept), lines=lines, ended=False)


def _take_lines(data: bytes, count: int) -> bytes:
    """The first `count` lines of `data`; 0 is all."""
    pieces = data.split(b"\n", count) if count else [data]
    return data if len(pieces) <= count or not count else data[: len(data) - len(pieces[count])]


def _fitting(data: bytes, max_bytes: int, ended: bool) -> bytes:
    """The whole lines of `data` that fit, or as much of the first as does; one without an end is whole if `ended`."""
    if ended and len(data) <= max_bytes:
        return data
    end = data.rfind(b"\n", 0, max_bytes) + 1
    return data[: end or max_bytes]


def _head(path: str, first: int, shown: bytes, rest: bool, whole_line: bool) -> str:
    last = first + shown.count(b"\n") - shown.endswith(b"\n")
    if not shown:
        return f"File {path!r} is empty."
    if not whole_line:
        return f"File {path!r}, line {first}, cut after {len(shown)} bytes; its rest is not read."
    what = f"File {path!r}, lines {first} to {last}"
    return f"{what}; cut here, go on with first_line={last + 1}." if rest else f"{what}, to its end."
