"""Where the command line writes and reads: markdown and colour for a person, plain text for a pipe."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO, TypeVar

import attrs

from pointsman.adapters.cli.streams import fit_to_screen, own_streams
from pointsman.core.error import Fault, InvalidRequest, invalid_request
from pointsman.core.json import JsonObject, dumps_text
from pointsman.core.one_line import visible

if TYPE_CHECKING:
    from rich.console import Console

MOST_INPUT = 100 * 2**20
"""Bytes that are read of standard input."""
_PATIENCE = 1.0
"""Seconds after which it is said that standard input is waited for."""
_Line = TypeVar("_Line")


@attrs.frozen
class Terminal:
    """The three streams of a process. rich is loaded only when a person watches."""

    out: TextIO
    err: TextIO
    source: TextIO
    as_json: bool = False
    """Whether the output is for a program: it is told of a failure, too."""

    @property
    def rich(self) -> bool:
        """Whether a person watches the output."""
        return self.out.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def piped_in(self) -> bool:
        """Whether the input is not typed."""
        return not self.source.isatty()

    @property
    def is_typed(self) -> bool:
        """Whether a person can be asked: both what they type and what they see is a terminal."""
        return not self.piped_in and self.err.isatty()

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
        line = fit_to_screen(printable(text), self.err)
        self.err.write(f"\x1b[2m{line}\x1b[0m\n" if colour else f"{line}\n")
        self.err.flush()

    async def read_all(self) -> str | InvalidRequest:
        """All that is piped in, to its end; or why it is no text. A mark of the byte order is left out."""
        return await typed_in(self._read_to_end)

    async def read_line(self) -> str | None:
        """The next line that is piped in, without its end; None where there is none."""
        try:
            line = await typed_in(self.source.readline)
        except OSError as problem:
            self.complain(f"standard input cannot be read: {(problem.strerror or 'error').lower()}.")
            return None
        return line.rstrip("\r\n") if line else None

    def _read_to_end(self) -> str | InvalidRequest:
        self._say_that_we_wait()
        held = getattr(self.source, "buffer", None)
        try:
            data = self.source.read().encode("utf-8", "replace") if held is None else held.read(MOST_INPUT + 1)
        except OSError as problem:
            return _unreadable(f"standard input cannot be read: {(problem.strerror or 'error').lower()}")
        if len(data) > MOST_INPUT:
            return _unreadable(f"standard input has more than {MOST_INPUT // 2**20} MB")
        try:
            return str(data, "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except UnicodeDecodeError as problem:
            where = f"byte 0x{data[problem.start]:02x} at position {problem.start}"
            return _unreadable(
                f"standard input is not UTF-8 text ({where}): convert it, for example by `iconv -f latin1 -t utf-8`"
            )

    def _say_that_we_wait(self) -> None:
        """What is piped in is always waited for; who inherited a pipe that nobody writes to must learn of it."""
        try:
            ready, _, _ = select.select([self.source], [], [], _PATIENCE)
        except (OSError, ValueError):
            return
        if not ready:
            self.note("Reading standard input to its end; `< /dev/null` gives none.")

    def complain(self, error: Fault | str) -> None:
        """Write what went wrong, and what to do."""
        if self.as_json:
            self.say_json(_failure_json(error))
        self.tell(error)

    def tell(self, error: Fault | str) -> None:
        """As `complain`, to the person alone: for what the output says in a way of its own."""
        colour = self.err.isatty() and not os.environ.get("NO_COLOR")
        mark = "\x1b[31mpointsman:\x1b[0m" if colour else "pointsman:"
        problems: tuple[str, ...] = getattr(error, "problems", ())
        if isinstance(error, Fault) and len(problems) > 1 and error.detail == "; ".join(problems):
            error = attrs.evolve(error, detail=f"{len(problems)} things are wrong")  # each is told below
        plain = fit_to_screen(f"pointsman: {printable(str(error))}", self.err)
        self.err.write(f"{mark}{plain.removeprefix('pointsman:')}\n")
        if isinstance(error, Fault):
            for problem in problems if len(problems) > 1 else ():
                self.err.write(fit_to_screen(f"  - {printable(problem)}", self.err) + "\n")
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
    """The process's own streams."""
    return Terminal(*own_streams())


async def typed_in(read: Callable[[], _Line]) -> _Line:
    """What `read` gives, which waits for a person or a pipe: in a thread, so that Ctrl-C is heard at once."""
    from anyio.to_thread import run_sync

    return await run_sync(read, abandon_on_cancel=True)


def _unreadable(problem: str) -> InvalidRequest:
    return invalid_request(problem)


def _failure_json(error: Fault | str) -> str:
    """`{"error": {"tag": …, "message": …, …}}`; a sentence has no tag."""
    if not isinstance(error, Fault):
        return dumps_text({"error": {"tag": "Usage", "message": error}})
    told: JsonObject = {
        "tag": error.tag,
        "message": str(error),
        "provider": error.provider,
        "model": error.model,
        "status": error.status,
        "retry_after": error.retry_after,
    }
    return dumps_text({"error": told})
