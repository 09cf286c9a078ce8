"""What a child writes to its standard error: read off as it comes, the end of it kept, never shown by itself."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import anyio

_KEPT = 8192
_SHOWN = 300
_AT_ONCE = 65536


class LastWords:
    """A pipe whose writing end (`pipe`) is given to a child; `keep` reads it until the child has closed it.

    At most 8 KiB are held. A context manager: it closes what it has opened. On Windows, where pipes cannot be waited
    for, nothing is kept.
    """

    def __init__(self) -> None:
        self._tail = b""
        self._scope = anyio.CancelScope(shield=True)  # the child is still writing while we are being cancelled
        if sys.platform == "win32":
            self._reader, writer = -1, os.open(os.devnull, os.O_WRONLY)
        else:
            self._reader, writer = os.pipe()
            os.set_blocking(self._reader, False)
        self.pipe: TextIO = os.fdopen(writer, "w")

    def __enter__(self) -> LastWords:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        if self._reader >= 0:
            os.close(self._reader)

    async def keep(self) -> None:
        """Read until the child has ended, or `stop`."""
        with self._scope:
            while self._reader >= 0 and self._read() is not False:
                await anyio.wait_readable(self._reader)

    def stop(self) -> None:
        """End `keep`."""
        self._scope.cancel()

    def line(self) -> str:
        """The last line that is not empty, cut to 300 characters; empty where nothing was written."""
        while self._reader >= 0 and self._read():
            pass
        lines = [line.strip() for line in self._tail.decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1][:_SHOWN] if lines else ""

    def _read(self) -> bool | None:
        """Take what is there: whether there was something, False at the end, None where there is nothing yet."""
        try:
            came = os.read(self._reader, _AT_ONCE)
        except BlockingIOError:
            return None
        self._tail = (self._tail + came)[-_KEPT:]
        return bool(came)
