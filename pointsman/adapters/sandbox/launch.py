"""What runs a job in its own process, in every sandbox alike. Knows the standard library and nothing of pointsman.

Where there is no warm interpreter, a copy of this file is started as `python -I -X utf8 launch.py FOLDER`: it reads
`FOLDER/job.json`, sets the limits that this system has, gives the job file descriptor 3 as `FOLDER/report`, and
becomes the job. `launch.py FOLDER OWN` writes the job's files into `OWN`, where a sandbox has a
file system of the job's own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from math import ceil
from types import CodeType, MappingProxyType, ModuleType, TracebackType
from typing import TypedDict

MEMORY_STATUS = 121
"""Exit status of a script that ended because it was given no more memory."""
SCRIPT = "script.py"
"""The name of the script in tracebacks."""


class LaunchLimits(TypedDict):
    """`JobLimits` as JSON."""

    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    output_bytes: int
    disk_bytes: int
    processes: int


class LaunchJob(TypedDict):
    """A job as it crosses into the sandbox."""

    files: dict[str, str]
    script: str
    argv: list[str]
    limits: LaunchLimits


def set_limits(limits: LaunchLimits) -> None:
    """Bound this process and what it starts, as far as the system can (Windows has none of these)."""
    try:
        import resource
    except ImportError:
        return
    cpu = ceil(limits["cpu_seconds"])
    bounds = {"CPU": cpu, "AS": limits["memory_bytes"], "FSIZE": limits["disk_bytes"], "CORE": 0, "NOFILE": 128}
    for name, most in bounds.items():
        kind: int = getattr(resource, f"RLIMIT_{name}")
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def run_script(text: str, heads: Mapping[str, CodeType] = MappingProxyType({})) -> int:
    """Run `text` as `__main__` in the current folder, as `python` would; gives the exit status.

    `heads` are texts with which it may begin, with their code: that part is not compiled again.
    """
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    sys.path.insert(0, os.getcwd())
    sys.argv[:] = [SCRIPT]
    try:
        for code in _compile(text, heads):
            exec(code, main.__dict__)
        status = 0
    except SystemExit as left:
        status = _exit_status(left.code)
    except MemoryError as problem:
        sys.excepthook(MemoryError, problem, _own_part(problem))
        status = MEMORY_STATUS
    except BaseException as problem:
        sys.excepthook(type(problem), problem, _own_part(problem))
        status = 1
    return _finish(status)


def _compile(text: str, heads: Mapping[str, CodeType]) -> tuple[CodeType, ...]:
    for head, code in heads.items():
        if text.startswith(head):
            rest = "\n" * head.count("\n") + text[len(head) :]  # its lines have the numbers that they had
            return code, compile(rest, SCRIPT, "exec")
    return (compile(text, SCRIPT, "exec"),)


def _own_part(problem: BaseException) -> TracebackType | None:
    """The traceback without this file's own frame."""
    trace = problem.__traceback__
    problem.__traceback__ = trace.tb_next if trace else None
    return problem.__traceback__


def _exit_status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _finish(status: int) -> int:
    """What an interpreter does before it goes: wait for threads, call what `atexit` was given, write what is left."""
    import atexit
    import threading

    try:
        vars(threading)[
            "_shutdown"
        ]()  # joins threads and ends the pools of `concurrent.futures`; it has no public name
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as problem:
        sys.excepthook(type(problem), problem, problem.__traceback__)
        return status or 120
    return status


def become_command(argv: list[str]) -> int:
    """Replace this process by a command; gives the exit status of shells where there is none of that name."""
    command = sys.executable if argv[0] == "python" else argv[0]
    try:
        os.execvp(command, argv)
    except OSError as problem:
        print(f"{argv[0]}: {problem.strerror}", file=sys.stderr, flush=True)
        return 127


def write_files(files: dict[str, str]) -> None:
    """Write the files of a job into the current folder."""
    for path, text in files.items():
        if "/" in path:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode("utf-8", "replace"))


def _launch(folder: str, own: str = "") -> int:
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job: LaunchJob = json.load(file)
    report = os.open(os.path.join(folder, "report"), os.O_WRONLY | os.O_APPEND)
    os.dup2(report, 3)
    if report != 3:
        os.close(report)
    work = os.path.join(own or folder, "work")
    if own:
        os.mkdir(work)
        os.mkdir(os.path.join(own, "tmp"))
    os.chdir(work)
    if own:
        write_files(job["files"])
    set_limits(job["limits"])
    if job["argv"]:
        return become_command(job["argv"])
    return run_script(job["script"])


if __name__ == "__main__":
    os._exit(_launch(*sys.argv[1:]))
