"""The oracle runs real programs in a real process: what tests notice is proved, what leaks is not shown."""

from __future__ import annotations

import sysconfig

import attrs
import pytest
from returns.result import Result

from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.error_stream import render_errors
from pointsman.core.evaluation.fault import Outcome, Program
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.evaluation.fault_recording import allowed_seconds, measure_program
from pointsman.services.evaluation.own_faults import LibrarySandbox
from pointsman.services.evaluation.program_tests import run_checks, run_visible_tests
from pointsman.services.ports.sandbox import Execution, Job, SandboxError
from pointsman.testing import FakeSandbox

GOOD = "def double(x):\n    return 2 * x\n"
CHECKS = """
from doubles import double
def check_numbers():
    return [double(1), {3: {"b", "a"}, 1: (2.5,)}]
def check_raises():
    return double(None)
def check_object():
    return object()
def check_exit():
    raise SystemExit(0)
"""
PROGRAM = Program(
    name="doubles",
    files={"doubles.py": GOOD},
    visible="from doubles import double\n\ndef test_two():\n    assert double(2) == 4\n",
    hidden="from doubles import double\ndef check_two():\n    return [double(2), double(5)]\n",
    expected={"check_two": Outcome(value="[4, 10]")},
)
ORACLE = FaultOracle(ProcessSandbox())


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_checks_come_back_as_data() -> None:
    run = (
        await run_checks(ProcessSandbox(), {"doubles.py": GOOD}, CHECKS, 5, ("check_numbers", "check_gone"))
    ).unwrap()
    assert run.outcomes == {
        "check_numbers": Outcome(value="[2, {1: (2.5,), 3: set({'a', 'b'})}]"),
        "check_raises": Outcome(error="TypeError"),
        "check_object": Outcome(error="not-plain"),
        "check_exit": Outcome(error="SystemExit"),
        "check_gone": Outcome(error="missing"),
    }


@pytest.mark.parametrize(
    ("faulty", "outcome"),
    [
        ("import os\nos._exit(0)\n", "missing"),
        ("def double(x):\n    raise SystemExit(0)\n", "SystemExit"),
        ("def double(x)\n", "SyntaxError"),
        ("import threading\ndef double(x):\n    threading.Event().wait()\n", "timeout"),
        ("def double(x):\n    while True: pass\n", "timeout"),
    ],
)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_does_not_end_well_is_an_outcome(faulty: str, outcome: str) -> None:
    run = (await run_checks(ProcessSandbox(), {"doubles.py": faulty}, PROGRAM.hidden, 0.5, ("check_two",))).unwrap()
    assert run.outcomes == {"check_two": Outcome(error=outcome)}


@pytest.mark.parametrize("begun", ["", '{"begun": "check_second"}\n'])
async def test_checks_that_a_limit_left_no_time_for_are_no_sign_of_a_program_that_leaves(begun: str) -> None:
    first = '{"begun": "check_first"}\n{"check": "check_first", "error": "TypeError"}\n'
    sandbox = FakeSandbox(lambda job: Execution(ending="cpu", status=-9, report=first + begun))
    run = (await run_checks(sandbox, {}, CHECKS, 1, ("check_first", "check_second", "check_third"))).unwrap()
    late = Outcome(error="timeout")
    assert run.outcomes == {"check_first": Outcome(error="TypeError"), "check_second": late, "check_third": late}


async def test_a_fault_that_tests_notice_is_proved_with_its_error() -> None:
    proof = (await ORACLE.prove(PROGRAM, {"doubles.py": GOOD.replace("2 *", "3 *")}, 1)).unwrap()
    assert proof.finding == "noticed"
    text = render_errors(proof.errors, {"test_doubles.py": PROGRAM.visible})
    assert text.endswith("    assert double(2) == 4\nAssertionError: 6 == 4")
    assert "check" not in text


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_fault_that_no_check_notices_survives() -> None:
    same = {"doubles.py": "def double(x):\n    return x + x\n"}
    assert (await ORACLE.prove(PROGRAM, same, 1)).unwrap().finding == "survived"


@attrs.define
class ChangingSandbox:
    """What is a fault in the first run is none from then on."""

    inner: ProcessSandbox
    runs: int = 0
    name: str = "changing"

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """Run the good program in the place of the faulty one, but for the first time."""
        self.runs += 1
        return await self.inner.run(job if self.runs == 1 else attrs.evolve(job, files={"doubles.py": GOOD}))


async def test_a_fault_that_is_noticed_now_and_then_is_flaky() -> None:
    faulty = {"doubles.py": GOOD.replace("2 *", "3 *")}
    proof = await FaultOracle(ChangingSandbox(ProcessSandbox())).prove(PROGRAM, faulty, 1)
    assert proof.unwrap().finding == "flaky"


VISIBLE = """
import warnings, threading
import doubles

def test_cause():
    try:
        {}["k"]
    except KeyError as error:
        raise ValueError(f"at {id(error):#x}"[:5]) from error

def test_file():
    open("test_doubles.py").read(0)

def test_thread():
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()

async def test_async():
    assert doubles.double(1) == 3
"""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_visible_errors_name_no_place_of_the_machine() -> None:
    run = await run_visible_tests(ProcessSandbox(), PROGRAM.files, VISIBLE, "test_doubles.py", 5)
    errors = run.unwrap()
    found = [(one.test, one.kind, one.exception) for one in errors]
    assert found == [
        ("test_cause", "error", "ValueError"),
        ("", "warning", "ResourceWarning"),
        ("", "thread", "ZeroDivisionError"),
        ("test_async", "error", "AssertionError"),
    ]
    text = render_errors(errors, {"test_doubles.py": VISIBLE})
    assert "AssertionError: 2 == 3" in text
    assert "/tmp" not in text
    assert "script.py" not in text


PYTEST = """
import pytest
from doubles import double

@pytest.mark.parametrize("x", [1, 2])
def test_double(x):
    assert double(x) == 2 * x

def test_fails(tmp_path):
    assert double(str(tmp_path)) == 1

@pytest.mark.skip
def test_skipped():
    assert False
"""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_tests_that_need_pytest_are_run_by_it() -> None:
    sandbox = LibrarySandbox(ProcessSandbox(), (sysconfig.get_paths()["purelib"],))
    passed = Outcome(value="'passed'")
    checks = (await run_checks(sandbox, PROGRAM.files, PYTEST, 5)).unwrap()
    assert checks.outcomes == {
        "test_double[1]": passed,
        "test_double[2]": passed,
        "test_fails": Outcome(error="AssertionError"),
        "test_skipped": Outcome(value="'skipped'"),
    }
    shown = (await run_visible_tests(sandbox, PROGRAM.files, PYTEST, "test_doubles.py", 5)).unwrap()
    assert [(one.test, one.frames[0].file, one.frames[0].line) for one in shown] == [
        ("test_fails", "test_doubles.py", 10)
    ]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_program_is_measured_and_a_wrong_one_refused() -> None:
    bare = attrs.evolve(PROGRAM, expected={})
    program, seconds = (await measure_program(bare, ORACLE)).unwrap()
    assert program == PROGRAM
    assert seconds > 0
    wrong = attrs.evolve(bare, files={"doubles.py": GOOD.replace("2 *", "3 *")})
    refused = (await measure_program(wrong, ORACLE)).failure()
    assert isinstance(refused, ConfigurationError)
    assert "AssertionError: 6 == 4" in refused.detail


def test_the_limit_is_ten_times_the_time_of_the_correct_program() -> None:
    assert [allowed_seconds(seconds) for seconds in (0.0, 0.05, 0.149, 0.3, 2.0)] == [0.5, 0.5, 0.5, 3.0, 20.0]
