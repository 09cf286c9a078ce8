"""The strongest sandbox that needs nothing but Linux: a warm interpreter that forks a caged child for each job.

`cage` is what runs there. This is the other end: it starts the warm interpreter, sends jobs, and reads how they ended.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

import anyio
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.attacks import probe
from pointsman.adapters.sandbox.cage.places import PYTHON_OPTIONS, SAME_ORDER, WORK
from pointsman.adapters.sandbox.host_command import end_group, read_ending, to_launch, without_folder
from pointsman.core.evaluation.harness import CHECKS_HEAD, TESTS_HEAD
from pointsman.services.ports.sandbox import Ending, Execution, Job, JobLimits, SandboxError, wrong_paths

_PACKAGE = Path(__file__).parents[2]
_BOOT = """
import sys, types
place, setup = sys.argv[1:]
for name in ("pointsman", "pointsman.adapters", "pointsman.adapters.sandbox"):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [place + name.removeprefix("pointsman").replace(".", "/")]
from pointsman.adapters.sandbox.cage.zygote import main
main(setup)
"""
"""Starts `cage.zygote` without what the packages above it would import."""
_CLOSED = "this sandbox is closed: use it inside the scope that opened it"
_START_SECONDS = 30
_END_SECONDS = 5
_LATE_SECONDS = 30
"""How much longer than its limit a job may take until the warm interpreter counts as dead."""


@attrs.define
class CagedSandbox:
    """A `Sandbox` by a warm interpreter. `open_caged` opens it and has it attacked."""

    _control: socket.socket
    _turns: anyio.CapacityLimiter
    session: int
    """The id of the session, in the sense of the system, of all its processes."""
    name: str = attrs.field(default="caged", init=False)

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`. No more run at once than twice the processors, so that a deadline is the job's own."""
        if wrong := wrong_paths(job):
            return Failure(SandboxError(detail=f"a file may not be called {wrong[0]!r}"))
        if self._control.fileno() < 0:
            return Failure(SandboxError(detail=_CLOSED, remedy=""))
        async with self._turns:
            with anyio.move_on_after(job.limits.wall_seconds + _LATE_SECONDS):
                try:
                    return _read_answer(await self._ask(job), job.limits)
                except (OSError, ValueError) as problem:
                    return Failure(SandboxError(detail=f"the warm interpreter is gone: {problem}"))
        return Failure(SandboxError(detail="the warm interpreter does not answer"))

    async def _ask(self, job: Job) -> bytes:
        """Send a job over a socket of its own; closing that ends it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            ours.setblocking(False)
            with theirs:
                await self._send(job, theirs.fileno())
            await anyio.wait_readable(ours)
            _, files, _, _ = socket.recv_fds(ours, 16, 1)
        if not files:
            raise ValueError("it ended")
        return _read_file(files[0])

    async def _send(self, job: Job, owner: int) -> None:
        """Send the limits, and a file with all of the job: what is copied for it does not read it."""
        launched = to_launch(job)
        with _file_in_memory(json.dumps(launched).encode()) as file:
            await _send_files(self._control, json.dumps(launched["limits"]).encode(), [owner, file])


@contextmanager
def _file_in_memory(content: bytes) -> Iterator[int]:
    with open(os.memfd_create("job"), "w+b") as file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


def _read_file(number: int) -> bytes:
    with open(number, "rb") as file:
        file.seek(0)
        return file.read()


async def _send_files(control: socket.socket, message: bytes, files: Sequence[int]) -> None:
    while True:
        try:
            socket.send_fds(control, [message], files)
            return
        except BlockingIOError:
            await anyio.wait_writable(control)


def _read_answer(text: bytes, limits: JobLimits) -> Result[Execution, SandboxError]:
    answer = json.loads(text)
    if answer["trouble"]:
        return Failure(SandboxError(detail=f"the cage could not be shut: {answer['trouble']}"))
    cut = cast("Ending | None", answer["cut"] or None)
    ending, status = read_ending(cut, answer["status"], answer["cpu_seconds"], limits)
    return Success(
        Execution(
            ending=ending,
            status=status,
            output=without_folder(answer["output"], WORK),
            report=answer["report"],
            cpu_seconds=answer["cpu_seconds"],
            wall_seconds=answer["wall_seconds"],
        )
    )


@asynccontextmanager
async def open_caged(interpreter: str = sys.executable) -> AsyncIterator[Result[CagedSandbox, SandboxError]]:
    """A caged sandbox while the scope lasts, or in one sentence why there can be none here."""
    if sys.platform != "linux":
        yield Failure(SandboxError(detail="the caged sandbox needs Linux"))
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        try:
            process = await anyio.to_thread.run_sync(_start, theirs, interpreter)
        except OSError as problem:
            yield Failure(SandboxError(detail=f"{interpreter} does not start: {problem.strerror}"))
            return
        theirs.close()
        try:
            trouble = await _wait_until_ready(ours)
            if trouble:
                yield Failure(SandboxError(detail=_explain(trouble)))
                return
            sandbox = CagedSandbox(ours, anyio.CapacityLimiter(2 * (os.cpu_count() or 1)), process.pid)
            tried = await probe(sandbox)
            yield Success(sandbox) if isinstance(tried, Success) else Failure(tried.failure())
        finally:
            ours.close()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, process)


def _start(control: socket.socket, interpreter: str) -> subprocess.Popen[bytes]:
    prefixes = sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix})
    setup = json.dumps({"prefixes": prefixes, "interpreter": interpreter, "heads": [CHECKS_HEAD, TESTS_HEAD]})
    return subprocess.Popen(
        (interpreter, *PYTHON_OPTIONS, "-S", "-c", _BOOT, str(_PACKAGE), setup),
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"MALLOC_ARENA_MAX": "2", "LANG": "C.UTF-8", **SAME_ORDER},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end, which it does when its socket is closed, or make it."""
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        end_group(process)
        process.wait()


async def _wait_until_ready(control: socket.socket) -> str:
    """What is wrong; nothing where it is ready."""
    with anyio.move_on_after(_START_SECONDS):
        await anyio.wait_readable(control)
        text = control.recv(65536)
        return str(json.loads(text).get("trouble", "")) if text else "its interpreter ended at once"
    return "its interpreter does not start"


def _explain(trouble: str) -> str:
    """What was tried and refused, with what is behind it where that is known."""
    refused = any(word in trouble for word in ("Operation not permitted", "Permission denied", "No space left"))
    if not refused:
        return f"the caged sandbox does not start here: {trouble}"
    return (
        f"this system gives no namespaces to this user ({trouble}); allow them (Ubuntu: sysctl -w "
        "kernel.apparmor_restrict_unprivileged_userns=0; in a container: --security-opt seccomp=unconfined)"
    )
