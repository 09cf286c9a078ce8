"""A user's own programs: correct ones are edited, faulty ones are cases as they are, tracebacks are their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from pointsman.adapters.corpus.own_programs import read_own_folder
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.fault import FaultKind, Outcome
from pointsman.core.faults.sampling import FaultRequest
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.evaluation.own_faults import make_own_faults

TRACEBACK = """2026-11-28 12:00 ERROR
Traceback (most recent call last):
  File "/srv/app/lib/shapes.py", line 2, in area
    return a + b
TypeError: unsupported operand
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two programs in a package, one of them faulty, and what no program is."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    (tmp_path / "lib" / "shapes.py").write_text("def area(a, b):\n    return a + b\n")
    (tmp_path / "lib" / "sums.py").write_text("from lib.shapes import area\n\ndef three():\n    return 3\n")
    (tmp_path / "test_shapes.py").write_text(
        "from lib import shapes\ndef test_area():\n    assert shapes.area(2, 3) == 6\n"
    )
    (tmp_path / "test_three.py").write_text("from lib.sums import three\ndef test_three():\n    assert three() == 3\n")
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "test_hidden.py").write_text("from lib import shapes\n")
    (tmp_path / "notes.txt").write_text("nothing went wrong")
    return tmp_path


def test_a_program_is_what_its_tests_import(folder: Path) -> None:
    (folder / "app.log").write_text(TRACEBACK)
    own = read_own_folder(folder).unwrap()
    assert {program.name: sorted(program.files) for program in own.programs} == {
        "shapes": ["lib/__init__.py", "lib/shapes.py"],
        "three": ["lib/__init__.py", "lib/shapes.py", "lib/sums.py"],
    }
    assert own.tracebacks == (("app.log", TRACEBACK),)


def test_a_folder_without_tests_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        problem = read_own_folder(place).failure()
        assert isinstance(problem, ConfigurationError)
        assert str(place) in str(problem)


@pytest.mark.long
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_failing_tests_are_a_case_and_passing_ones_prove_edits(folder: Path) -> None:
    own = read_own_folder(folder).unwrap()
    request = FaultRequest(kinds=(FaultKind.WRONG_OPERATOR, FaultKind.MISSING_RETURN))
    made = (await make_own_faults(own.programs, (), request, FaultOracle(ProcessSandbox()))).unwrap()
    present, edited = made.cases[0], made.cases[1:]
    assert (present.program, present.kind, present.exception) == ("shapes", FaultKind.WRONG_OPERATOR, "AssertionError")
    assert present.expected == {"test_area": Outcome(value="'passed'")}
    assert present.error.endswith("AssertionError: 5 == 6")
    assert {(case.program, case.kind) for case in edited} == {("three", FaultKind.MISSING_RETURN)}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_recorded_traceback_is_the_error_of_the_program_that_it_names(folder: Path) -> None:
    own = read_own_folder(folder).unwrap()
    shapes = [program for program in own.programs if program.name == "shapes"]
    tracebacks = (("app.log", TRACEBACK),)
    made = (await make_own_faults(shapes, tracebacks, FaultRequest(), FaultOracle(ProcessSandbox()))).unwrap()
    assert [(case.kind, case.exception, case.error) for case in made.cases] == [
        (FaultKind.TYPE, "TypeError", TRACEBACK)
    ]
