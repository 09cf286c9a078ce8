"""Runs a command of the user's in their folder: on a terminal of its own kind if they watch one, else through pipes.

Its input, environment and process group are the user's own, so that Ctrl-C reaches it as it would without us.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Literal

import anyio
import anyio.abc
import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.healing.report import CommandNotStarted
from pointsman.services.ports.command_runner import CommandRun, Show
from pointsman.services.tasks.together import tasks_together

_CHUNK = 65536
_HEAD, _TAIL = 64_000, 256_000
"""Bytes of each stream that are kept of its beginning and of its end."""
_GRACE = 1.0
"""Seconds that what a command left behind may go on writing, and that it has to end when it is asked to."""
_Stream = Literal["out", "err"]


@attrs.define
class _Kept:
    """What a stream said, without its middle."""

    head: bytearray = attrs.field(factory=bytearray)
    tail: bytearray = attrs.field(factory=bytearray)
    lost: int = 0

    def add(self, data: bytes) -> None:
        room = _HEAD - len(self.head)
        self.head += data[:room]
        self.tail += data[room:] if room < len(data) else b""
        if len(self.tail) > 2 * _TAIL:
            self.lost += len(self.tail) - _TAIL
            del self.tail[:-_TAIL]

    @property
    def text(self) -> str:
        middle = f"\n… ({self.lost:,} bytes left out) …\n".encode() if self.lost else b""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return decoder.decode(bytes(self.head) + middle + bytes(self.tail), final=True)


@attrs.frozen
class LocalCommands:
    """A `CommandRunner`: commands run in `folder`; `on_terminal` says that a person watches."""

    folder: Path
    on_terminal: bool = False

    async def run(self, command: Sequence[str], show: Show) -> Result[CommandRun, CommandNotStarted]:
        """As `CommandRunner.run`."""
        async with AsyncExitStack() as scope:
            try:
                started = await self._start(command, scope)
            except FileNotFoundError as problem:
                return Failure(self._not_started(command, problem, 127))
            except (OSError, ValueError) as problem:
                return Failure(self._not_started(command, problem, 126))
            return Success(await started.follow(show))

    def _not_started(self, command: Sequence[str], problem: Exception, code: int) -> CommandNotStarted:
        if not self.folder.is_dir():
            return CommandNotStarted(detail=f"there is no folder {self.folder}", code=code)
        name = command[0] if command else ""
        why = "there is no such command" if code == 127 else getattr(problem, "strerror", None) or str(problem)
        return CommandNotStarted(detail=f"{name!r} did not start: {why}", code=code)

    async def _start(self, command: Sequence[str], scope: AsyncExitStack) -> _Started:
        if sys.platform == "win32":
            return await self._start_on_windows(command, scope)
        ours, theirs = zip(*self._open_streams(), strict=True)
        for handle in ours:
            scope.callback(_close, handle)
            os.set_blocking(handle, False)
        try:
            process = await anyio.open_process(
                command, stdin=None, stdout=theirs[0], stderr=theirs[-1], cwd=self.folder
            )
        finally:
            for handle in theirs:
                os.close(handle)
        names: tuple[_Stream, ...] = ("out", "err")
        return _Started(process, {name: _read_handle(handle) for name, handle in zip(names, ours, strict=False)})

    def _open_streams(self) -> list[tuple[int, int]]:
        """Our and the command's end of each stream: ours to close, for what it leaves behind may hold its own.

        On a terminal there is one for both, as wide as the real one, so that it writes at once and in colour.
        """
        if not self.on_terminal:
            return [os.pipe(), os.pipe()]
        import pty

        ours, theirs = pty.openpty()
        _shape(theirs)
        return [(ours, theirs)]

    async def _start_on_windows(self, command: Sequence[str], scope: AsyncExitStack) -> _Started:
        process = await anyio.open_process(command, stdin=None, cwd=self.folder)
        assert process.stdout
        assert process.stderr
        scope.push_async_callback(process.stdout.aclose)
        scope.push_async_callback(process.stderr.aclose)
        return _Started(process, {"out": process.stdout, "err": process.stderr})


@attrs.define(eq=False)
class _Started:
    """A command that runs."""

    process: anyio.abc.Process
    streams: dict[_Stream, AsyncIterator[bytes]]
    output: _Kept = attrs.field(factory=_Kept)
    errors: _Kept = attrs.field(factory=_Kept)
    _ended: set[_Stream] = attrs.field(factory=set)
    _silent: anyio.Event = attrs.field(factory=anyio.Event)

    async def follow(self, show: Show) -> CommandRun:
        """Show what it prints, to its end. Whoever cancels ends it."""
        try:
            async with tasks_together() as group:
                for name, stream in self.streams.items():
                    group.start_soon(self._read, name, stream, show)
                await self.process.wait()
                with anyio.move_on_after(_GRACE):
                    await self._silent.wait()
                await anyio.lowlevel.checkpoint()  # after a late wake, what is there is read before the readers end
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._end()
        code = await self.process.wait()
        return CommandRun(code=code if code >= 0 else 128 - code, output=self.output.text, errors=self.errors.text)

    async def _read(self, name: _Stream, stream: AsyncIterator[bytes], show: Show) -> None:
        try:
            async for data in stream:
                show(data, name)
                self.output.add(data)
                if name == "err":
                    self.errors.add(data)
        finally:
            self._ended.add(name)
            if self._ended == self.streams.keys():
                self._silent.set()

    async def _end(self) -> None:
        """End it if it goes on: it may have had the interrupt already, and needs a moment."""
        for stop in (None, self.process.terminate, self.process.kill):
            if self.process.returncode is not None:
                return
            if stop is not None:
                with suppress(ProcessLookupError):
                    stop()
            with anyio.move_on_after(_GRACE):
                await self.process.wait()


async def _read_handle(ours: int) -> AsyncIterator[bytes]:
    while True:
        try:
            data = os.read(ours, _CHUNK)
        except BlockingIOError:
            await anyio.wait_readable(ours)
            continue
        except OSError:  # Linux's way to say that nobody has a terminal open any more
            return
        if not data:
            return
        yield data


def _shape(theirs: int) -> None:
    """Make a new terminal as wide as ours, and have it leave line ends alone."""
    if sys.platform == "win32":
        return
    import fcntl
    import termios

    with suppress(OSError, termios.error):
        attributes = termios.tcgetattr(theirs)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)


def _close(handle: int) -> None:
    anyio.notify_closing(handle)
    os.close(handle)
