"""System calls that Python has no name for, by ctypes. Each raises `OSError` that says what was tried."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from typing import Final

NEW_USER: Final = 0x10000000
NEW_MOUNTS: Final = 0x00020000
NEW_PIDS: Final = 0x20000000
NEW_NETWORK: Final = 0x40000000
NEW_IPC: Final = 0x08000000
NEW_UTS: Final = 0x04000000
NO_SUID: Final = 0x2
NO_DEVICES: Final = 0x4
NO_EXEC: Final = 0x8
READ_ONLY: Final = 0x1
BIND: Final = 0x1000
RECURSIVE: Final = 0x4000
PRIVATE: Final = 0x40000
DETACH: Final = 0x2
ALL_CAPABILITIES: Final = 64
"""One more than the highest number that a kernel may know a capability by."""

_MOUNT_SETATTR = 442  # the same number on every architecture, as all that are newer than 423
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CLONE = {"x86_64": 56, "aarch64": 220}
_GET_ROBUST_LIST = {"x86_64": 274, "aarch64": 100}
_SAME_PARENT = 0x00008000
_SET_CHILD_ID = 0x01000000
_CLEAR_CHILD_ID = 0x00200000
_GET_ID_ADDRESS = 40
_FROM_ID_TO_ROBUST_LIST = 16
"""Bytes, in the record that glibc has of a thread: its id, its process, what points back, and then that list."""
_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100
_SET_PARENT_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_SECCOMP = 22
_DROP_FROM_BOUNDING_SET = 24
_SET_NO_NEW_PRIVILEGES = 38
_FILTER_MODE = 2
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc_with_lock = ctypes.PyDLL(None, use_errno=True)
"""The same, for calls during which the interpreter's lock is held."""


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _check(result: int, tried: str) -> None:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{tried}: {os.strerror(number)}")


def unshare(namespaces: int) -> None:
    """Leave these namespaces for new ones; that of processes is entered by the next child."""
    _check(_libc.unshare(namespaces), "unshare")


def start_in(namespaces: int) -> int:
    """As `os.fork`, but in new `namespaces`, that of processes included, and as a child of this process's own parent.

    Gives its id, in this process; 0 in the new one. There may be no other thread, and the parent must be the first of
    its world, which all come to whose parents ended.
    """
    address = _thread_id_address()
    return _clone(namespaces, address) if address else _fork_twice(namespaces)


def _clone(namespaces: int, address: int) -> int:
    """One fork for all of them. The interpreter is told of it as `os.fork` tells it, the C library by `address`."""
    flags = namespaces | _SAME_PARENT | _SET_CHILD_ID | _CLEAR_CHILD_ID | signal.SIGCHLD
    machine = os.uname().machine
    last = (address, 0) if machine == "x86_64" else (0, address)
    arguments = [ctypes.c_long(one) for one in (_CLONE[machine], flags, 0, 0, *last)]
    ctypes.pythonapi.PyOS_BeforeFork()
    child: int = _libc_with_lock.syscall(*arguments)
    number = ctypes.get_errno()
    if child == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if child == -1:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return child


def _thread_id_address() -> int:
    """Where the C library keeps the id of this thread, which changes; 0 where that is not known of this one."""
    address = ctypes.c_uint64()
    if _libc.prctl(_GET_ID_ADDRESS, ctypes.byref(address), 0, 0, 0) == -1:  # this kernel was built without it
        arguments = (0, ctypes.byref(address), ctypes.byref(ctypes.c_size_t()))
        _libc.syscall(_GET_ROBUST_LIST[os.uname().machine], *arguments)
        address.value -= min(_FROM_ID_TO_ROBUST_LIST, address.value)
    is_known = address.value and ctypes.c_int.from_address(address.value).value == threading.get_native_id()
    return address.value if is_known else 0


def _fork_twice(namespaces: int) -> int:
    """For C libraries that `_clone` does not know: by a process between, which ends.

    The new one begins when that is gone for good: `die_with_parent` would take its end for that of the parent.
    """
    reading, writing = os.pipe()
    waiting, holding = os.pipe()
    between = os.fork()
    if between:
        os.close(writing)
        os.close(waiting)
        os.waitpid(between, 0)
        os.close(holding)
        with open(reading) as answer:
            said = answer.read()
        if said.isdigit():
            return int(said)
        raise OSError(said)
    try:
        unshare(namespaces)
        child = os.fork()
        said = str(child)
    except OSError as problem:
        child, said = -1, problem.strerror or ""
    if child:
        os.write(writing, said.encode())
        os._exit(0)
    os.close(holding)
    os.read(waiting, 1)
    for end in (reading, writing, waiting):
        os.close(end)
    return 0


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """As mount(2)."""
    done = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _check(done, f"mount {kind or source} on {target}")


def make_read_only(target: str, more: int) -> None:
    """Make a mount and all below it read-only, without set-user-id; `more` are further flags. Needs Linux 5.12."""
    wanted = _MountAttributes(READ_ONLY | NO_SUID | more, 0, 0, 0)
    arguments = (_AT_FDCWD, target.encode(), _AT_RECURSIVE, ctypes.byref(wanted), ctypes.sizeof(wanted))
    _check(_libc.syscall(_MOUNT_SETATTR, *arguments), f"mount_setattr on {target}")


def change_root(new_root: str) -> None:
    """Make a mount the root of this namespace, and leave the old one out of it."""
    os.chdir(new_root)
    _check(_libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", DETACH), "umount the old root")
    os.chdir("/")


def die_with_parent() -> None:
    """Be killed when the parent ends. A change of user takes it back."""
    _check(_libc.prctl(_SET_PARENT_DEATH_SIGNAL, 9, 0, 0, 0), "prctl")


def own_process_files() -> None:
    """Have `/proc/self` belong to the current user, which it does not after a change of user."""
    _check(_libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Give up every capability, for this process and all that it starts."""
    for number in range(ALL_CAPABILITIES):
        if _libc.prctl(_DROP_FROM_BOUNDING_SET, number, 0, 0, 0) == -1:
            break  # the kernel knows no more of them
    header, nothing = _CapabilityHeader(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    _check(_libc.capset(ctypes.byref(header), nothing), "capset")


def forbid_new_privileges() -> None:
    """Let no program that is started have more rights than this process."""
    _check(_libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl no_new_privs")


def filter_system_calls(program: bytes) -> None:
    """Install a filter (`seccomp.write_filter`), for good. Needs `forbid_new_privileges`."""
    described = _FilterProgram(len(program) // 8, program)
    _check(_libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(described), 0, 0), "prctl seccomp")


class OnceOnlyPath:
    """A path in memory at an address that nobody can guess, so that a filter can allow `execve` of it alone."""

    def __init__(self, path: str) -> None:
        _libc.mmap.restype = ctypes.c_void_p
        wanted = int.from_bytes(os.urandom(5), "little") << 12 & 0x3FFF_FFFF_F000
        data = path.encode() + b"\0"
        protection, flags = 0x3, 0x22  # readable and writable; private and anonymous
        place = (ctypes.c_void_p(wanted), ctypes.c_size_t(len(data)), protection, flags, -1, ctypes.c_long(0))
        address = _libc.mmap(*place)
        if address in (None, ctypes.c_void_p(-1).value):
            raise OSError(ctypes.get_errno(), "mmap")
        self.address: int = address
        ctypes.memmove(address, data, len(data))

    def execute(self, argv: list[str], environment: dict[str, str]) -> OSError:
        """Become the program at the path; returns only with why it cannot be."""
        arguments = (ctypes.c_char_p * (len(argv) + 1))(*(word.encode("utf-8", "replace") for word in argv), None)
        variables = [f"{name}={value}".encode() for name, value in environment.items()]
        pairs = (ctypes.c_char_p * (len(variables) + 1))(*variables, None)
        _libc.execve(ctypes.c_void_p(self.address), arguments, pairs)
        number = ctypes.get_errno()
        return OSError(number, os.strerror(number))
