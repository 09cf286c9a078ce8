"""Where the demo's scenes speak: titles that stand out, and lines that end where the terminal does."""

from __future__ import annotations

import os
import shutil
import textwrap

import attrs

from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import LLMError

_NARROWEST = 40


@attrs.frozen
class Stage:
    """Speaks through `terminal`; a pipe gets each line whole and without colour."""

    terminal: Terminal

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where nobody watches."""
        return max(_NARROWEST, shutil.get_terminal_size().columns) if self.terminal.rich else None

    def title(self, text: str) -> None:
        """Begin a scene."""
        self.terminal.say()
        colour = self.terminal.rich and not os.environ.get("NO_COLOR")
        if colour:
            self.terminal.out.write(f"\x1b[1;36m{self._fit(f'== {text}')}\x1b[0m\n")
            self.terminal.out.flush()
        else:
            self.terminal.say(self._fit(f"== {text}"))

    def say(self, line: str = "") -> None:
        """A line; what does not fit goes on below it, further in."""
        self.terminal.say(self._fit(line))

    def fail(self, error: LLMError) -> bool:
        """Say what went wrong where nothing should have; False, for a scene to end with."""
        self.say(f"  {error.tag}: {error}")
        return False

    def _fit(self, line: str) -> str:
        width = self.width
        if width is None or len(line) < width:
            return line
        inner = " " * (len(line) - len(line.lstrip()) + 2)
        return textwrap.fill(line, width - 1, subsequent_indent=inner, drop_whitespace=True)
