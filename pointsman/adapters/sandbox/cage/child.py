"""The job's own process: the first of its world. It shuts every door behind itself, and then becomes the job."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple, NoReturn

from pointsman.adapters.sandbox import launch
from pointsman.adapters.sandbox.cage import kernel, seccomp
from pointsman.adapters.sandbox.cage.places import JOB, TEMPORARY, WORK, job_variables

NAMESPACES = (
    kernel.NEW_USER | kernel.NEW_MOUNTS | kernel.NEW_PIDS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_UTS
)
_MOST_THREADS = 64
_MOST_FILES = 4096
"""In the job's file system: each costs memory that its size does not count."""
_NO_MOUNTED_PROCESSES = kernel.NO_SUID | kernel.NO_DEVICES | kernel.NO_EXEC | kernel.READ_ONLY


def keep_user(user: int, group: int) -> None:
    """Be `user` of `group` in a user namespace that is new."""
    kernel.own_process_files()
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


@dataclass(frozen=True)
class JobSetting:
    """What is the same for all jobs: who they are, and the interpreter of their commands."""

    user: int
    group: int
    interpreter: str
    machine: str
    """The architecture, as `os.uname` names it."""
    filter: bytes
    """Of the system calls of scripts; that of a command depends on it."""
    heads: Mapping[str, CodeType]
    """What many scripts begin with, compiled."""
    own_modules: tuple[str, ...]
    """Those that jobs do not see: they find the standard library, as in an interpreter of their own."""


def set_up_jobs(user: int, group: int, interpreter: str, heads: Sequence[str]) -> JobSetting:
    """What can be done once for all jobs: each touches as little of the memory that it shares as can be."""
    machine = os.uname().machine
    return JobSetting(
        user=user,
        group=group,
        interpreter=interpreter,
        machine=machine,
        filter=seccomp.write_filter(machine),
        heads={head: compile(head, launch.SCRIPT, "exec") for head in heads},
        own_modules=tuple(name for name in sys.modules if name == "pointsman" or name.startswith("pointsman.")),
    )


class JobFiles(NamedTuple):
    """What a job is read from, what it writes to, and, until it runs, where it says what went wrong."""

    job: int
    output: int
    report: int
    trouble: int


def run_child(files: JobFiles, setting: JobSetting) -> NoReturn:
    """Never comes back. What goes wrong before the job runs is written to `trouble`, which the job does not have."""
    try:
        keep_user(setting.user, setting.group)
        with open(files.job, "rb") as text:
            job: launch.LaunchJob = json.loads(text.read())
        limits = job["limits"]
        _mount(limits)
        _take_files(files)
        launch.set_limits({**limits, "cpu_seconds": limits["cpu_seconds"] + 1})  # the keeper's clock is exacter
        most = _MOST_THREADS + limits["processes"]
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        environment = job_variables(setting.interpreter)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(WORK)
    except BaseException as problem:
        os.write(files.trouble, f"{type(problem).__name__}: {problem}".encode())
        os._exit(1)
    os._exit(_become(job, setting, environment, files.trouble))


def _mount(limits: launch.LaunchLimits) -> None:
    options = f"size={limits['disk_bytes']},nr_inodes={_MOST_FILES},mode=755"
    kernel.mount("none", JOB, "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, options)
    os.mkdir(WORK)
    os.mkdir(TEMPORARY)
    kernel.mount("proc", "/proc", "proc", _NO_MOUNTED_PROCESSES)
    socket.sethostname("sandbox")


def _take_files(files: JobFiles) -> None:
    """Have file descriptors 0 to 3 and `trouble`, and no others."""
    nothing = os.open("/dev/null", os.O_RDONLY)
    for source, target in ((nothing, 0), (files.output, 1), (files.output, 2), (files.report, 3)):
        os.dup2(source, target)
    os.closerange(4, files.trouble)
    os.closerange(files.trouble + 1, 65536)


def _become(job: launch.LaunchJob, setting: JobSetting, environment: dict[str, str], trouble: int) -> int:
    try:
        launch.write_files(job["files"])
    except OSError as problem:
        print(f"{problem.filename}: {problem.strerror}", file=sys.stderr, flush=True)
        return 1
    if job["argv"]:
        return _become_command(job, setting, environment, trouble)
    try:
        _shut(setting.filter)
    except BaseException as problem:
        os.write(trouble, str(problem).encode())
        return 1
    os.close(trouble)
    for name in setting.own_modules:
        del sys.modules[name]
    return launch.run_script(job["script"], setting.heads)


def _become_command(job: launch.LaunchJob, setting: JobSetting, environment: dict[str, str], trouble: int) -> int:
    argv = job["argv"]
    found = setting.interpreter if argv[0] == "python" else shutil.which(argv[0])
    if found is None:
        print(f"{argv[0]}: No such file or directory", file=sys.stderr, flush=True)
        return 127
    path = kernel.OnceOnlyPath(found)
    processes = job["limits"]["processes"] > 0
    try:
        os.set_inheritable(trouble, False)
        _shut(seccomp.write_filter(setting.machine, processes=processes, path_address=path.address))
    except BaseException as problem:
        os.write(trouble, str(problem).encode())
        return 1
    refused = path.execute(argv, environment)
    print(f"{argv[0]}: {refused.strerror}", file=sys.stderr, flush=True)
    return 127


def _shut(program: bytes) -> None:
    kernel.drop_capabilities()
    kernel.forbid_new_privileges()
    kernel.die_with_parent()
    kernel.filter_system_calls(program)
