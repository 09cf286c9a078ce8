"""The command line in this process, with a home of its own: what many small trials of it stand on."""

from __future__ import annotations

import io
import os
from pathlib import Path
from unittest import mock

from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.wiring.live_wiring import LiveWiring


def command(home: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of one command."""
    terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO())
    with mock.patch.dict(os.environ, {"HOME": str(home), "NO_COLOR": "1"}, clear=True):
        code = run_line(words, terminal, LiveWiring(), tuple(PROVIDERS), "0")
    assert isinstance(terminal.out, io.StringIO)
    assert isinstance(terminal.err, io.StringIO)
    return code, terminal.out.getvalue(), terminal.err.getvalue()
