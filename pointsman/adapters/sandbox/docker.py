"""A sandbox by docker, where it is installed: a container a job, without a network, of an image that has a Python.

The command line is built purely. It costs a container's start a job; what it stops is tried when it is opened.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import DEVNULL

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.attacks import probe
from pointsman.adapters.sandbox.cage.places import JOB, PYTHON_OPTIONS, SAME_ORDER
from pointsman.adapters.sandbox.host_command import run_by_command
from pointsman.services.ports.sandbox import Execution, Job, SandboxError

DEFAULT_IMAGE = "python:3.13-slim"
NOBODY = "65534:65534"
_INPUT = "/in"
_THREADS = 64
_VARIABLES = {
    "HOME": f"{JOB}/work",
    "TMPDIR": f"{JOB}/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    **SAME_ORDER,
}


@attrs.frozen
class DockerSandbox:
    """A `Sandbox` by `program`, a path of docker or podman. The image must be on this machine already."""

    program: str
    image: str = DEFAULT_IMAGE
    name: str = attrs.field(default="docker", init=False)

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`. The container is removed whatever happens to the command that started it."""
        containers: list[str] = []

        def build(folder: Path, job: Job) -> Sequence[str]:
            folder.chmod(0o755)  # the container's user is not ours
            (folder / "report").chmod(0o666)
            containers.append(folder.name)
            return docker_command(self.program, self.image, folder, job)

        try:
            return await run_by_command(
                job, build, lambda folder: _variables(), self.name, seen_as=JOB, is_shell_status=True
            )
        finally:
            with anyio.CancelScope(shield=True):
                for container in containers:
                    await self._remove(container)

    async def _remove(self, container: str) -> None:
        await anyio.run_process((self.program, "rm", "--force", container), stdout=DEVNULL, stderr=DEVNULL, check=False)


def docker_command(program: str, image: str, folder: Path, job: Job) -> Sequence[str]:
    """The command line for `job`; its container has the name of the folder."""
    limits = job.limits
    memory = str(limits.memory_bytes)
    return (
        *(program, "run", "--rm", "--name", folder.name, "--pull", "never", "--init=false"),
        *("--network", "none", "--read-only", "--user", NOBODY, "--hostname", "sandbox", "--ipc", "none"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--cpus", "1"),
        *("--pids-limit", str(_THREADS + limits.processes), "--memory", memory, "--memory-swap", memory),
        *("--mount", f"type=bind,source={folder},target={_INPUT},readonly"),
        *("--mount", f"type=bind,source={folder}/report,target={_INPUT}/report"),
        *("--tmpfs", f"{JOB}:rw,nosuid,nodev,size={limits.disk_bytes},mode=1777", "--workdir", JOB),
        *(word for name, value in _VARIABLES.items() for word in ("--env", f"{name}={value}")),
        *(image, "python", *PYTHON_OPTIONS, f"{_INPUT}/launch.py", _INPUT, JOB),
    )


def _variables() -> Mapping[str, str]:
    """What the command needs to find its server; the job has none of it."""
    needed = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "SYSTEMROOT")
    return {name: value for name in needed if (value := os.environ.get(name))}


@asynccontextmanager
async def open_docker(image: str = DEFAULT_IMAGE) -> AsyncIterator[Result[DockerSandbox, SandboxError]]:
    """A sandbox by docker or podman, or in one sentence why there can be none here."""
    program = shutil.which("docker") or shutil.which("podman")
    if program is None:
        yield Failure(SandboxError(detail="neither docker nor podman is installed"))
        return
    sandbox = DockerSandbox(program, image)
    tried = await probe(sandbox)
    yield Success(sandbox) if isinstance(tried, Success) else Failure(tried.failure())
