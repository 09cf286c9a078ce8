"""A forgotten error is a type error, and so is a pipeline that does not fit: two checkers are run on such programs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
WHOLE = (Path(__file__).parent / "typing" / "exhaustive.py").read_text("utf-8")
PIPELINES = (Path(__file__).parent / "typing" / "pipelines.py").read_text("utf-8")
REFUSED = (
    'await pl.retry(pl.recurs(1), app)(client.chat)("text")  # no request',
    "await pl.pipe(client.chat, pl.retry(pl.POLITE, app), pl.within(1.0, app))(1)  # no request",
    "await pl.then(client.chat, measure)(Q)  # a program after a step",
    'pl.then(answer("a"), count)  # no text is counted',
    "pl.retry(pl.POLITE)(client.chat)  # a step needs an environment",
    "pl.tap(client.chat, count)  # what can fail is no look",
    'await note("title")(app)  # it needs Notes',
    "left: FutureResult[object, p.ModelUnavailable] = pl.recover(p.ModelUnavailable, str)(client.chat(Q))",
    "narrow: FutureResult[p.ChatResponse, Down] = pl.within(1.0, app)(client.chat)(Q)  # `Overdue` came in",
    "pl.bracket(client.chat, count, client.chat)  # a release cannot fail",
)
CLIENTS = (Path(__file__).parent / "typing" / "clients.py").read_text("utf-8")
TOO_NARROW = (
    "only: FutureResult[p.ChatResponse, p.ModelUnavailable] = down.chat(Q)  # something may be refused",
    "less: ports.ChatClient[ProviderError] = app.client  # a budget may say no",
    "same: ports.Client[p.ModelUnavailable | p.UnsupportedFeature] = Recording(down, store)  # a disk may be full",
    "none: ports.Interceptor[Never] = Closing()  # it refuses",
    "wide: ports.ProviderClient[Closing] = down  # no error of ours",
)
CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "mypy.ini"), "--no-incremental"],
    "pyright": [sys.executable, "-m", "pyright", "--pythonpath", sys.executable],
}


def errors(checker: str, program: str, folder: Path) -> str:
    """What `checker` says of `program`."""
    file = folder / "program.py"
    file.write_text(program, "utf-8")
    done = subprocess.run([*CHECKERS[checker], str(file)], capture_output=True, text=True, cwd=ROOT, check=False)
    return "\n".join(line for line in done.stdout.splitlines() if "error" in line and "0 errors" not in line)


@pytest.mark.parametrize("checker", list(CHECKERS))
def test_a_forgotten_error_is_found(checker: str, tmp_path: Path) -> None:
    forgotten = WHOLE.replace(" | p.QuotaExhausted()", "")
    assert forgotten != WHOLE
    assert errors(checker, WHOLE, tmp_path) == ""
    assert "QuotaExhausted" in errors(checker, forgotten, tmp_path)


def test_a_forgotten_event_is_found(tmp_path: Path) -> None:
    forgotten = WHOLE.replace("case p.Restarted() | p.ToolRan():", "case p.ToolRan():")
    assert forgotten != WHOLE
    assert "Restarted" in errors("mypy", forgotten, tmp_path)


@pytest.mark.parametrize("checker", list(CHECKERS))
def test_what_pipelines_infer_is_exact_and_what_does_not_fit_is_refused(checker: str, tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in REFUSED)
    program = f"{PIPELINES}\n\nasync def wrong(client: Client, app: p.App) -> None:\n{body}"
    lines = program.splitlines()
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?:: | - )error", errors(checker, program, tmp_path))
    assert {lines[int(number) - 1].strip() for number in found} == set(REFUSED)


@pytest.mark.parametrize("checker", list(CHECKERS))
def test_a_client_is_as_narrow_as_it_says_and_middleware_say_what_they_add(checker: str, tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in TOO_NARROW)
    program = f"{CLIENTS}\n\nasync def wrong(down: Down, app: p.App, store: ports.RecordingStore) -> None:\n{body}"
    lines = program.splitlines()
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?:: | - )error", errors(checker, program, tmp_path))
    assert {lines[int(number) - 1].strip() for number in found} == set(TOO_NARROW)
