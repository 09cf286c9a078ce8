"""Lines of a log as they are written: follows a file through rotation and truncation, or reads a pipe to its end."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
import attrs

from pointsman.services.ports.clock import Clock

_CHUNK = 65536
_RECENT = 65536
"""Bytes of a log that is there already which are read first."""
_POLL = 0.25
"""Seconds after which to look again."""
_LONGEST = 65536
"""Bytes of a line that are kept."""


@attrs.define
class LineSplitter:
    """Bytes in, whole lines out; a line that is too long is cut, and the rest of it is dropped."""

    _held: bytearray = attrs.field(factory=bytearray, init=False)

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that `data` ends."""
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._hold(line)
            yield self._take()
        self._hold(rest)

    def finish(self) -> Iterator[str]:
        """What is left is a line, too."""
        if self._held:
            yield self._take()

    def _hold(self, data: bytes) -> None:
        self._held += data[: max(0, _LONGEST - len(self._held))]

    def _take(self) -> str:
        line = self._held.decode("utf-8", "replace").removesuffix("\r")
        self._held.clear()
        return line


@attrs.define(eq=False)
class _LogFile:
    """The file that is read now, and whether the path leads to another one by now."""

    path: Path
    file: BinaryIO | None = None

    def open(self, from_start: bool) -> bool:
        """Open the file; False while there is none."""
        try:
            self.file = self.path.open("rb", buffering=0)
        except FileNotFoundError:
            return False
        size = os.fstat(self.file.fileno()).st_size
        if not from_start and size > _RECENT:
            self.file.seek(size - _RECENT)
            while (byte := self.file.read(1)) not in (b"\n", b""):
                assert byte
        return True

    def read(self) -> bytes:
        """What has been written since; of a file that was cut, what it holds now."""
        assert self.file
        data = self.file.read(_CHUNK)
        if not data and os.fstat(self.file.fileno()).st_size < self.file.tell():
            self.file.seek(0)
            data = self.file.read(_CHUNK)
        return data

    @property
    def was_replaced(self) -> bool:
        """Whether there is another file at the path."""
        assert self.file
        with suppress(OSError):
            there, ours = self.path.stat(), os.fstat(self.file.fileno())
            return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)
        return False

    def close(self) -> None:
        """Close it, if it is open."""
        if self.file is not None:
            self.file.close()
            self.file = None


async def follow_log(path: Path, clock: Clock, *, from_start: bool = False) -> AsyncGenerator[str, None]:
    """The lines of the log at `path`, for ever; begins with its last ones, and waits where there is no file yet.

    What is no regular file (a pipe) is read to its end. Raises `OSError` where it may not be read.
    """
    if await anyio.to_thread.run_sync(_is_pipe, path):
        with await anyio.to_thread.run_sync(partial(path.open, "rb", buffering=0), abandon_on_cancel=True) as pipe:
            async for line in read_lines(pipe.fileno()):
                yield line
        return
    log, splitter = _LogFile(path), LineSplitter()
    try:
        while not await anyio.to_thread.run_sync(log.open, from_start):
            from_start = True
            await clock.sleep(_POLL)
        while True:
            data = await anyio.to_thread.run_sync(log.read)
            for line in splitter.feed(data):
                yield line
            if data:
                continue
            if log.was_replaced:
                rest = await anyio.to_thread.run_sync(log.read)  # written before it was replaced, after we had looked
                for line in splitter.feed(rest):
                    yield line
                if rest:
                    continue
                log.close()
                for line in splitter.finish():
                    yield line
                while not await anyio.to_thread.run_sync(log.open, True):
                    await clock.sleep(_POLL)
            else:
                await clock.sleep(_POLL)
    finally:
        log.close()


async def read_lines(handle: int) -> AsyncGenerator[str, None]:
    """The lines of an open file or pipe, to its end."""
    splitter = LineSplitter()
    while data := await anyio.to_thread.run_sync(os.read, handle, _CHUNK, abandon_on_cancel=True):
        for line in splitter.feed(data):
            yield line
    for line in splitter.finish():
        yield line


def _is_pipe(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)
