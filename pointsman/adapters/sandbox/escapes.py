"""Attempts to get out of a sandbox, which run inside of it. Knows the standard library alone: it is sent in as a file.

Each returns how it got through, or nothing; an exception says what stopped it. Each is bounded by itself, so that one
that gets through harms nobody.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import hashlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypedDict


class Targets(TypedDict):
    """What an attacker might have guessed: where the user's home, a process and listeners are."""

    home: str
    secret_file: str
    variable: str
    port: int
    abstract_name: str
    victim: int
    survivor_name: str
    memory_hash: str


def _first(*tries: Callable[[], str]) -> str:
    """The first of several ways that works; what stopped the last one, if none does."""
    stopped: BaseException | None = None
    for attempt in tries:
        try:
            if how := attempt():
                return how
        except Exception as problem:
            stopped = problem
    if stopped is not None:
        raise stopped
    return ""


def _call(name: str, *arguments: object) -> str:
    """A function of libc: how it got through is that it did not fail."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return f"{name} worked"


def reach_loopback(targets: Targets) -> str:
    """Connect to a server on this machine."""
    with socket.create_connection(("127.0.0.1", targets["port"]), 1):
        return "connected to 127.0.0.1"


def reach_local_socket(targets: Targets) -> str:
    """Connect to an abstract socket of Unix, which stands in no folder."""
    with socket.socket(socket.AF_UNIX) as local:
        local.settimeout(1)
        local.connect("\0" + targets["abstract_name"])
        return "connected to a local socket"


def read_home(targets: Targets) -> str:
    """Read a file that only the user should read."""
    with open(targets["secret_file"]) as file:
        return "read a file" if file.read() else ""


def write_home(targets: Targets) -> str:
    """Write beside it."""
    path = targets["secret_file"] + ".written"
    with open(path, "w") as file:
        file.write("x")
    os.remove(path)
    return "wrote a file"


def write_system(targets: Targets) -> str:
    """Write where programs and settings are."""

    def write(folder: str) -> str:
        path = os.path.join(folder, targets["survivor_name"])
        with open(path, "w"):
            os.remove(path)
        return f"wrote into {folder}"

    library = os.path.dirname(json.__file__)
    return _first(lambda: write("/usr/bin"), lambda: write("/etc"), lambda: write(library), lambda: write("/"))


def read_environment(targets: Targets) -> str:
    """Find a variable of the user's, here or in another process."""

    def of_another() -> str:
        with open(f"/proc/{targets['victim']}/environ", "rb") as file:
            return "read that of another process" if targets["variable"].encode() in file.read() else ""

    return _first(lambda: "inherited it" if targets["variable"] in os.environ else "", of_another)


def kill_other(targets: Targets) -> str:
    """End another process of the user's."""
    os.kill(targets["victim"], signal.SIGCONT)
    return "sent it a signal"


def see_processes(targets: Targets) -> str:
    """Read what other processes there are."""
    with open(f"/proc/{targets['victim']}/cmdline", "rb") as file:
        return "read the command of another process" if file.read() else ""


def trace_other(targets: Targets) -> str:
    """Take over another process."""
    attached = _call("ptrace", 16, targets["victim"], 0, 0)
    time.sleep(0.05)
    _call("ptrace", 17, targets["victim"], 0, 0)
    return attached


def start_many(targets: Targets) -> str:
    """Start 200 processes."""
    children: list[int] = []
    try:
        for _ in range(200):
            child = os.fork()
            if child == 0:
                time.sleep(5)
                os._exit(0)
            children.append(child)
    except OSError:
        if len(children) < 10:
            raise
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return f"started {len(children)}" if len(children) >= 10 else ""


def start_threads(targets: Targets) -> str:
    """Start 1,000 threads with small stacks."""
    done = threading.Event()
    threading.stack_size(64 * 1024)
    try:
        for _ in range(1000):
            _thread.start_new_thread(done.wait, (5,))
    finally:
        done.set()
    return "started 1000"


def survive(targets: Targets) -> str:
    """Leave a process behind; whether it lives is looked up outside."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            code = f"import time\ntime.sleep(8)\n# {targets['survivor_name']}"
            os.execv(sys.executable, [sys.executable, "-c", code])
        os._exit(0)
    time.sleep(0.3)
    return ""


def take_memory(targets: Targets) -> str:
    """Use 1 GiB."""
    block = bytearray(2**30)
    block[::4096] = b"x" * (2**30 // 4096)
    return "used 1 GiB"


def take_uncounted_memory(targets: Targets) -> str:
    """Use memory that the limit of a process does not count: files in memory, segments that are shared."""

    def by_files() -> str:
        files = [os.memfd_create("x") for _ in range(20)]
        written = sum(os.pwrite(file, b"x" * 2**20, at * 2**20) for file in files for at in range(15))
        return f"wrote {written >> 20} MiB into memory" if written > 2**28 else ""

    def by_segment() -> str:
        libc = ctypes.CDLL(None, use_errno=True)
        segment = libc.shmget(0, ctypes.c_size_t(2**30), 0o1600)
        if segment == -1:
            raise OSError(ctypes.get_errno(), f"shmget: {os.strerror(ctypes.get_errno())}")
        libc.shmctl(segment, 0, None)
        return "made a segment of 1 GiB"

    return _first(by_files, by_segment)


def take_disk(targets: Targets) -> str:
    """Write 64 MiB, in one file or in many."""

    def in_one() -> str:
        with open("big", "wb") as file:
            for _ in range(64):
                file.write(bytes(2**20))
        return "wrote 64 MiB in one file"

    def in_many() -> str:
        for number in range(64):
            with open(f"big{number}", "wb") as file:
                file.write(bytes(2**20))
        return "wrote 64 MiB in 64 files"

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        return _first(in_one, in_many)
    finally:
        for name in os.listdir():
            if name.startswith("big"):
                os.remove(name)


def fill_output(targets: Targets) -> str:
    """Write without end; the sandbox must end it."""
    while True:
        os.write(1, b"x" * 65536)


def ignore_signals(targets: Targets) -> str:
    """Run without end, deaf to everything."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def make_namespaces(targets: Targets) -> str:
    """Become somebody who may mount, in a world of one's own."""
    return _first(
        lambda: _call("unshare", 0x10000000),
        lambda: _call("unshare", 0x00020000),
        lambda: _call("syscall", 435, ctypes.byref((ctypes.c_uint64 * 11)(0x10000000, *[0] * 10)), 88),
    )


def mount_something(targets: Targets) -> str:
    """Change what files there are."""
    folder = os.getcwd().encode()
    done = _first(
        lambda: _call("mount", b"none", folder, b"tmpfs", 0, b"size=1m"),
        lambda: _call("mount", None, b"/usr", None, ctypes.c_ulong(0x1020), None),
    )
    with contextlib.suppress(OSError):
        _call("umount2", folder, 2)
    return done


def write_kernel_settings(targets: Targets) -> str:
    """Change how the kernel works: what is there is written again."""

    def rewrite(path: str) -> str:
        with open(path) as file:
            value = file.read()
        with open(path, "w") as file:
            file.write(value)
        return f"wrote {path}"

    paths = ("kernel/core_pattern", "kernel/hostname", "vm/swappiness", "net/ipv4/ip_forward")
    return _first(*(partial(rewrite, f"/proc/sys/{path}") for path in paths))


def open_devices(targets: Targets) -> str:
    """Open the disks or the memory of the machine."""

    def open_one(name: str) -> str:
        os.close(os.open(f"/dev/{name}", os.O_RDONLY))
        return f"opened /dev/{name}"

    def open_made() -> str:
        os.mknod("disk", 0o60600, os.makedev(254, 0))
        try:
            os.close(os.open("disk", os.O_RDONLY))
        finally:
            os.remove("disk")
        return "opened a device of its own making"

    names = [name for name in os.listdir("/dev") if re.match(r"(sd|vd|nvme|xvd|mem$|kmsg$|kvm$|fuse$)", name)]
    return _first(*(partial(open_one, name) for name in names), open_made)


def knock_at_kernel(targets: Targets) -> str:
    """Use parts of the kernel that have been broken into often."""
    page = ctypes.create_string_buffer(256)
    return _first(
        lambda: _call("syscall", 425, 4, page),  # io_uring_setup
        lambda: _call("syscall", 321 if os.uname().machine == "x86_64" else 280, 0, page, 72),  # bpf
        lambda: _call("syscall", 248 if os.uname().machine == "x86_64" else 217, b"user", b"x", b"y", 1, -3),  # add_key
        lambda: _call("syscall", 323 if os.uname().machine == "x86_64" else 282, 1),  # userfaultfd
    )


def find_secret_in_memory(targets: Targets) -> str:
    """Look through all memory of this process for a key that the starting program had in its own."""
    with open("/proc/self/maps") as file:
        areas = [line.split() for line in file]
    with open("/proc/self/mem", "rb", 0) as memory:
        for span, rights, *rest in areas:
            if "r" not in rights or (len(rest) > 3 and rest[3] in ("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            begin, end = (int(bound, 16) for bound in span.split("-"))
            with contextlib.suppress(OSError, OverflowError, ValueError):
                memory.seek(begin)
                for found in re.findall(rb"key-[0-9a-f]{32}", memory.read(min(end - begin, 2**26))):
                    if hashlib.sha256(found).hexdigest() == targets["memory_hash"]:
                        return "found it"
    return ""


def read_other_memory(targets: Targets) -> str:
    """Read the memory of the process that started this one, or of any other."""
    others = {os.getppid(), targets["victim"]} | {int(name) for name in os.listdir("/proc") if name.isdigit()}

    def by_file(pid: int) -> str:
        with open(f"/proc/{pid}/maps") as file:
            begin = int(file.readline().split("-")[0], 16)
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            memory.seek(begin)
            return f"read that of process {pid}" if memory.read(16) else ""

    def by_call(pid: int) -> str:
        with open("/proc/self/maps") as file:
            begin = int(file.readline().split("-")[0], 16)
        page = ctypes.create_string_buffer(16)
        local = (ctypes.c_uint64 * 2)(ctypes.addressof(page), 16)
        remote = (ctypes.c_uint64 * 2)(begin, 16)
        return _call("process_vm_readv", pid, local, 1, remote, 1, 0)

    return _first(*(partial(way, pid) for pid in others - {os.getpid(), 0} for way in (by_file, by_call)))


ESCAPES: dict[str, Callable[[Targets], str]] = {
    "network, loopback": reach_loopback,
    "local sockets": reach_local_socket,
    "read HOME": read_home,
    "write HOME": write_home,
    "write programs": write_system,
    "environment": read_environment,
    "signal a process": kill_other,
    "see processes": see_processes,
    "ptrace": trace_other,
    "other memory": read_other_memory,
    "secrets in memory": find_secret_in_memory,
    "fork bomb": start_many,
    "thread bomb": start_threads,
    "survivor": survive,
    "memory": take_memory,
    "uncounted memory": take_uncounted_memory,
    "disk": take_disk,
    "endless output": fill_output,
    "ignored signals": ignore_signals,
    "nested namespaces": make_namespaces,
    "mount": mount_something,
    "/proc/sys": write_kernel_settings,
    "devices": open_devices,
    "kernel doors": knock_at_kernel,
}


def main(names: list[str], targets: Targets) -> None:
    """Try them, and report how each went as JSON on file descriptor 3: `[how it got through, what stopped it]`."""
    went: dict[str, list[str]] = {}
    for name in names:
        try:
            went[name] = [ESCAPES[name](targets), ""]
        except BaseException as problem:
            went[name] = ["", f"{type(problem).__name__}: {problem}"]
    os.write(3, json.dumps(went).encode())
