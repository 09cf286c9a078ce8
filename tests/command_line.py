"""The command line in this process: a line in, exit code, output and errors out; and one on a terminal of its own."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import attrs
import pytest

from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.wiring.live_wiring import LiveWiring
from tests.patience import GUARD

ROOT = str(Path(__file__).parent.parent)
POINTSMAN = [sys.executable, "-m", "pointsman"]


def environment(home: Path) -> dict[str, str]:
    """Nothing but what a process needs to run this tree."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1", "PYTHONPATH": ROOT}


@attrs.frozen
class Line:
    """Runs lines in this process, in a home of its own."""

    home: Path

    def __call__(self, *words: str, text: str | bytes | None = None) -> tuple[int, str, str]:
        """Exit code, output and errors of one line; `text` is piped in."""
        out, err = io.StringIO(), io.StringIO()
        source = io.TextIOWrapper(io.BytesIO(text.encode() if isinstance(text, str) else text or b""), "utf-8")
        try:
            with redirect_stderr(err):  # argparse writes there
                code = run_line(words, Terminal(out, err, source), LiveWiring(), tuple(PROVIDERS), "0")
        except SystemExit as left:  # argparse's way to end
            code = int(str(left.code))
        assert "Traceback" not in err.getvalue()
        return code, out.getvalue(), err.getvalue()


def line_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Lines in `home`, with nothing of the real environment."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_MODEL")) or name.startswith(("POINTSMAN_", "XDG_", "LLM_")):
            monkeypatch.delenv(name)
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    return Line(home)


@contextmanager
def simulator(home: Path) -> Iterator[str]:
    """The address of `pointsman simulate`."""
    command = [*POINTSMAN, "simulate", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(home)) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[3]
        finally:
            process.kill()


@attrs.define
class OnTerminal:
    """A process on a terminal of its own. `seen` is all that it has written."""

    process: subprocess.Popen[bytes]
    handle: int
    seen: str = ""

    def wait_for(self, text: str, times: int = 1) -> None:
        """Read until `text` has come so many times."""
        end = time.monotonic() + GUARD
        while self.seen.count(text) < times:
            assert time.monotonic() < end, f"{text!r} did not come: {self.seen[-2000:]!r}"
            assert self._read() or self.process.poll() is None, f"it ended before {text!r}: {self.seen[-2000:]!r}"

    def type(self, text: str) -> None:
        """Type, as a person or a paste does."""
        os.write(self.handle, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal's driver sends it to who stands in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> int:
        """The exit code; the rest is read."""
        end = time.monotonic() + GUARD
        while self.process.poll() is None:
            self._read()
            assert time.monotonic() < end, f"it does not end: {self.seen[-2000:]!r}"
        while self._read():
            pass
        return self.process.returncode

    def modes(self) -> list[Any]:
        """How the terminal is set: echo, lines, signals."""
        return termios.tcgetattr(self.handle)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.handle], [], [], 0.05)
        if not ready:
            return False
        try:
            piece = os.read(self.handle, 65536)
        except OSError:  # nobody has the other end open any more
            return False
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)


def _take_terminal() -> None:
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def on_terminal(home: Path, *words: str, columns: int = 100) -> Iterator[OnTerminal]:
    """`pointsman WORDS` on a terminal of its own."""
    ours, theirs = pty.openpty()
    told = {**environment(home), "TERM": "xterm", "COLUMNS": str(columns)}
    with subprocess.Popen(
        [*POINTSMAN, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env=told,
        start_new_session=True,
        preexec_fn=_take_terminal,
    ) as process:
        try:
            yield OnTerminal(process, ours)
        finally:
            process.kill()
            os.close(theirs)  # it is held open until here, so that its modes can be asked for after the end
            os.close(ours)


def words_at(address: str, model: str = "sim") -> Sequence[str]:
    """What asks the simulator at `address`."""
    return ("-p", "openai", "-u", f"{address}/v1", "-m", model)
