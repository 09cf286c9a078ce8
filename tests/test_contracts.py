"""The import contracts hold, and each that guards a seam of the house is broken by an import across it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

import pytest

from tools.import_circles import find_circle

ROOT = Path(__file__).parent.parent
PLANTED = {
    "layers/app.py": "from pointsman.adapters.cli.terminal import Terminal",
    "adapters/sqlite/database.py": "from pointsman.adapters.http1.pool import Pool",
    "core/money/cost.py": "from pointsman.core.chat.response import ChatResponse",
    "core/json.py": "from pointsman.services.app import App",
    "services/health.py": "import os",
    "adapters/dialects/form_like.py": "import anyio",
    "adapters/cli/terminal.py": "import httpx",
}
NAMES = (
    "Imports run one way",
    "core and services touch no world",
    "dialects are pure",
    "httpx is imported in one place",
    "layers know no command line",
    "adapters are independent of each other",
    "core and services import themselves in no circle",
)


def verdicts(root: Path) -> dict[str, str]:
    """What import-linter says of each contract, by the beginning of its name."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    return {
        name: verdict
        for line in lines
        for verdict in ("KEPT", "BROKEN")
        for name in NAMES
        if line.startswith(name) and f" {verdict}" in line
    }


def test_every_contract_is_kept() -> None:
    assert verdicts(ROOT) == dict.fromkeys(NAMES, "KEPT")


def test_every_contract_is_broken_by_an_import_that_it_forbids(tmp_path: Path) -> None:
    copytree(ROOT / "pointsman", tmp_path / "pointsman", ignore=lambda _, names: {n for n in names if n == "static"})
    copytree(ROOT / "tools", tmp_path / "tools")
    copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in PLANTED.items():
        with (tmp_path / "pointsman" / name).open("a") as file:
            file.write(f"\n{line}\n")
    assert verdicts(tmp_path) == dict.fromkeys(NAMES, "BROKEN")


@pytest.mark.parametrize(
    ("imports", "circle"),
    [
        ({}, []),
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, ["a", "b", "a"]),
        ({"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}, ["b", "c", "b"]),
        ({"a": {"a"}}, ["a", "a"]),
    ],
)
def test_a_circle_is_found_where_there_is_one(imports: dict[str, set[str]], circle: list[str]) -> None:
    assert find_circle(imports) == circle
