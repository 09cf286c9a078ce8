"""Where the command line writes and reads: markdown and colour for a person, plain text for a pipe."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

import attrs

from pointsman.core.error import Fault
from pointsman.core.one_line import visible

if TYPE_CHECKING:
    from rich.console import Console


@attrs.frozen
class Terminal:
    """The three streams of a process. rich is loaded only when a person watches."""

    out: TextIO
    err: TextIO
    source: TextIO

    @property
    def rich(self) -> bool:
        """Whether a person watches the output."""
        return self.out.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def piped_in(self) -> bool:
        """Whether the input is not typed."""
        return not self.source.isatty()

    def console(self) -> Console:
        """rich's console on the output."""
        from rich.console import Console

        return Console(file=self.out, highlight=False)

    def say(self, text: str = "", end: str = "\n") -> None:
        """Write to the output, at once."""
        self.out.write(printable(text) + end)
        self.out.flush()

    def say_json(self, text: str) -> None:
        """Write a line of JSON: what would take over a terminal is escaped, so that nothing of it is lost."""
        self.say(text.translate(_ESCAPES))

    def note(self, text: str) -> None:
        """Write a line for the person beside the output."""
        colour = self.err.isatty() and not os.environ.get("NO_COLOR")
        line = printable(text)
        self.err.write(f"\x1b[2m{line}\x1b[0m\n" if colour else f"{line}\n")
        self.err.flush()

    def complain(self, error: Fault | str) -> None:
        """Write what went wrong, and what to do."""
        colour = self.err.isatty() and not os.environ.get("NO_COLOR")
        mark = "\x1b[31mpointsman:\x1b[0m" if colour else "pointsman:"
        problems: tuple[str, ...] = getattr(error, "problems", ())
        if isinstance(error, Fault) and len(problems) > 1 and error.detail == "; ".join(problems):
            error = attrs.evolve(error, detail=f"{len(problems)} things are wrong")  # each is told below
        self.err.write(f"{mark} {printable(str(error))}\n")
        if isinstance(error, Fault):
            for problem in problems if len(problems) > 1 else ():
                self.err.write(f"  - {printable(problem)}\n")
            if error.attempts and error.tag != "FallbackExhausted":
                self.err.write(f"  (tried {len(error.attempts)} times)\n")
            for attempt in error.attempts if error.tag == "FallbackExhausted" else ():
                self.err.write(f"  - {attempt.provider}/{attempt.model} after {attempt.latency_ms:.0f} ms: ")
                self.err.write(f"{printable(attempt.error.summary if attempt.error else 'answered')}\n")
        self.err.flush()


_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""JSON escapes the lower control characters itself."""


def in_a_line(text: str) -> str:
    """`text` as a cell of a table: printable, and without line ends and tabs."""
    return " ".join(printable(text).replace("\t", " ").split("\n"))


def printable(text: str) -> str:
    """`text` without the control characters that could take over a terminal.

    What would show it otherwise than it is, such as marks of direction, is written out: a change that is to be allowed
    must be read as it will be run.
    """
    clean = "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in text if c != "\r" and not "\x7f" <= c <= "\x9f")
    return visible(clean)


def standard() -> Terminal:
    """The process's own streams, writing UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    return Terminal(sys.stdout, sys.stderr, sys.stdin)
