"""Runs a job by a command of this machine: a folder for it, the deadline, the cap of its output, and its end.

Knows processes and files, and nothing of what a command isolates: `process`, `bubblewrap` and `docker` say that.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import anyio
import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox import launch
from pointsman.services.ports.sandbox import Ending, Execution, Job, JobLimits, SandboxError, wrong_paths
from pointsman.services.tasks.together import tasks_together

Command: TypeAlias = Callable[[Path, Job], Sequence[str]]
"""The command that runs the job whose folder (`launch` says what is in it) is the path."""
_GRACE = 1.0
"""Seconds to read what is still in the pipe of a process that ended, if a survivor holds it open."""
_CHUNK = 65536
_ABOUT = 0.8
"""The kernel ends a process by another clock than that of its usage: where it is busy they differ by some percent."""


async def run_by_command(
    job: Job,
    command: Command,
    environment: Callable[[Path], Mapping[str, str]],
    name: str,
    *,
    seen_as: str = "",
    open_files: Sequence[int] = (),
    is_shell_status: bool = False,
) -> Result[Execution, SandboxError]:
    """Run `job` by the command that `command` builds.

    `seen_as` is the folder's path as the job sees it, where that is another one; `open_files` are descriptors that the
    command inherits. With `is_shell_status` the command gives 128 and the signal as exit status, as a shell does.
    """
    if wrong := wrong_paths(job):
        return Failure(SandboxError(detail=f"a file may not be called {wrong[0]!r}"))
    try:
        async with job_folder(job) as folder:
            start = partial(_start, command(folder, job), environment(folder), folder, open_files)
            ended = await _run(await anyio.to_thread.run_sync(start), job.limits)
            report = await anyio.to_thread.run_sync(_read_report, folder, job.limits.output_bytes)
    except OSError as problem:
        return Failure(SandboxError(detail=f"{name} did not start: {problem.strerror or problem}"))
    if is_shell_status and ended.process.returncode > 128:
        ended.process.returncode = 128 - ended.process.returncode
    return Success(_execution(ended, report, job.limits, seen_as or str(folder)))


@asynccontextmanager
async def job_folder(job: Job) -> AsyncIterator[Path]:
    """A new folder with all that `launch` needs, deleted at the end whatever the job left in it."""
    folder = await anyio.to_thread.run_sync(_make_folder, job)
    try:
        yield folder
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_remove_folder, folder)


def _make_folder(job: Job) -> Path:
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="pointsman-job-")))
    for name in ("work", "tmp"):
        (folder / name).mkdir()
    for path, text in job.files.items():
        place = folder / "work" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "replace"))
    shutil.copyfile(launch.__file__, folder / "launch.py")
    (folder / "job.json").write_text(json.dumps(to_launch(job)), encoding="utf-8")
    (folder / "report").touch()
    return folder


def to_launch(job: Job) -> launch.LaunchJob:
    """`job` as it crosses into the sandbox."""
    limits: launch.LaunchLimits = {
        "wall_seconds": job.limits.wall_seconds,
        "cpu_seconds": job.limits.cpu_seconds,
        "memory_bytes": job.limits.memory_bytes,
        "output_bytes": job.limits.output_bytes,
        "disk_bytes": job.limits.disk_bytes,
        "processes": job.limits.processes,
    }
    return {"files": dict(job.files), "script": job.script, "argv": list(job.argv), "limits": limits}


def _remove_folder(folder: Path) -> None:
    def make_removable(remove: Callable[[str], object], path: str, _: object) -> None:
        parent = os.path.dirname(path)
        os.chmod(parent, 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.lexists(path):
            remove(path)

    try:
        shutil.rmtree(folder, onerror=make_removable)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _read_report(folder: Path, most: int) -> bytes:
    path = folder / "report"
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(most)


@attrs.define
class _Running:
    """What is known of a command while it runs."""

    process: subprocess.Popen[bytes]
    over: anyio.Event = attrs.field(factory=anyio.Event)
    ended: anyio.Event = attrs.field(factory=anyio.Event)
    output: bytearray = attrs.field(factory=bytearray)
    cut: Ending | None = None
    """The limit for which it was ended from here."""
    cpu_seconds: float = 0.0
    began: float = attrs.field(factory=time.monotonic)
    wall_seconds: float = 0.0


async def _run(process: subprocess.Popen[bytes], limits: JobLimits) -> _Running:
    running = _Running(process)
    try:
        async with tasks_together() as group:
            group.start_soon(_wait, running)
            try:
                group.start_soon(_read_output, running, limits.output_bytes)
                with anyio.move_on_after(limits.wall_seconds):
                    await running.over.wait()
            finally:
                running.cut = running.cut or (None if running.over.is_set() else "timeout")
                end_group(running.process)
    finally:
        assert running.process.stdout
        running.process.stdout.close()
    return running


def _start(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, open_files: Sequence[int]
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder / "work",
        env=environment,
        start_new_session=True,
        pass_fds=open_files,
        bufsize=0,
    )
    if process.stdout and sys.platform != "win32":
        os.set_blocking(process.stdout.fileno(), False)
    return process


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all of its session, also when it has ended already."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        return


async def _wait(running: _Running) -> None:
    """Await the end in a thread of its own, whoever cancels: the process is killed by then."""
    with anyio.CancelScope(shield=True):
        limiter = anyio.CapacityLimiter(1)  # not the shared one: waiting takes no CPU, and must not keep others waiting
        running.cpu_seconds = await anyio.to_thread.run_sync(_wait_and_measure, running.process, limiter=limiter)
        running.wall_seconds = time.monotonic() - running.began
        running.ended.set()
        running.over.set()


def _wait_and_measure(process: subprocess.Popen[bytes]) -> float:
    if sys.platform == "win32":
        process.wait()
        return 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


async def _read_output(running: _Running, most: int) -> None:
    """Read until nobody can write any more, or it is too much."""
    with anyio.CancelScope() as late:
        async with tasks_together() as group:
            group.start_soon(_stop_after_the_end, running, late)
            while chunk := await _read_chunk(running.process):
                running.output += chunk
                if len(running.output) > most:
                    del running.output[most:]
                    running.cut = "output"
                    running.over.set()
                    break
            group.cancel_scope.cancel()


async def _stop_after_the_end(running: _Running, late: anyio.CancelScope) -> None:
    await running.ended.wait()
    await anyio.sleep(_GRACE)
    late.cancel()


async def _read_chunk(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    if sys.platform == "win32":
        return await anyio.to_thread.run_sync(process.stdout.read, _CHUNK, abandon_on_cancel=True)
    while True:
        try:
            return os.read(process.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            await anyio.wait_readable(process.stdout)


def _execution(ended: _Running, report: bytes, limits: JobLimits, folder: str) -> Execution:
    ending, status = read_ending(ended.cut, ended.process.returncode, ended.cpu_seconds, limits)
    return Execution(
        ending=ending,
        status=status,
        output=without_folder(ended.output.decode("utf-8", "replace"), os.path.join(folder, "work")),
        report=report.decode("utf-8", "replace"),
        cpu_seconds=ended.cpu_seconds,
        wall_seconds=ended.wall_seconds,
    )


def read_ending(cut: Ending | None, status: int, cpu_seconds: float, limits: JobLimits) -> tuple[Ending, int]:
    """How it ended, and its status, by what the system says of it."""
    if cut:
        return cut, status
    if status == launch.MEMORY_STATUS:
        return "memory", 1
    if status < 0 and cpu_seconds >= limits.cpu_seconds * _ABOUT:
        return "cpu", status
    return ("killed" if status < 0 else "exited"), status


def without_folder(output: str, folder: str) -> str:
    """Output without the path of the folder in which the job ran."""
    return output.replace(folder + os.sep, "").replace(folder, ".")
