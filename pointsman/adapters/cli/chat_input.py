"""What a person types in `chat`: lines with a history, pasted blocks, long texts, Ctrl-C. It knows no model."""

from __future__ import annotations

import importlib.util
import os
import select
import signal
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from pathlib import Path

import anyio
import attrs

from pointsman.adapters.cli.terminal import Terminal, typed_in
from pointsman.services.tasks.together import tasks_together

MOST_HISTORY = 2000
"""Lines of earlier chats that Up brings back."""


class Left(Enum):
    """How a person leaves without a word."""

    END = "the end of the input"
    INTERRUPTED = "Ctrl-C, twice"


@attrs.define
class ChatLines:
    """Reads turns; at a terminal with a history, if that is kept, and with Tab for what `complete` gives."""

    terminal: Terminal
    history: Path | None = None
    complete: Callable[[str], Sequence[str]] = lambda line: ()

    def prepare(self) -> None:
        """Set up arrow keys, history, Tab and blocks that are pasted as one, where Python has readline."""
        if self.terminal.piped_in or not _has_readline():
            return
        import readline

        if _is_gnu():
            readline.parse_and_bind("set enable-bracketed-paste on")  # Python switches it off
        readline.parse_and_bind("tab: complete" if _is_gnu() else "bind ^I rl_complete")
        readline.set_completer_delims("")
        readline.set_completer(self._complete)
        readline.set_history_length(MOST_HISTORY)
        if self.history is not None:
            try:
                readline.read_history_file(str(self.history))
            except (OSError, ValueError):
                return

    def _complete(self, line: str, state: int) -> str | None:
        found = list(self.complete(line))
        return found[state] if state < len(found) else None

    def keep_line(self) -> None:
        """Keep what was typed last for other days; a history that cannot be written is none."""
        if self.history is None or self.terminal.piped_in or not _has_readline():
            return
        import readline

        try:
            os.close(os.open(self.history, os.O_CREAT | os.O_WRONLY, 0o600))
            readline.write_history_file(str(self.history))
        except (OSError, ValueError):
            return

    async def read_turn(self, begin: str = "") -> str | Left:
        """What the person says next, several lines if they want; `begin` is there already, to be changed."""
        if self.terminal.piped_in:
            text = await typed_in(self._read)
            return Left.END if text is None else text
        heard: list[str | None] = []
        async with tasks_together() as group:
            group.start_soon(self._leave_on_second_interrupt, group.cancel_scope)
            heard.append(await typed_in(partial(self._read, begin)))
            group.cancel_scope.cancel()
        if not heard:
            return Left.INTERRUPTED
        self.keep_line()
        return Left.END if heard[0] is None else heard[0]

    async def _leave_on_second_interrupt(self, scope: anyio.CancelScope) -> None:
        """One Ctrl-C may have been meant for the answer that has just ended."""
        with anyio.open_signal_receiver(signal.SIGINT) as interrupts:
            times = 0
            async for _ in interrupts:
                times += 1
                if times > 1:
                    scope.cancel()
                    return
                self.terminal.note("\n(Ctrl-C again leaves, and so does Ctrl-D.)")
                self.terminal.say("> " + _typed_so_far(), end="")

    def _read(self, begin: str = "") -> str | None:
        line = self._line("> ", begin)
        if line is None:
            return None
        if line.strip().startswith('"""') and "\n" not in line:
            return self._until_fence(line.strip()[3:])
        lines = [line]
        while lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1]
            more = self._line("… ")
            if more is None:
                break
            lines.append(more)
        return "\n".join(lines)

    def _until_fence(self, first: str) -> str:
        lines = [first] if first else []
        while (line := self._line("… ")) is not None:
            if line.rstrip().endswith('"""'):
                lines.append(line.rstrip()[:-3])
                break
            lines.append(line)
        return "\n".join(lines).rstrip("\n")

    def _line(self, prompt: str, begin: str = "") -> str | None:
        if self.terminal.piped_in:
            line = self.terminal.source.readline()
            return line.rstrip("\n") if line else None
        try:
            return _join_paste(_ask_line(prompt, begin))
        except EOFError:
            self.terminal.say()
            return None


def _ask_line(prompt: str, begin: str) -> str:
    if not begin or not _has_readline():
        return input(prompt)
    import readline

    readline.set_startup_hook(lambda: readline.insert_text(begin))
    try:
        return input(prompt)
    finally:
        readline.set_startup_hook()


def _join_paste(line: str) -> str:
    """`line` with those that came with it: without GNU's readline a pasted block arrives line by line, but at once."""
    if _is_gnu():
        return line
    lines = [line]
    while select.select([0], [], [], 0.02)[0]:
        try:
            lines.append(input())
        except EOFError:
            break
    return "\n".join(lines)


def _typed_so_far() -> str:
    if not _has_readline():
        return ""
    import readline

    return readline.get_line_buffer()


def _has_readline() -> bool:
    return importlib.util.find_spec("readline") is not None


def _is_gnu() -> bool:
    if not _has_readline():
        return False
    import readline

    return "libedit" not in (readline.__doc__ or "")
