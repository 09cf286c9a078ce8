"""The README cannot drift: its examples are the files in `examples/`, and its plain snippets compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
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
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize(("path", "code"), EXAMPLES)
def test_an_example_is_the_file_it_names(path: str, code: str) -> None:
    assert (ROOT / path).read_text("utf-8") == code


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_a_snippet_compiles_and_names_only_what_there_is(code: str) -> None:
    import importlib

    compile(code, "README.md", "exec")
    for module, names in re.findall(r"^from (pointsman\S*) import (.+)$", code, re.MULTILINE):
        for name in names.split(", "):
            assert hasattr(importlib.import_module(module), name)


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
