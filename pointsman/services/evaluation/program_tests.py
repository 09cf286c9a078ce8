"""Runs the tests of one program in a sandbox: the hidden ones, which decide, and the visible ones, which are shown.

Knows the port alone, and compares here what the hidden checks gave: the process that ran them knows no right answer,
but where tests of a user's own only report that they passed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import attrs
from returns.result import Result

from pointsman.core.evaluation.error_stream import ReportedError
from pointsman.core.evaluation.fault import Files, Outcome
from pointsman.core.evaluation.harness import CheckReport, checks_script, read_check_report, read_failures, tests_script
from pointsman.core.evaluation.harness_pytest import needs_pytest, only_pass, pytest_script
from pointsman.services.ports.sandbox import Execution, Job, JobLimits, Sandbox, SandboxError

WALL_SECONDS = 10.0
"""A program that waits for what never comes is ended after so long. It takes no CPU time."""


_TESTS = "test_program.py"
_PYTEST_SECONDS = 3.0
"""CPU seconds that pytest itself may take."""


@attrs.frozen(kw_only=True)
class CheckRun:
    """What the checks of a program came to: outcomes by name, and CPU seconds, the interpreter's start included.

    `threads` are those that the program left running. `reports_itself`: tests that only report that they passed did not
    begin, or their report does not end as it must, so that the program may have written it.
    """

    outcomes: Mapping[str, Outcome]
    cpu_seconds: float
    threads: int = 0
    reports_itself: bool = False

    def differing(self, expected: Mapping[str, Outcome]) -> tuple[str, ...]:
        """The checks that did not come to what is expected of them."""
        return tuple(name for name, outcome in expected.items() if self.outcomes.get(name) != outcome)


async def run_checks(
    sandbox: Sandbox, files: Files, hidden: str, cpu_seconds: float, names: tuple[str, ...] = ()
) -> Result[CheckRun, SandboxError]:
    """Run the checks in `hidden` on the program `files`. Each of `names` has an outcome, also where it did not run."""
    closing = secrets.token_hex(16)
    if needs_pytest(hidden):
        limits = _limits(cpu_seconds + _PYTEST_SECONDS)
        job = Job(files={**files, _TESTS: hidden}, script=pytest_script(_TESTS, closing), limits=limits)
    else:
        job = Job(files=files, script=checks_script(hidden, closing), limits=_limits(cpu_seconds))
    is_own = only_pass(hidden)
    return (await sandbox.run(job)).map(lambda execution: _read_checks(execution, names, closing, is_own))


def _limits(cpu_seconds: float) -> JobLimits:
    return JobLimits(cpu_seconds=cpu_seconds, wall_seconds=max(WALL_SECONDS, 4 * cpu_seconds))


def _read_checks(execution: Execution, names: tuple[str, ...], closing: str, is_own: bool) -> CheckRun:
    report = read_check_report(execution.report, closing)
    was_cut = is_cut(execution) or report.is_stuck
    outcomes = dict(report.outcomes)
    if report.interrupted:
        outcomes[report.interrupted] = Outcome(error="timeout" if was_cut else "missing")
    reports_itself = is_own and _is_doubtful(report, names)
    if reports_itself:
        outcomes = {name: one if one.error else Outcome(error="unproved") for name, one in outcomes.items()}
    rest = "missing"
    if report.import_error:
        rest = report.import_error
    elif was_cut:
        rest = "timeout"
    for name in names:
        outcomes.setdefault(name, Outcome(error=rest))
    return CheckRun(
        outcomes=outcomes,
        cpu_seconds=execution.cpu_seconds,
        threads=report.threads,
        reports_itself=reports_itself,
    )


def _is_doubtful(report: CheckReport, names: tuple[str, ...]) -> bool:
    """Whether the program may have written `report`. A test that did not end explains that nothing closes it."""
    is_explained = bool(report.interrupted) and (not names or report.interrupted in names)
    return report.is_forged or not (report.is_closed or is_explained)


def is_cut(execution: Execution) -> bool:
    """Whether a limit of time ended the run."""
    return execution.ending in {"timeout", "cpu"}


async def run_visible_tests(
    sandbox: Sandbox, files: Files, visible: str, name: str, cpu_seconds: float
) -> Result[tuple[ReportedError, ...], SandboxError]:
    """Run the tests in `visible`, a module called `name` (`test_x.py`), on the program `files`; what they reported."""
    by_pytest = needs_pytest(visible)
    script = pytest_script(name) if by_pytest else tests_script(visible, name)
    limits = _limits(cpu_seconds + _PYTEST_SECONDS * by_pytest)
    job = Job(files={**files, name: visible}, script=script, limits=limits)
    return (await sandbox.run(job)).map(lambda execution: read_failures(execution.report, is_cut(execution)))
