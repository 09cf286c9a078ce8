"""The programs of the corpus are correct: their tests pass, their checks come to what is recorded, they are typed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.adapters.corpus.reader import PROGRAMS, program_folders

ROOT = Path(__file__).parents[3]
RUNNER = Path(__file__).with_name("run_programs.py")


def run(root: Path, *options: str) -> list[str]:
    """What the runner complains of."""
    command = [sys.executable, *options, str(RUNNER), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def test_every_program_passes_its_visible_tests_and_its_checks_come_to_what_is_recorded() -> None:
    assert run(PROGRAMS, "-I", "-X", "utf8") == []


def test_a_wrong_program_is_told_of(tmp_path: Path) -> None:
    shutil.copytree(PROGRAMS / "roman_number", tmp_path / "roman_number")
    program = tmp_path / "roman_number" / "roman_number.py"
    program.write_text(program.read_text("utf-8").replace('(4, "IV")', '(4, "IIII")'), "utf-8")
    assert any(line.startswith("roman_number.check_written gives") for line in run(tmp_path, "-I"))


def test_names_of_modules_are_used_once_and_none_is_of_the_standard_library() -> None:
    names = [file.stem for folder in program_folders() for file in folder.glob("*.py")]
    assert sorted(names) == sorted(set(names) - sys.stdlib_module_names)


def test_a_program_has_a_docstring_with_topics_and_is_short() -> None:
    for folder in program_folders():
        text = (folder / f"{folder.name}.py").read_text("utf-8")
        assert re.search(r'^Topics: [\w -]+(, [\w -]+)*\n"""$', text, re.MULTILINE), folder.name
        assert 15 <= len(text.splitlines()) <= 85, folder.name


@pytest.mark.long
def test_the_programs_are_typed(tmp_path: Path) -> None:
    for folder in program_folders():
        for file in folder.glob("*.py"):
            if not file.name.startswith(("check_", "test_")):
                shutil.copy(file, tmp_path / file.name)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-version",
        "3.11",
        "--cache-dir",
        str(tmp_path / ".c"),
    ]
    done = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
