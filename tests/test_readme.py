"""README and the how-to pages cannot drift: their examples are files, their snippets compile, their commands parse."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path

import pytest

import pointsman
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
from tests.installed import install
from tools.readme_commands import readme_commands

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCS = ROOT / "docs"
HOW_TO = ("programs", "routing", "assistants", "serving", "simulator", "settings")
"""The pages whose snippets stand alone, and whose settings make one file. Other pages have tests of their own."""
PAGES = {"README.md": README} | {f"{name}.md": (DOCS / f"{name}.md").read_text("utf-8") for name in HOW_TO}
EXAMPLES = [
    found
    for text in PAGES.values()
    for found in re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
]
EVERY_PAGE = sorted([ROOT / "README.md", *DOCS.glob("*.md")])


def test_its_two_commands_are_what_ci_runs() -> None:
    demo, tests = readme_commands(README)
    assert demo.startswith("python3 -m venv .venv && ")
    assert demo.endswith(" demo")
    assert "pip install -q -r requirements-dev.txt && " in tests
    assert tests.endswith("/pytest -q -n auto")
    with pytest.raises(SystemExit, match="one command each"):
        readme_commands(README.replace(tests, f"{tests}\ntrue"))


def test_there_are_examples() -> None:
    assert len({path for path, _ in EXAMPLES}) == len(EXAMPLES) >= 9


@pytest.mark.parametrize(("path", "code"), EXAMPLES)
def test_an_example_is_the_file_it_names(path: str, code: str) -> None:
    assert (ROOT / path).read_text("utf-8") == code


@pytest.mark.parametrize("page", PAGES)
def test_a_snippet_compiles_and_names_only_what_there_is(page: str) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL)
    for code in snippets:
        compile(code, page, "exec")
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pointsman"):
                assert all(hasattr(import_module(str(node.module)), alias.name) for alias in node.names)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "p":
                assert hasattr(pointsman, node.attr)
    assert snippets or page in ("settings.md", "simulator.md")


def parses(parser: argparse.ArgumentParser, words: list[str]) -> bool:
    """Whether `words` are a command; `--help` and `--version` end the program well."""
    try:
        parser.parse_args(words)
    except SystemExit as problem:
        return problem.code in (0, None)
    return True


def commands_in(block: str) -> Iterator[list[str]]:
    """The words of each `pointsman` in lines of a shell, without what is redirected."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        words.whitespace_split = True
        for is_operator, group in groupby(words, lambda word: set(word) <= set("();|&")):
            command = list(group)
            if not is_operator and command[0] == "pointsman":
                redirected = next((at for at, word in enumerate(command) if set(word) <= set("<>")), len(command))
                yield [word for word in command[1:redirected] if word != "…"]


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.name)
def test_a_command_that_a_page_shows_is_one(page: Path) -> None:
    """It parses: the command is there, and so is each of its options."""
    parser = build_parser(tuple(PROVIDERS), "")
    for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for words in commands_in(block):
            assert parses(parser, words), shlex.join(["pointsman", *words])


@pytest.mark.parametrize(
    ("page", "words"),
    re.findall(
        r"^\| .*? \| \[.*?\]\((\S+?)\) \| `(.+?)` \|$", (DOCS / "questions.md").read_text("utf-8"), re.MULTILINE
    ),
)
def test_a_question_is_answered_on_the_page_that_it_names(page: str, words: str) -> None:
    assert words in (DOCS / page).read_text("utf-8")


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 600


def test_the_settings_it_shows_are_settings() -> None:
    blocks = [block for text in PAGES.values() for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
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
