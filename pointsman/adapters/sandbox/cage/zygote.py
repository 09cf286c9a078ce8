"""The warm interpreter of the `caged` sandbox: makes its file system, loads what tests use, and forks for each job.

It is started with an empty environment, before it can know a secret, and serves the socket that is its standard
input: a message with one socket in it is a job to come. When that socket closes it ends, and all jobs with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
from typing import NoReturn, TypedDict

from pointsman.adapters.sandbox.cage import kernel, seccomp
from pointsman.adapters.sandbox.cage.child import NAMESPACES, JobFiles, JobSetting, keep_user, run_child, set_up_jobs
from pointsman.adapters.sandbox.cage.keeper import keep_jobs
from pointsman.adapters.sandbox.cage.root import enter_root

NOBODY = 65534
"""Who jobs are where this is started by root."""
_WORLD = kernel.NEW_MOUNTS | kernel.NEW_PIDS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_UTS
_LOADED = """
    abc asyncio bisect collections concurrent.futures.thread contextlib copy csv dataclasses datetime decimal enum
    fractions functools heapq io itertools json linecache math operator os pathlib queue random re statistics string
    struct tempfile textwrap threading time traceback types typing warnings weakref
"""
"""What many programs use, loaded once. Each job copies what is loaded, so what few use is left to those."""
_LEFT_OUT = "ssl"
"""What `asyncio` loads and can do without: no job has a network, and its library is as large as all the rest."""


class Setup(TypedDict):
    """What it must be told, as JSON on its command line."""

    prefixes: list[str]
    interpreter: str
    heads: list[str]
    """What many scripts begin with."""


def main(text: str) -> None:
    """Be the warm interpreter. The process that was started only waits; the first of the new world serves."""
    setup: Setup = json.loads(text)
    control = socket.socket(fileno=os.dup(0))
    os.environ.clear()
    try:
        if not seccomp.is_known(os.uname().machine):
            raise OSError(f"no filter of system calls is known for {os.uname().machine}")
        is_root = _leave_the_world()
        child = os.fork()
        if child == 0:
            _serve(setup, control, is_root)
    except BaseException as problem:
        control.send(json.dumps({"trouble": str(problem)}).encode())
        os._exit(1)
    control.close()
    os.waitpid(child, 0)


def _leave_the_world() -> bool:
    """Enter new namespaces; says whether they were made by root. An ordinary user makes them in one of users."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        try:
            kernel.unshare(_WORLD)
            return True
        except PermissionError:
            pass  # a root without rights, as in containers, may still be an ordinary user
    kernel.unshare(kernel.NEW_USER | _WORLD)
    keep_user(user, group)
    return False


def _serve(setup: Setup, control: socket.socket, is_root: bool) -> NoReturn:
    try:
        kernel.die_with_parent()
        user, group = (NOBODY, NOBODY) if is_root else (os.getuid(), os.getgid())
        _load_modules()
        enter_root(setup["prefixes"], user, group)
        if is_root:
            os.setgroups([])
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)
        kernel.drop_capabilities()
        kernel.own_process_files()
        kernel.die_with_parent()
        _forget_terminal()
        starter = _start_warm(set_up_jobs(user, group, setup["interpreter"], setup["heads"]), control)
        control.send(json.dumps({"ready": True}).encode())
    except BaseException as problem:
        control.send(json.dumps({"trouble": str(problem)}).encode())
        os._exit(1)
    keep_jobs(control, starter)


def _start_warm(setting: JobSetting, control: socket.socket) -> socket.socket:
    """Fork what jobs are copies of; this process only keeps them. Gives the socket by which it is asked for one."""
    gc.collect()
    gc.freeze()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        control.close()
        ours.close()
        _start_jobs(theirs, setting)
    theirs.close()
    return ours


def _load_modules() -> None:
    """Load what jobs use; a Python that lacks one of them does without."""
    vars(sys)["modules"][_LEFT_OUT] = None
    for name in _LOADED.split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules[_LEFT_OUT]


def _forget_terminal() -> None:
    nothing = os.open("/dev/null", os.O_RDWR)
    for file in (0, 1, 2):
        os.dup2(nothing, file)
    if nothing > 2:
        os.close(nothing)


def _start_jobs(requests: socket.socket, setting: JobSetting) -> NoReturn:
    """Be what is copied for each job that `requests` has files of; says who the copy is, or what went wrong."""
    while True:
        message, files, _, _ = socket.recv_fds(requests, 16, len(JobFiles._fields))
        if not message:
            os._exit(0)
        try:
            child = kernel.start_in(NAMESPACES)
            reply = str(child)
        except OSError as problem:
            child, reply = -1, problem.strerror or str(problem)
        if child == 0:
            run_child(JobFiles(*files), setting)
        for file in files:
            os.close(file)
        requests.send(reply.encode())
