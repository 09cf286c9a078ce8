"""The page on security promises nothing that no test holds, and what is deployed is well-formed."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROMISE = re.compile(r"^\| (.+?) \| `(tests/[^`]+)` \|$", re.MULTILINE)


def promises() -> list[tuple[str, str]]:
    return PROMISE.findall((ROOT / "docs" / "security.md").read_text("utf-8"))


def test_every_promise_is_held_by_a_test_that_is_there() -> None:
    found = promises()
    assert len(found) > 30
    for promise, test in found:
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        names = {one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}
        assert name in names if name else any(one.startswith("test_") for one in names), promise


def test_every_row_of_the_table_of_promises_was_read() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.partition("| promise | test |")[2].partition("\n\n")[0]
    assert table.count("\n|") - 1 == len(promises())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_the_units_are_well_formed(tmp_path: Path) -> None:
    for unit in ("pointsman.service", "pointsman.socket"):
        text = (ROOT / "deploy" / unit).read_text("utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/pointsman/bin/pointsman", sys.executable))
    units = [str(tmp_path / "pointsman.service"), str(tmp_path / "pointsman.socket")]
    found = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    about_ours = [line for line in (found.stdout + found.stderr).splitlines() if "pointsman" in line]
    assert (found.returncode, about_ours) == (0, [])


def test_the_image_serves_as_the_units_do() -> None:
    image = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    assert "STOPSIGNAL SIGTERM" in image
    assert 'ENTRYPOINT ["pointsman"]' in image, "in the form that gets signals"
    assert re.search(r"^USER (?!root)", image, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE)
    assert all((ROOT / name).exists() for line in copied for name in line.split())
