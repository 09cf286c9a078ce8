"""Judges a proposed change in the sandbox: a command that fails without it must pass with it. It changes no file."""

from __future__ import annotations

import attrs
from returns.result import Failure

from pointsman.core.evaluation.fault import Files
from pointsman.core.healing.patch import Patch
from pointsman.core.healing.proof import doubt_of_run
from pointsman.core.healing.report import CheckVerdict
from pointsman.core.healing.trace_reader import without_colours
from pointsman.services.ports.sandbox import Execution, Job, JobLimits, Sandbox, SandboxError
from pointsman.services.ports.source_folder import SourceFolder

_LIMITS = JobLimits(wall_seconds=120.0, cpu_seconds=60.0, memory_bytes=2**30, disk_bytes=64 * 2**20, processes=32)
_MOST_BYTES = 4 * 2**20
"""Of the folder's text files that go into the sandbox."""
_NO_COMMAND = (126, 127)


@attrs.frozen
class PatchCheck:
    """Runs `command` on the text files of `folder`, before and after."""

    sandbox: Sandbox
    folder: SourceFolder
    command: tuple[str, ...]
    limits: JobLimits = _LIMITS

    async def judge(self, patch: Patch) -> CheckVerdict:
        """What the command says of `patch`."""
        files = await self.folder.read_all(_MOST_BYTES)
        before = await self._run(files)
        if not isinstance(before, Execution):
            return _no_verdict(before.summary)
        if problem := _problem(before):
            return _no_verdict(problem)
        if _passes(before):
            return CheckVerdict(result="unproved", detail="it passes without the change, too")
        after = await self._run({**files, **patch.after})
        if not isinstance(after, Execution):
            return _no_verdict(after.summary)
        if _passes(after):
            doubt = doubt_of_run(without_colours(before.output), without_colours(after.output), patch, ended_well=True)
            return CheckVerdict(result="unproved" if doubt else "healed", detail=doubt)
        return CheckVerdict(result="unhealed", detail=_last_line(after))

    async def _run(self, files: Files) -> Execution | SandboxError:
        argv = ("python", "-m", *self.command) if self.command[0] == "pytest" else self.command
        ran = await self.sandbox.run(Job(files=files, argv=argv, limits=self.limits))
        return ran.failure() if isinstance(ran, Failure) else ran.unwrap()


def _passes(execution: Execution) -> bool:
    return execution.ending == "exited" and execution.status == 0


def _problem(execution: Execution) -> str:
    """Why the command says nothing of the program, or nothing."""
    if execution.status in _NO_COMMAND or "No module named pytest" in execution.output:
        return _last_line(execution) or "there is no such command in the sandbox"
    return ""


def _last_line(execution: Execution) -> str:
    lines = [line.strip() for line in execution.output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"it ended by {execution.ending}"


def _no_verdict(detail: str) -> CheckVerdict:
    return CheckVerdict(result="unchecked", detail=detail)
