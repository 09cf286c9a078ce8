"""The bytes of a document at a path. It opens plain files alone: a device or a pipe might never end."""

from __future__ import annotations

import os
import stat
import sys

import anyio.to_thread
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.core.documents.document import RawDocument
from pointsman.core.documents.document_error import DocumentError, DocumentTooLarge, UnreadableFile
from pointsman.services.ports.extractor import MOST_BYTES

STDIN = "-"
_SPECIAL = (
    (stat.S_ISDIR, "it is a folder; name the files in it"),
    (stat.S_ISFIFO, "it is a pipe; redirect it to standard input and name `-`"),
    (stat.S_ISSOCK, "it is a socket, and no file"),
    (stat.S_ISCHR, "it is a device, and no file"),
    (stat.S_ISBLK, "it is a device, and no file"),
)


async def read_document_file(path: str) -> Result[RawDocument, DocumentError]:
    """The document at `path`, `~` allowed; `-` is standard input. More than `MOST_BYTES` is a `DocumentTooLarge`."""
    return await anyio.to_thread.run_sync(_read, path, abandon_on_cancel=path == STDIN)


def _read(path: str) -> Result[RawDocument, DocumentError]:
    if path == STDIN:
        try:
            return _within("standard input", sys.stdin.buffer.read(MOST_BYTES + 1))
        except OSError as problem:
            return _unreadable("standard input", f"it cannot be read: {(problem.strerror or 'error').lower()}")
    name = os.path.basename(path.rstrip("/")) or path
    try:
        # Not blocking: opening a pipe would wait for somebody to write into it.
        handle = os.open(expand_home(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as problem:
        return _unreadable(path, f"it cannot be read: {(problem.strerror or 'error').lower()}")
    except (ValueError, RuntimeError):
        return _unreadable(path, "it cannot be read: this is no path")
    mode = os.fstat(handle).st_mode
    special = next((said for is_such, said in _SPECIAL if is_such(mode)), None)
    if special is not None:
        os.close(handle)
        return _unreadable(path, special)
    with os.fdopen(handle, "rb") as file:
        try:
            return _within(name, file.read(MOST_BYTES + 1))
        except OSError as problem:
            return _unreadable(path, f"it cannot be read: {(problem.strerror or 'error').lower()}")


def _within(name: str, data: bytes) -> Result[RawDocument, DocumentError]:
    if len(data) <= MOST_BYTES:
        return Success(RawDocument(name, data))
    said = f"it has more than {MOST_BYTES >> 20} MB, and that is the most that is read"
    return Failure(DocumentTooLarge(source=name, detail=said))


def _unreadable(path: str, said: str) -> Result[RawDocument, DocumentError]:
    return Failure(UnreadableFile(source=path, detail=said))
