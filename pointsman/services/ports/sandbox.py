"""Port: a place where code of strangers runs and harms nobody. It says what it stops, and can be attacked to prove it.

Knows nothing of faults or models: files in, a run's outcome out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.error import Fault

Ending: TypeAlias = Literal["exited", "killed", "timeout", "cpu", "memory", "output"]
"""`exited` by itself; `killed` by a signal that was not a limit's; else by the limit that is named."""


@attrs.frozen(kw_only=True)
class JobLimits:
    """Bounds of one run: seconds, bytes, and processes beside the first.

    A system that lacks a limit leaves it out; the adapters say which. Without processes a command (`Job.argv`) may
    be started, but can start nothing more.
    """

    wall_seconds: float = 10.0
    cpu_seconds: float = 4.0
    memory_bytes: int = 512 * 2**20
    output_bytes: int = 2**20
    disk_bytes: int = 16 * 2**20
    processes: int = 0


@attrs.frozen(kw_only=True)
class Job:
    """What is to be run in a folder of its own that holds `files` and is thrown away.

    `script` is Python that runs as `__main__` beside the files; `argv`, where it is not empty, is a command instead,
    whose `python` is the interpreter of this sandbox. What is written to file descriptor 3 comes back as
    `Execution.report`, apart from its output. Paths of files are relative, with `/`.
    """

    files: Mapping[str, str]
    script: str = ""
    argv: tuple[str, ...] = ()
    limits: JobLimits = JobLimits()


@attrs.frozen(kw_only=True)
class Execution:
    """How a run ended. `output` is stdout and stderr as they came; `status` the exit status, or minus the signal.

    The job's own folder is cut from the paths in `output`, so that it is the same in every sandbox. `report` is what
    was written to file descriptor 3. Neither is to be believed: the judged code can write both.
    """

    ending: Ending
    status: int = 0
    output: str = ""
    report: str = ""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


@attrs.frozen(kw_only=True)
class SandboxError(Fault):
    """The sandbox itself failed; nothing is said of the code."""

    hint: ClassVar[str] = "Choose another with --sandbox; `pointsman eval attack` says what each stops here."


@attrs.frozen
class AttackOutcome:
    """What came of one attack on a sandbox: whether it was stopped, and by what; or how it got through."""

    attack: str
    stopped: bool
    how: str


class Sandbox(Protocol):
    """Runs jobs apart from everything. Several may run at once; cancelling one ends its processes."""

    @property
    def name(self) -> str:
        """`caged`, `bubblewrap`, `docker`, `process` or a name of one's own."""
        ...

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """Run `job` to its end or to its limits. Nothing of it survives."""
        ...


OpenSandbox: TypeAlias = Callable[[str], AbstractAsyncContextManager[Result[Sandbox, SandboxError]]]
"""Opens the sandbox of a name (`core.evaluation.sandbox_names`, or `docker:IMAGE`) for as long as its scope lasts.

A failure says what does not work on this machine.
"""


def wrong_paths(job: Job) -> tuple[str, ...]:
    """The paths of `job` that lead out of its folder or through another file. Models choose them: never trust one."""
    return tuple(
        path for path in job.files if not _is_inside(path) or any(above in job.files for above in _above(path))
    )


def _is_inside(path: str) -> bool:
    if len(path) > 200 or "\\" in path or ":" in path or not path.isprintable():
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _above(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    return tuple("/".join(parts[:end]) for end in range(1, len(parts)))
