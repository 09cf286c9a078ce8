"""The weakest sandbox, which every system has: a fresh interpreter with limits. Only taken when asked for by name.

It stops endless loops, memory, big files, endless output, and inherited environment. It does not stop reading and
writing what the user may, the network, or a process that leaves its session.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
from returns.result import Result

from pointsman.adapters.sandbox.cage.places import PYTHON_OPTIONS, job_variables
from pointsman.adapters.sandbox.host_command import run_by_command
from pointsman.services.ports.sandbox import Execution, Job, SandboxError


@attrs.frozen
class ProcessSandbox:
    """A `Sandbox` by fresh processes. `interpreter` is a Python, 3.11 or later."""

    interpreter: str = attrs.field(factory=lambda: sys.executable)
    name: str = attrs.field(default="process", init=False)

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`; what leaves its session survives."""
        return await run_by_command(job, self._command, self._environment, self.name)

    def _command(self, folder: Path, job: Job) -> Sequence[str]:
        return (self.interpreter, *PYTHON_OPTIONS, str(folder / "launch.py"), str(folder))

    def _environment(self, folder: Path) -> Mapping[str, str]:
        return job_variables(self.interpreter, str(folder / "work"), str(folder / "tmp")) | _needed_by_windows()


def _needed_by_windows() -> dict[str, str]:
    """Without it, no process starts there."""
    root = os.environ.get("SYSTEMROOT")
    return {"SYSTEMROOT": root} if root and sys.platform == "win32" else {}
