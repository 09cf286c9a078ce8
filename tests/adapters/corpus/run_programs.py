"""Runs the tests of every program of the corpus in this process, and prints as JSON what is not as it should be.

    python run_programs.py FOLDER [NAME ...]

A script, so that none of the programs comes into the process of the tests. It knows nothing of pointsman.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


def mistakes(folder: Path) -> Iterator[str]:
    """What is wrong with a program: a visible test that fails, or a check that comes to something else."""
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    try:
        tests = vars(importlib.import_module(f"test_{folder.name}"))
        for name in [name for name in tests if name.startswith("test_")]:
            try:
                tests[name]()
            except Exception as error:
                yield f"{folder.name}.{name} raises {error!r}"
        expected = json.loads((folder / "expected.json").read_text("utf-8"))
        checks = vars(importlib.import_module(f"check_{folder.name}"))
        names = [name for name in checks if name.startswith("check_")]
        if sorted(names) != sorted(expected):
            yield f"{folder.name} has other checks than expected.json"
        for name in names:
            wanted = expected.get(name, {})
            try:
                value: object = checks[name]()
            except Exception as error:
                if type(error).__name__ != wanted.get("error"):
                    yield f"{folder.name}.{name} raises {error!r}"
            else:
                if value != eval(wanted.get("value") or "Ellipsis", {"set": set, "frozenset": frozenset}):
                    yield f"{folder.name}.{name} gives {value!r}"
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def main(root: Path, names: list[str]) -> None:
    """Each program has an empty working folder of its own."""
    sys.dont_write_bytecode = True
    found: list[str] = []
    for folder in sorted(file.parent for file in root.glob("*/expected.json")):
        if not names or folder.name in names:
            start = Path.cwd()
            with tempfile.TemporaryDirectory() as work:
                os.chdir(work)
                found.extend(mistakes(folder))
                os.chdir(start)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
