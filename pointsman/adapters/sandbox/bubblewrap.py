"""A sandbox by bubblewrap, where it is installed: the same file system and the same filter as in the cage, by `bwrap`.

A job costs the start of an interpreter more than in the cage; it stops as much.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.attacks import probe
from pointsman.adapters.sandbox.cage import seccomp
from pointsman.adapters.sandbox.cage.places import JOB, PYTHON_OPTIONS, SYSTEM, TEMPORARY, job_variables, outermost
from pointsman.adapters.sandbox.host_command import run_by_command
from pointsman.services.ports.sandbox import Execution, Job, SandboxError

_INPUT = "/in"
_ISOLATED = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox"),
    *("--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"),
    "--as-pid-1",  # else bwrap itself is there to be read, and written, by the job
)


@attrs.frozen
class BubblewrapSandbox:
    """A `Sandbox` by `program`, a path of bubblewrap 0.6 or later. `open_bubblewrap` finds it and has it attacked."""

    program: str
    interpreter: str = attrs.field(factory=lambda: sys.executable)
    name: str = attrs.field(default="bubblewrap", init=False)

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`. An exit status above 128 is read as a signal, for `bwrap` cannot say which it was."""
        rules, rest = os.pipe()
        try:
            # Far smaller than a pipe holds. bwrap installs it just before it becomes the interpreter: exec is allowed.
            program = seccomp.write_filter(os.uname().machine, processes=job.limits.processes > 0, may_execute=True)
            os.write(rest, program)
            os.close(rest)
            return await run_by_command(
                job,
                lambda folder, job: bubblewrap_command(self.program, self.interpreter, folder, job, rules),
                lambda folder: job_variables(self.interpreter),
                self.name,
                seen_as=JOB,
                open_files=(rules,),
                is_shell_status=True,
            )
        finally:
            os.close(rules)


def bubblewrap_command(program: str, interpreter: str, folder: Path, job: Job, rules: int) -> Sequence[str]:
    """The command line; `rules` is the descriptor of the filter."""
    prefixes = outermost([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix])
    return (
        *(program, *_ISOLATED),
        *("--ro-bind", "/usr", "/usr"),
        *(word for place in SYSTEM for word in _system_folder(place)),
        *(word for place in prefixes for word in ("--ro-bind", place, place)),
        *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
        *("--ro-bind-try", "/etc/localtime", "/etc/localtime"),
        *("--dev", "/dev", "--remount-ro", "/dev", "--proc", "/proc", "--remount-ro", "/proc"),
        *("--ro-bind", str(folder), _INPUT, "--bind", str(folder / "report"), f"{_INPUT}/report"),
        *("--size", str(job.limits.disk_bytes), "--tmpfs", JOB),
        *(() if any(Path(place).is_relative_to("/tmp") for place in prefixes) else ("--symlink", TEMPORARY, "/tmp")),
        *("--remount-ro", "/", "--chdir", JOB, "--seccomp", str(rules)),
        *(interpreter, *PYTHON_OPTIONS, f"{_INPUT}/launch.py", _INPUT, JOB),
    )


def _system_folder(place: str) -> tuple[str, ...]:
    if os.path.islink(place):
        return ("--symlink", os.readlink(place), place)
    return ("--ro-bind", place, place) if os.path.isdir(place) else ()


@asynccontextmanager
async def open_bubblewrap(interpreter: str = sys.executable) -> AsyncIterator[Result[BubblewrapSandbox, SandboxError]]:
    """A sandbox by bubblewrap, or in one sentence why there can be none here."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        yield Failure(SandboxError(detail="bubblewrap (`bwrap`) is not installed"))
        return
    if not seccomp.is_known(os.uname().machine):
        yield Failure(SandboxError(detail=f"no filter of system calls is known for {os.uname().machine}"))
        return
    sandbox = BubblewrapSandbox(program, interpreter)
    tried = await probe(sandbox)
    yield Success(sandbox) if isinstance(tried, Success) else Failure(tried.failure())
