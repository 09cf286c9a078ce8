"""An answer on a terminal as it comes: finished blocks are printed once, only the last one is redrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointsman.adapters.cli.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live


class MarkdownStream:
    """Text pieces in, rendered markdown out. Use as a context manager; leaving it prints the rest."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._text = ""
        self._live: Live | None = None

    def __enter__(self) -> MarkdownStream:
        from rich.live import Live

        self._live = Live(console=self._console, refresh_per_second=12, vertical_overflow="crop", transient=True)
        self._live.start()
        return self

    def add(self, piece: str) -> None:
        """More of the text."""
        self._text += printable(piece)
        done, self._text = finished_blocks(self._text)
        if self._live is None:
            return
        if done:
            self._live.update("")
            self._print(done)
        self._live.update(self._text[-4000:])

    def flush(self) -> None:
        """Print what is held back."""
        if self._live is not None:
            self._live.update("")
        if self._text.strip():
            self._print(self._text)
        self._text = ""

    def _print(self, text: str) -> None:
        from rich.markdown import Markdown

        self._console.print(Markdown(text))
        if not text.endswith("\n\n\n"):
            self._console.print()

    def __exit__(self, *_: object) -> None:
        self.flush()
        if self._live is not None:
            self._live.stop()
            self._live = None


def finished_blocks(text: str) -> tuple[str, str]:
    """`text` cut at its last blank line outside a code fence: what is finished, and the rest."""
    cut, at, fenced = 0, 0, False
    for line in text.splitlines(keepends=True):
        at += len(line)
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if not fenced and not line.strip() and line.endswith("\n"):
            cut = at
    return text[:cut], text[cut:]
