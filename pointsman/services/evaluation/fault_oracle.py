"""Proves that the hidden tests notice a fault: three times of three; and sees what the visible ones say of it.

What they do not notice is no fault for anybody; what they notice now and then would make a verdict a matter of luck.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.evaluation.error_stream import ReportedError
from pointsman.core.evaluation.fault import Files, Program
from pointsman.services.evaluation.program_tests import CheckRun, run_checks, run_visible_tests
from pointsman.services.evaluation.progress import FaultProgress
from pointsman.services.ports.sandbox import Sandbox, SandboxError

TIMES = 3
"""How often the tests must notice a fault, of as many runs."""

Finding: TypeAlias = Literal["noticed", "survived", "flaky"]


@attrs.frozen(kw_only=True)
class Proof:
    """What came of a fault: whether the hidden checks noticed it, and what the visible tests reported."""

    finding: Finding
    errors: tuple[ReportedError, ...] = ()


@attrs.frozen
class FaultOracle:
    """Runs the tests of programs, correct and faulty, in a sandbox; `progress` counts the proofs."""

    sandbox: Sandbox
    progress: FaultProgress = attrs.field(factory=FaultProgress)

    async def measure(self, program: Program, files: Files, cpu_seconds: float) -> Result[CheckRun, SandboxError]:
        """Run the hidden checks of a program on its correct `files`, as they are printed."""
        return await run_checks(self.sandbox, files, program.hidden, cpu_seconds)

    async def show(
        self, program: Program, files: Files, cpu_seconds: float
    ) -> Result[tuple[ReportedError, ...], SandboxError]:
        """Run the visible tests of a program on `files`."""
        name = f"test_{program.name}.py"
        return await run_visible_tests(self.sandbox, files, program.visible, name, cpu_seconds)

    async def prove(self, program: Program, faulty: Files, cpu_seconds: float) -> Result[Proof, SandboxError]:
        """Whether the tests notice the fault in `faulty`; one that survives the first run is not tried again."""
        self.progress.tried += 1
        for time in range(TIMES):
            noticed = await self._notice(program, faulty, cpu_seconds)
            if isinstance(noticed, Failure):
                return noticed
            if not noticed.unwrap():
                return Success(Proof(finding="flaky" if time else "survived"))
        self.progress.noticed += 1
        shown = await self.show(program, faulty, cpu_seconds)
        return shown.map(lambda errors: Proof(finding="noticed", errors=errors))

    async def _notice(self, program: Program, files: Files, cpu_seconds: float) -> Result[bool, SandboxError]:
        names = tuple(program.expected)
        run = await run_checks(self.sandbox, files, program.hidden, cpu_seconds, names)
        return run.map(lambda checks: bool(checks.differing(program.expected)))
