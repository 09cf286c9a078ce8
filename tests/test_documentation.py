"""Pages that are generated are what their generators write today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.adapters.dialects.dialect import CONTENT_KINDS
from pointsman.core.chat.request import PARAMETERS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "parameters.md"


@pytest.mark.parametrize("tool", ["write_parameters", "write_reference"])
def test_generated_pages_are_fresh(tool: str) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", f"tools.{tool}", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_page_has_a_row_for_every_parameter_and_every_kind_of_content() -> None:
    rows = [line.split("|")[1].strip(" `") for line in PAGE.read_text().splitlines() if line.startswith("|")]
    assert {*PARAMETERS, *CONTENT_KINDS} <= set(rows)
