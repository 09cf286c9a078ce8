"""Says whether an answer heals a case: its hidden checks run in a sandbox, what they gave is compared here."""

from __future__ import annotations

from returns.result import Result

from pointsman.core.evaluation.answer_formats import edited_lines
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import RepairVerdict
from pointsman.services.evaluation.program_tests import CheckRun, run_checks
from pointsman.services.ports.sandbox import Sandbox, SandboxError


async def judge(sandbox: Sandbox, case: Case, files: Files) -> Result[RepairVerdict, SandboxError]:
    """The verdict on `files` as an answer to `case`."""
    run = await run_checks(sandbox, files, case.hidden, case.cpu_seconds, tuple(case.expected))
    return run.map(lambda checks: _verdict(case, files, checks))


def _verdict(case: Case, files: Files, checks: CheckRun) -> RepairVerdict:
    failed = checks.differing(case.expected)
    return RepairVerdict(
        repair="unhealed" if failed else "healed", failed=failed, edited_lines=edited_lines(case.files, files)
    )
