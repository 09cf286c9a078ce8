"""The zip archive in which ChatGPT and Claude send what was said, unpacked in pieces within a bound. Knows no export.

A few kilobytes can hold gigabytes, and say that they hold ten bytes: neither is ever made.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

import attrs
from returns.result import Failure, Result, Success

_MOST_ENTRIES = 20_000
"""Files in an archive; pictures and sound stand in it beside the conversations."""
_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
"""A long history is in several files, which are numbered."""
_PIECE = 2**18
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What `zipfile` raises on archives that are not as its format has them."""


@attrs.frozen
class ExportProblem:
    """Why a file is no export that can be taken, in a clause; `too_large` where it holds more than is read."""

    detail: str
    too_large: bool = False


def unpack_conversations(data: bytes, most: int) -> Result[tuple[bytes, ...], ExportProblem]:
    """Each file of conversations in the archive `data`, of at most `most` bytes together."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpack(archive, most)
    except _DAMAGED as problem:
        return Failure(ExportProblem(f"it is a damaged archive ({problem})"))


def _unpack(archive: zipfile.ZipFile, most: int) -> Result[tuple[bytes, ...], ExportProblem]:
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        said = f"it is an archive of more than {_MOST_ENTRIES:,} files; pack its conversations.json alone"
        return Failure(ExportProblem(said, too_large=True))
    named = [one for one in entries if _CONVERSATIONS.fullmatch(one.filename)]
    if not named:
        return Failure(ExportProblem("there is no conversations.json in this archive"))
    if any(one.flag_bits & _ENCRYPTED for one in named):
        return Failure(ExportProblem("it is an encrypted archive; unpack it, and take its conversations.json"))
    files: list[bytes] = []
    for one in named:
        unpacked = _read(archive, one, most - sum(map(len, files)))
        if unpacked is None:
            said = f"its conversations are more than {most >> 20} MB, and that is the most that is unpacked"
            return Failure(ExportProblem(said, too_large=True))
        files.append(unpacked)
    return Success(tuple(files))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """The bytes of `entry`, counted as they come, whatever it says of itself; None where they are more than `most`."""
    pieces: list[bytes] = []
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            most -= len(piece)
            if most < 0:
                return None
            pieces.append(piece)
    return b"".join(pieces)
