"""The README cannot drift: its examples are the files in `examples/`, and its plain snippets compile."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
from tests.installed import install
from tools.readme_commands import readme_commands

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)


def test_its_two_commands_are_what_ci_runs() -> None:
    demo, tests = readme_commands(README)
    assert demo.startswith("python3 -m venv .venv && ")
    assert demo.endswith(" demo")
    assert "pip install -q -r requirements-dev.txt && " in tests
    assert tests.endswith("/pytest -q -n auto")
    with pytest.raises(SystemExit, match="one command each"):
        readme_commands(README.replace(tests, f"{tests}\ntrue"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 9


@pytest.mark.parametrize(("path", "code"), EXAMPLES)
def test_an_example_is_the_file_it_names(path: str, code: str) -> None:
    assert (ROOT / path).read_text("utf-8") == code


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_a_snippet_compiles_and_names_only_what_there_is(code: str) -> None:
    import importlib

    compile(code, "README.md", "exec")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pointsman"):
            assert all(hasattr(importlib.import_module(str(node.module)), alias.name) for alias in node.names)


def test_the_settings_it_shows_are_settings() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    text = "\n".join(sorted(blocks, key=lambda block: "default_provider" not in block))
    parsed = parse_settings({"WORK_KEY": "k-1234"}, [("README.toml", text.encode())], Arguments())
    settings = parsed.unwrap()
    assert settings.routing.tasks == {"poetry": ("claude", "openai/gpt-4o")}
    assert settings.budgets[0].usd is not None
    assert settings.experiments[0].variants[1].system == "Be polite."


def test_the_example_program_is_short() -> None:
    program = next(code for path, code in EXAMPLES if path.endswith("two_providers.py"))
    assert len([line for line in program.splitlines() if line.strip()]) < 30


@pytest.mark.parametrize("name", [path for path, _ in EXAMPLES if "/test_" in path])
def test_a_test_runs_in_an_empty_project(name: str, tmp_path: Path) -> None:
    """Without any configuration: pointsman is installed, and the test is copied with the modules it imports."""
    site = install(tmp_path / "site")
    folder = tmp_path / "project" / "examples"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for path, code in EXAMPLES:
        if "/test_" not in path or path == name:
            (tmp_path / "project" / path).write_text(code, "utf-8")
    left_out = [f"-pno:{plugin}" for plugin in ("cacheprovider", "xdist", "schemathesis", "hypothesispytest")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *left_out],
        cwd=tmp_path / "project",
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
    assert "warning" not in done.stdout
