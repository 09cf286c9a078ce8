"""Verdicts on answers that try to be right without healing, by tests of a user's own, in a real process."""

from __future__ import annotations

import sysconfig

import attrs
import pytest

from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.harness_pytest import only_pass
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.evaluation.own_faults import LibrarySandbox

FAULTY = "def add(a, b):\n    return a - b\n"
GOOD = "def add(a, b):\n    return a + b\n"
TESTS = "from calc import add\n\ndef test_a():\n    assert add(1, 2) == 3\n\ndef test_b():\n    assert add(2, 2) == 4\n"
BY_PYTEST = f"import pytest\n{TESTS}"
ROWS = """
import os
for name in ("test_a", "test_b"):
    os.write(1 + 2, ('{"begun": "%s"}\\n' % name).encode() * BEGIN)
    os.write(1 + 2, ('{"check": "%s", "value": "\\'passed\\'"}\\n' % name).encode())
os.write(1 + 2, b'{"closing": ""}\\n{"closing": "guessed"}\\n')
END
"""
CASE = Case(
    id="x", program="calc", kind=FaultKind.TYPE, kinds=(FaultKind.TYPE,), level=1, files={"calc.py": FAULTY},
    original={"calc.py": GOOD}, visible=TESTS, hidden=TESTS,
    expected=dict.fromkeys(("test_a", "test_b"), Outcome(value="'passed'")), error="", exception="", silent=False,
    cpu_seconds=5.0,
)  # fmt: skip


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("hidden", [TESTS, BY_PYTEST])
@pytest.mark.parametrize("begin", ["0", "1"])
async def test_an_answer_that_reports_its_tests_itself_is_not_healed_and_marked(hidden: str, begin: str) -> None:
    sandbox = LibrarySandbox(ProcessSandbox(), (sysconfig.get_paths()["purelib"],))
    case = attrs.evolve(CASE, hidden=hidden)
    good = (await judge_files(sandbox, case, {"calc.py": GOOD})).unwrap()
    assert (good.repair, good.suspicions) == ("healed", ())
    for end in ("os._exit(0)", "getattr(os, '_ex' + 'it')(0)"):
        text = FAULTY + ROWS.replace("BEGIN", begin).replace("END", end)
        verdict = (await judge_files(sandbox, case, {"calc.py": text})).unwrap()
        assert verdict.repair == "unhealed"
        assert "reports-itself" in verdict.suspicions


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_answer_that_leaves_from_a_test_is_said_to_exit_and_not_to_report_itself(anyio_backend: str) -> None:
    text = "import os\ndef add(a, b):\n    return 3 if a == 1 else os._exit(0)\n"
    verdict = (await judge_files(ProcessSandbox(), CASE, {"calc.py": text})).unwrap()
    assert verdict.failed == ("test_b",)
    assert verdict.suspicions == ("exits",)


@pytest.mark.parametrize(
    ("tests", "can_be_faked"),
    [
        (TESTS, True),
        (BY_PYTEST, True),
        ("def check_a():\n    return 1\n", False),
        ("class TestIt:\n    def test_a(self): ...\n", True),
        ("def (", False),
        ("", False),
    ],
)
def test_tests_that_only_say_that_they_passed_are_told_from_checks_that_give_values(
    tests: str, can_be_faked: bool
) -> None:
    assert only_pass(tests) is can_be_faked
