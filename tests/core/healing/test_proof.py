"""That a command ends with 0 proves a change only where the tests that failed are seen to pass."""

from __future__ import annotations

import pytest

from pointsman.core.healing.patch import Patch
from pointsman.core.healing.proof import doubt_of_run, is_test

PATCH = Patch({"a.py": "x = y\n"}, {"a.py": "x = 1\n"})
FAILED = "1 failed, 2 passed in 1s"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FAILED, "3 passed in 1s"),
        (FAILED, "4 passed, 1 skipped in 1s"),
        ("1 error in 1s", "5 passed, 1 skipped in 1s"),
        ("2 errors in 1s", "1 passed in 1s"),
        ("boom", ""),
        ("--- FAIL: TestA (0.00s)\nFAIL\tshop\t0.01s", "ok  \tshop\t0.01s"),
        ("Ran 2 tests in 0.1s\n\nFAILED (failures=9)", "Ran 2 tests in 0.1s\n\nOK"),
        ("test result: FAILED. 3 passed; 1 failed", "test result: ok. 4 passed; 0 failed\ntest result: ok. 0 passed;"),
    ],
)
def test_where_all_that_was_counted_passes_there_is_no_doubt(before: str, after: str) -> None:
    assert doubt_of_run(before, after, PATCH, ended_well=True) == ""


@pytest.mark.parametrize(
    ("before", "after", "doubt"),
    [
        (FAILED, "", "none after"),
        (FAILED, "2 passed, 1 skipped in 1s", "3 tests were counted before, and 2 after"),
        (FAILED, "2 passed, 1 deselected in 1s", "and 2 after"),
        (FAILED, "1 failed, 3 passed in 1s", "though 1 tests failed"),
        ("--- FAIL: TestA (0.00s)\n--- PASS: TestB (0.00s)", "ok  \tshop\t0.01s", "none after"),
    ],
)
def test_tests_that_are_gone_prove_nothing(before: str, after: str, doubt: str) -> None:
    assert doubt in doubt_of_run(before, after, PATCH, ended_well=True)


def test_a_run_that_failed_on_is_doubted_only_where_tests_are_gone() -> None:
    assert doubt_of_run(FAILED, "1 failed, 3 passed in 1s", PATCH, ended_well=False) == ""
    assert "and 2 after" in doubt_of_run("3 failed in 1s", "2 failed, 1 skipped in 1s", PATCH, ended_well=False)


def test_a_change_of_tests_and_one_that_exits_prove_nothing() -> None:
    tests = Patch({"tests/test_a.py": "a"}, {"tests/test_a.py": "b"})
    assert (
        doubt_of_run(FAILED, "3 passed in 1s", tests, ended_well=True) == "the change touches tests (tests/test_a.py)"
    )
    leaves = Patch({"a.py": "x = y\n"}, {"a.py": "import os\nos._exit(0)\n"})
    assert doubt_of_run("boom", "", leaves, ended_well=True) == "the change ends the program by itself"
    assert doubt_of_run("boom", "", Patch(leaves.after, {"a.py": "import os\nos._exit(1)\n"}), ended_well=True) == ""


@pytest.mark.parametrize(
    "path",
    [
        "test_a.py",
        "a_test.go",
        "tests/data.py",
        "Tests/Shop.swift",
        "src/__tests__/a.js",
        "b.spec.ts",
        "conftest.py",
        "pytest.ini",
        "src/ShopTest.java",
    ],
)
def test_files_of_tests_are_known_by_their_names(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", ["a.py", "contest.py", "latest/a.py", "attest.go", "testing/a.py", "test.sh.py"])
def test_programs_are_no_tests(path: str) -> None:
    assert not is_test(path)
