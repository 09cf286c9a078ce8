"""Ids and texts are the same on every Python: the generator is run on all that are here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import hashlib, json, sys, types
root, library, folder = sys.argv[1:]
sys.path.insert(0, library)  # for attrs, which is pure Python
for name in ("pointsman", "pointsman.core", "pointsman.core.evaluation", "pointsman.core.faults"):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [root + "/" + name.replace(".", "/")]
from pathlib import Path
from pointsman.core.evaluation.fault import Program
from pointsman.core.faults.candidates import faulty_files, find_candidate, print_files, single_candidates
digests = {}
for place in sorted(Path(folder).iterdir()):
    names = [file for file in sorted(place.glob("*.py")) if not file.name.startswith(("test_", "check_"))]
    files = {file.name: file.read_text("utf-8") for file in names}
    program = Program(name=place.name, files=files, visible="", hidden="", expected={})
    ids = [one.id for one in single_candidates(program)]
    record = json.loads((place / "faults.json").read_text("utf-8")) if (place / "faults.json").is_file() else {}
    kept = [(fault["id"], find_candidate(program, tuple(fault["edits"]))) for fault in record.get("faults", [])]
    said = [[edit.edit.description for edit in one.edits] for _, one in kept]
    faults = [(id, one.id, faulty_files(program, one)) for id, one in kept]
    texts = [print_files(files), ids, faults, said]
    digests[place.name] = hashlib.sha256(json.dumps(texts).encode()).hexdigest()
print(json.dumps(digests))
"""


def pythons() -> list[str]:
    """Every Python from 3.12 on that is here, besides this one."""
    found = {name: shutil.which(name) for name in ("python3.12", "python3.13", "python3.14")}
    known = [path for path in found.values() if path is not None and _runs(path)]
    for version in ("3.12", "3.13", "3.14"):
        places = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        known += [str(place) for place in places[-1:]]
    return known


def _runs(path: str) -> bool:
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def digests(python: str, folder: Path) -> dict[str, str]:
    """What the generator makes of each program in `folder` on another Python."""
    library = sysconfig.get_paths()["purelib"]
    command = [python, "-c", PROGRAM, str(ROOT), library, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made: dict[str, str] = json.loads(done.stdout)
    return made


def compare(folder: Path) -> None:
    """Ask every Python."""
    others = pythons()
    if not others:
        pytest.skip("there is no other Python")
    here = digests(sys.executable, folder)
    assert here
    for python in others:
        theirs = digests(python, folder)
        assert {name for name in here if theirs[name] != here[name]} == set(), python


@pytest.mark.long
def test_some_programs_are_edited_alike_by_every_python(tmp_path: Path) -> None:
    programs = ROOT / "pointsman/adapters/corpus/_programs"
    for name in ("task_order", "duration_text"):
        shutil.copytree(programs / name, tmp_path / name)
    compare(tmp_path)


@pytest.mark.long
def test_all_programs_are_edited_alike_by_every_python() -> None:
    compare(ROOT / "pointsman/adapters/corpus/_programs")
