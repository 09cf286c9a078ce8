"""A child that reads what a stranger made: it is given its input, and what it writes is taken, within time and bounds.

Whatever it does (it crashes, fills its memory, does not end), this process goes on; and it ends with its task.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import anyio
import attrs
from anyio.abc import ByteReceiveStream, Process
from anyio.lowlevel import RunVar
from returns.result import Failure, Result, Success

from pointsman.core.documents.document_error import DocumentError, ExtractionOverrun, ExtractorMissing
from pointsman.core.json import Json, as_object, loads
from pointsman.core.security.secret import without_secrets
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop
from pointsman.services.tasks.together import background_tasks

_AT_ONCE = 2
_MOST_REPLY = 256 * 2**20
"""Bytes that a child may write: all text that a document may have, escaped, and twenty pages as pictures."""


@attrs.frozen
class EndedChild:
    """What it wrote, a JSON object each line, and its exit code; below zero where a signal ended it."""

    lines: tuple[Mapping[str, Json], ...] = attrs.field(repr=False)
    code: int


async def run_child(name: str, script: Path, given: bytes, seconds: float) -> Result[EndedChild, DocumentError]:
    """Run `script` on `given` for the document `name`, `seconds` at most; two children at a time."""
    async with _room():
        try:
            process = await _start(script)
        except OSError as problem:
            said = f"what reads it cannot be started: {problem.strerror or problem}"
            return Failure(ExtractorMissing(source=name, detail=said))
        try:
            with anyio.move_on_after(seconds):
                written = await _exchange(process, given)
                code = await process.wait()
                lines = await run_off_loop(partial(_read_lines, written), large=len(written) > LARGE_BODY)
                return Success(EndedChild(lines, code))
            return Failure(ExtractionOverrun(source=name, detail=f"it took more than {seconds:g} s"))
        finally:
            await _end(process)


def _read_lines(written: bytes) -> tuple[Mapping[str, Json], ...]:
    return tuple(as_object(loads(line).value_or({})) for line in written.splitlines())


async def _start(script: Path) -> Process:
    return await anyio.open_process(
        # Without the working folder on the path, so that no file there stands in for a library.
        [sys.executable, "-P", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=without_secrets(os.environ),
        start_new_session=True,
    )


_ROOM: RunVar[anyio.CapacityLimiter] = RunVar("pointsman.extract")


def _room() -> anyio.CapacityLimiter:
    """The limiter of this event loop."""
    limiter = _ROOM.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _ROOM.set(limiter)
    return limiter


async def _exchange(process: Process, given: bytes) -> bytes:
    """Give the child its input, and take what it writes meanwhile."""
    written = bytearray()

    async def feed() -> None:
        assert process.stdin is not None
        try:
            await process.stdin.send(given)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # it has ended; how says its exit code
        finally:
            with anyio.CancelScope(shield=True):
                await process.stdin.aclose()

    async with background_tasks() as group:
        group.start_soon(feed)
        assert process.stdout is not None
        await _read_within(process.stdout, written)
        if len(written) > _MOST_REPLY:
            process.kill()  # it would wait for ever for somebody to take the rest
    return bytes(written)


async def _read_within(stream: ByteReceiveStream, written: bytearray) -> None:
    try:
        async for piece in stream:
            written += piece
            if len(written) > _MOST_REPLY:
                return
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


async def _end(process: Process) -> None:
    """Whatever it is doing, it ends now."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            process.kill()
        await process.wait()
        await process.aclose()
