"""`pointsman heal` as a person starts it: a real terminal, a real command, and a model that follows a script."""

from __future__ import annotations

import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import attrs
import pytest

from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.simulator.faults import SimulatedFault
from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Rule, Scenario
from pointsman.testing import Simulation, run_simulator
from pointsman.wiring.live_wiring import LiveWiring
from tests.patience import GUARD
from tests.test_cli import POINTSMAN, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")

ROOT = Path(__file__).parent.parent
Run: TypeAlias = Callable[[list[str]], tuple[int, str, str]]
KEY = "sk-abcdefghijklmnop123456"
CALC = f'API_KEY = "{KEY}"\n\n\ndef mean(numbers):\n    return sum(numbers) / (len(numbers) - 1)\n'
TEST = "from calc import mean\n\n\ndef test_mean():\n    assert mean([1, 2, 3]) == 2\n"
CHECK = "import calc\n\nassert calc.mean([1, 2, 3]) == 2, 'SHOP_TOKEN=hunter2222'\n"
DIVISOR = "    return sum(numbers) / (len(numbers) - 1)"


def answer(new: str, old: str = DIVISOR) -> FixedAnswer:
    """A model's answer that replaces `old` by `new`."""
    text = f"The divisor is wrong.\n\ncalc.py\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    return FixedAnswer(text=text)


USEFUL, USELESS = (
    answer("    return sum(numbers) / len(numbers)"),
    answer("    return sum(numbers) / (len(numbers) - 2)"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small program whose test fails."""
    (tmp_path / "home").mkdir()
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in (("calc.py", CALC), ("test_calc.py", TEST), ("check.py", CHECK)):
        (folder / name).write_text(text)
    return folder


def line(simulation: Simulation, *words: str) -> list[str]:
    """`pointsman heal` with the simulated model."""
    return [*POINTSMAN, "heal", "-p", "openai", "-u", simulation.base_url("openai-chat"), "-m", "sim", *words]


@attrs.define
class OnTerminal:
    """A process whose terminal is ours: what it wrote so far, what we type, its end."""

    process: subprocess.Popen[bytes]
    handle: int
    seen: str = ""

    def read_until(self, pattern: str) -> None:
        """Read until what came since the last time has `pattern` in it."""
        until = time.monotonic() + GUARD
        new = ""
        while not re.search(pattern, new):
            assert time.monotonic() < until, self.seen
            new += self._read()

    def _read(self) -> str:
        ready, _, _ = select.select([self.handle], [], [], 0.2)
        try:
            text = os.read(self.handle, 65536).decode("utf-8", "replace") if ready else ""
        except OSError:
            text = ""
        self.seen += text
        assert text or self.process.poll() is None, self.seen
        return text

    def type(self, text: str) -> None:
        """Type at the terminal."""
        os.write(self.handle, text.encode())

    def end(self) -> int:
        """The exit code, after all that is left was read."""
        until = time.monotonic() + GUARD
        while self.process.poll() is None:
            assert time.monotonic() < until, self.seen
            self._drain()
        self._drain()
        assert "Traceback (most recent call last)" not in self.seen
        return self.process.returncode

    def _drain(self) -> None:
        ready, _, _ = select.select([self.handle], [], [], 0.05)
        if ready:
            try:
                self.seen += os.read(self.handle, 65536).decode("utf-8", "replace")
            except OSError:
                return


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def on_terminal(command: list[str], folder: Path) -> Iterator[OnTerminal]:
    """`command` on a terminal of its own, in which Ctrl-C works."""
    ours, theirs = os.openpty()
    variables = {**variables_of(folder), "TERM": "xterm"}
    del variables["NO_COLOR"]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=variables,
        start_new_session=True,
        preexec_fn=_take_terminal,
    ) as process:
        os.close(theirs)
        try:
            yield OnTerminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def variables_of(folder: Path) -> dict[str, str]:
    """What a process needs to run this tree, and nothing else."""
    return {**environment(folder.parent / "home"), "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], tuple[int, str, str]]:
    """Runs a command line in this process, without a terminal: exit code, output, errors."""
    monkeypatch.chdir(project)
    for name, value in environment(project.parent / "home").items():
        monkeypatch.setenv(name, value)

    def run_words(words: list[str]) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(out, err, io.StringIO())
        try:
            code = run_line(words[len(POINTSMAN) :], terminal, LiveWiring(), tuple(PROVIDERS), "0")
        except SystemExit as left:  # argparse's way to say that the line is wrong
            code = int(str(left.code))
        return code, out.getvalue(), err.getvalue()

    return run_words


def test_a_test_goes_green_after_a_yes_and_a_useless_change_is_taken_back(project: Path) -> None:
    scenario = Scenario((Rule(USELESS, times=1), Rule(USEFUL)))
    pytest_line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with run_simulator(scenario) as simulation:
        with on_terminal(line(simulation, "--", *pytest_line), project) as it:
            it.read_until(r"\(y/N\)")
            assert (project / "calc.py").read_text() == CALC
            it.type("y\n")
            it.read_until(r"It did not help; the files are as they were")
            assert (project / "calc.py").read_text() == CALC
            it.read_until(r"\(y/N\)")
            it.type("y\n")
            assert it.end() == 0
        sent = [request.body.decode() for request in simulation.requests()]
    assert "\x1b[32m+    return sum(numbers) / len(numbers)\x1b[0m" in it.seen
    assert "\x1b[31m-    return sum(numbers) / (len(numbers) - 1)\x1b[0m" in it.seen
    assert "1 passed" in it.seen
    assert "Healed: calc.py changed" in it.seen
    assert (project / "calc.py").read_text() == CALC.replace("(len(numbers) - 1)", "len(numbers)")
    assert len(sent) == 2
    assert "(len(numbers) - 2)" in sent[1]
    assert all("masked-" in body and KEY not in body for body in sent)
    assert KEY not in it.seen


def test_a_no_and_ctrl_c_at_the_question_change_nothing(project: Path) -> None:
    check = [sys.executable, "check.py"]
    with run_simulator(Scenario((Rule(USEFUL),))) as simulation:
        for typed, code in (("n\n", 1), ("\x03", 130)):
            with on_terminal(line(simulation, "--", *check), project) as it:
                it.read_until(r"\(y/N\)")
                it.type(typed)
                until = time.monotonic() + GUARD
                while it.process.poll() is None and time.monotonic() < until:
                    it._drain()
                assert it.process.returncode == code, it.seen
            assert (project / "calc.py").read_text() == CALC
    assert sorted(path.name for path in project.iterdir() if path.name != "__pycache__") == [
        "calc.py",
        "check.py",
        "test_calc.py",
    ]


def test_without_a_terminal_the_change_is_shown_and_not_made(project: Path, run: Run) -> None:
    with run_simulator(Scenario((Rule(USEFUL),))) as simulation:
        code, out, err = run(line(simulation, "--", sys.executable, "check.py"))
        sent = simulation.requests()[0].body.decode()
    assert code == 18
    assert "+    return sum(numbers) / len(numbers)" in out
    assert "--yes" in err
    assert (project / "calc.py").read_text() == CALC
    assert "hunter2222" not in sent
    assert str(project) not in sent
    assert "Traceback" in sent


def test_with_yes_files_keep_their_mode_and_their_line_ends(project: Path, run: Run) -> None:
    calc = project / "calc.py"
    calc.write_bytes(b"\xef\xbb\xbf" + CALC.replace("\n", "\r\n").encode())
    calc.chmod(0o750)
    with run_simulator(Scenario((Rule(USEFUL),))) as simulation:
        code, out, _ = run(line(simulation, "--yes", "--json", "--", sys.executable, "check.py"))
    assert code == 0
    told = json.loads(out)
    assert (told["healed"], told["changed"], [one["fate"] for one in told["rounds"]]) == (True, ["calc.py"], ["healed"])
    expected = CALC.replace("(len(numbers) - 1)", "len(numbers)").replace("\n", "\r\n")
    assert calc.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert calc.stat().st_mode & 0o777 == 0o750


def test_a_zero_that_proves_nothing_is_told_and_has_its_own_code(project: Path, run: Run) -> None:
    leaves = answer(f"    import os; os._exit(0)\n{DIVISOR}")
    pytest_line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with run_simulator(Scenario((Rule(leaves),))) as simulation:
        code, out, err = run(line(simulation, "--yes", "--json", "--", *pytest_line))
    assert code == 19
    assert "proves nothing: tests were counted before, and none after" in err
    told = json.loads(out)
    assert (told["healed"], told["changed"], told["rounds"][0]["fate"]) == (False, ["calc.py"], "unproved")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--", "no-such-command"], 127, "there is no such command"),
        (["--", "sh", "-c", "echo oops; exit 7"], 7, "names no file"),
        (["--yes", "--rounds", "1", "--", "sh", "-c", "echo no-code calc.py:1; exit 7"], 7, "cannot be used"),
        (["--yes", "--rounds", "1", "--", "sh", "-c", "echo elsewhere calc.py:1; exit 7"], 7, "do not occur"),
        (["--yes", "--", "sh", "-c", "echo read-only calc.py:1; exit 7"], 7, "it is read-only"),
        (["--", "sh", "-c", "echo no-auth calc.py:1; exit 7"], 7, "API key"),
        ([], 2, "one of the two"),
        (["--watch", "a.log", "--", "true"], 2, "one of the two"),
        (["--watch", "."], 16, "directory"),
        (["--watch", "-", "--check", "'"], 2, "--check"),
        (["--budget", "-1", "--", "true"], 2, "dollars"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    project: Path, run: Run, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    scenario = Scenario(
        (
            Rule(FixedAnswer(text="I do not know."), Match(contains="no-code")),
            Rule(answer("x", "nowhere"), Match(contains="elsewhere")),
            Rule(SimulatedFault("auth", 0), Match(contains="no-auth")),
            Rule(USEFUL),
        )
    )
    (project / "calc.py").chmod(0o444)
    with run_simulator(scenario) as simulation:
        found, _, err = run(line(simulation, *words))
    err += capsys.readouterr().err
    assert (found, said in err, "Traceback" in err) == (code, True, False), err
    assert (project / "calc.py").read_text() == CALC


def test_a_growing_log_is_watched_until_ctrl_c_and_nothing_is_changed(project: Path) -> None:
    log = project / "app.log"
    trace = f'Traceback (most recent call last):\n  File "{project}/calc.py", line 5, in mean\n    return\n'
    trace += "ZeroDivisionError: division by zero\n"
    with run_simulator(Scenario((Rule(USEFUL),))) as simulation:
        words = line(simulation, "--watch", "app.log", "--json")
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project, env=variables_of(project), text=True
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stderr.readline() == "Watching app.log, which is not there yet. Ctrl-C ends it.\n"
            with log.open("a", buffering=1) as file:
                file.write(f"starting\n{trace}{trace[:50]}")
                file.write(f"{trace[50:]}fine\n")
                first = json.loads(process.stdout.readline())
                log.rename(project / "app.log.1")
                log.write_text(trace.replace("line 5", "line 4") + "fine\n")
                second = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            last = json.loads(process.stdout.readline())
            assert process.wait(GUARD) == 130
        asked = len(simulation.requests())
    assert (first["type"], first["line"], first["change"]["files"]) == ("ZeroDivisionError", 5, ["calc.py"])
    assert "+    return sum(numbers) / len(numbers)" in first["change"]["diff"]
    assert second["line"] == 4
    assert (last["event"], last["errors"], [group["count"] for group in last["groups"]]) == ("summary", 3, [2, 1])
    assert asked == 2
    assert (project / "calc.py").read_text() == CALC


def test_a_pipe_is_watched_to_its_end_and_a_check_judges_what_is_proposed(project: Path, run: Run) -> None:
    trace = 'Traceback (most recent call last):\n  File "/srv/calc.py", line 5, in mean\n    return\nValueError: no\n'
    os.mkfifo(project / "pipe")
    with (
        run_simulator(Scenario((Rule(USEFUL),))) as simulation,
        subprocess.Popen(["sh", "-c", 'printf "%s" "$0" > pipe', trace * 3], cwd=project),
    ):
        words = line(simulation, "--watch", "pipe", "--check", "python check.py", "--sandbox", "process")
        code, out, err = run(words)
    assert code == 0
    assert "ValueError at /srv/calc.py:5 in mean" in out
    assert "The check passes with it." in out
    assert "3 error(s) of 1 kind(s)" in err
    assert (project / "calc.py").read_text() == CALC
