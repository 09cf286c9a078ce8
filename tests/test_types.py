"""A forgotten error is a type error: mypy and pyright are run on a program that forgets one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
WHOLE = (Path(__file__).parent / "typing" / "exhaustive.py").read_text("utf-8")
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
