"""The process's own streams: what is lost when they break, and how the terminal was before. It knows no command.

A descriptor that the process was started without is opened on nothing, else the next file that is opened, a database
say, would get its number and what is printed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO

STANDARD = (0, 1, 2)


class OutputLost(Exception):
    """Standard output takes nothing more: the disk is full, or it is closed. The message says why."""


class OutputStream(io.TextIOWrapper):
    """Standard output: what cannot be written is an `OutputLost`, whoever writes it."""

    def write(self, text: str, /) -> int:
        """Write, or say why not."""
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OutputLost(_why(problem)) from None

    def flush(self) -> None:
        """Hand on what was written, or say why that cannot be."""
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OutputLost(_why(problem)) from None


class NoteStream(io.TextIOWrapper):
    """Standard error: where it is broken there is nobody to tell."""

    def write(self, text: str, /) -> int:
        """Write, if that can be."""
        try:
            return super().write(text)
        except OSError:
            return 0

    def flush(self) -> None:
        """Hand on what was written, if that can be."""
        try:
            super().flush()
        except OSError:
            return


class ClosedOutput(io.StringIO):
    """In place of a standard output that was closed before the start."""

    def write(self, text: str, /) -> int:
        """Say that it is lost, unless there is nothing to write."""
        if text:
            raise OutputLost(_CLOSED)
        return 0

    def instead(self, may_be: bool) -> TextIO:
        """Something that takes everything, where that `may_be`; else nothing is begun whose outcome nobody can see."""
        if not may_be:
            raise OutputLost(_CLOSED)
        return io.StringIO()


_CLOSED = "it was closed at the start"


def _why(problem: OSError) -> str:
    return (problem.strerror or str(problem)).lower()


def own_streams() -> tuple[TextIO, TextIO, TextIO]:
    """Output, errors and input of this process, writing UTF-8 whatever the locale says; they replace Python's own."""
    closed = [number for number in STANDARD if not _is_open(number)]
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if isinstance(sys.stdout, io.TextIOWrapper):
        lines = sys.stdout.line_buffering
        sys.stdout = OutputStream(sys.stdout.detach(), encoding="utf-8", errors="replace", line_buffering=lines)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = NoteStream(sys.stderr.detach(), encoding="utf-8", errors="replace", line_buffering=True)
    output: TextIO = ClosedOutput() if 1 in closed or sys.stdout is None else sys.stdout
    errors: TextIO = io.StringIO() if 2 in closed or sys.stderr is None else sys.stderr
    source: TextIO = io.StringIO() if 0 in closed or sys.stdin is None else sys.stdin
    return output, errors, source


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def drop_output() -> None:
    """Let standard output lead nowhere, so that Python's own flush at the end fails no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def keep_terminal() -> Callable[[], None]:
    """What puts the terminal back as it is now: who is interrupted while a line is read cannot do it."""
    try:
        import termios

        before = termios.tcgetattr(0)
    except (ImportError, OSError, ValueError, _termios_error()):
        return lambda: None

    def restore() -> None:
        try:
            if termios.tcgetattr(0) == before:
                return
            termios.tcsetattr(0, termios.TCSANOW, before)
            if os.environ.get("TERM") != "dumb" and os.isatty(1):
                os.write(1, b"\x1b[?2004l\n")  # no more marks around what is pasted
        except (OSError, termios.error):
            return

    return restore


def _termios_error() -> type[Exception]:
    try:
        from termios import error
    except ImportError:  # there is none on this system
        return OSError
    return error


def fit_to_screen(text: str, stream: TextIO) -> str:
    """`text` in lines that the terminal behind `stream` need not break in the middle of a word; as it is elsewhere."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        columns = 0
    if columns < _NARROWEST or all(len(line) <= columns for line in text.split("\n")):
        return text
    from textwrap import wrap

    def fold(line: str) -> str:
        inner = " " * (len(line) - len(line.lstrip(" -")))
        broken = wrap(line, columns, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False)
        return line if len(line) <= columns else "\n".join(broken)

    return "\n".join(fold(line) for line in text.split("\n"))


_NARROWEST = 20
"""Columns; on fewer, words fill lines of their own and nothing is easier to read."""
