"""The filter of system calls, as a program of the kernel's packet filter (seccomp(2)). Pure: it installs nothing.

What may be called is what Python programs need; banned are new processes, other programs, sockets, what reads other
processes, namespaces and mounts, memory that no limit counts, and all calls that are newer than this list.
"""

from __future__ import annotations

import errno
import struct
from typing import Final

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_NEW_NAMESPACES = 0x7E020000 | 0x80
"""All flags of clone(2) that make a namespace; the last is that of time."""
_THREAD = 0x00010000
_AF_UNIX = 1
_FIRST_UNKNOWN = 451
"""The first call that this list does not know; from 424 on, all architectures have the same numbers."""

# By the tables of Linux: arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h for aarch64.
_BANNED: Final = {
    "x86_64": {
        "socket": 41, "connect": 42, "accept": 43, "bind": 49, "listen": 50, "accept4": 288,
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "perf_event_open": 298,
        "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "semtimedop": 220,
        "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "mq_open": 240, "memfd_create": 319,
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
        "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172,
        "ioperm": 173, "init_module": 175, "delete_module": 176, "finit_module": 313, "kexec_load": 246,
        "kexec_file_load": 320, "acct": 163, "settimeofday": 164, "clock_settime": 227, "clock_adjtime": 305,
        "adjtimex": 159, "quotactl": 179, "nfsservctl": 180, "add_key": 248, "request_key": 249, "keyctl": 250,
        "bpf": 321, "userfaultfd": 323, "name_to_handle_at": 303, "open_by_handle_at": 304, "fanotify_init": 300,
        "lookup_dcookie": 212, "personality": 135, "modify_ldt": 154, "syslog": 103, "vhangup": 153, "_sysctl": 156,
        "uselib": 134, "ustat": 136, "sysfs": 139, "mbind": 237, "set_mempolicy": 238, "get_mempolicy": 239,
        "migrate_pages": 256, "move_pages": 279, "mknod": 133, "mknodat": 259, "vmsplice": 278,
        "fork": 57, "vfork": 58, "clone": 56, "execve": 59, "execveat": 322, "socketpair": 53,
    },
    "aarch64": {
        "socket": 198, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "accept4": 242,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "perf_event_open": 241,
        "shmget": 194, "shmctl": 195, "shmat": 196, "semget": 190, "semctl": 191, "semtimedop": 192, "semop": 193,
        "msgget": 186, "msgctl": 187, "msgrcv": 188, "msgsnd": 189, "mq_open": 180, "memfd_create": 279,
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
        "swapon": 224, "swapoff": 225, "reboot": 142, "sethostname": 161, "setdomainname": 162,
        "init_module": 105, "delete_module": 106, "finit_module": 273, "kexec_load": 104, "kexec_file_load": 294,
        "acct": 89, "settimeofday": 170, "clock_settime": 112, "clock_adjtime": 266, "adjtimex": 171,
        "quotactl": 60, "nfsservctl": 42, "add_key": 217, "request_key": 218, "keyctl": 219,
        "bpf": 280, "userfaultfd": 282, "name_to_handle_at": 264, "open_by_handle_at": 265, "fanotify_init": 262,
        "lookup_dcookie": 18, "personality": 92, "syslog": 116, "vhangup": 58, "mbind": 235, "get_mempolicy": 236,
        "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239, "mknodat": 33, "vmsplice": 75,
        "clone": 220, "execve": 221, "execveat": 281, "socketpair": 199,
    },
}  # fmt: skip
_BANNED_EVERYWHERE: Final = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "memfd_secret": 447, "process_mrelease": 448, "set_mempolicy_home_node": 450,
}  # fmt: skip
_CLONE3 = 435
_RULED = ("clone", "execve", "execveat", "fork", "vfork", "socketpair")
"""Those whose arguments, or whose job, decide."""


def is_known(machine: str) -> bool:
    """Whether there is a filter for this architecture (`os.uname().machine`)."""
    return machine in _ARCHITECTURES


def write_filter(
    machine: str, *, processes: bool = False, may_execute: bool = False, path_address: int | None = None
) -> bytes:
    """The filter for one job, which with `processes` may start programs.

    Without, it may become another program only if `may_execute`, or by the path that stands at `path_address`.
    """
    numbers = _BANNED[machine]
    plain = [number for name, number in numbers.items() if name not in _RULED] + list(_BANNED_EVERYWHERE.values())
    program = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_JUMP_IF_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        *_refuse(_JUMP_IF_AT_LEAST, _FIRST_UNKNOWN, errno.ENOSYS),  # those of x32 are among them
        *_refuse(_JUMP_IF_EQUAL, _CLONE3, errno.ENOSYS),  # glibc then takes clone, whose flags can be seen
    ]
    for number in sorted(plain):
        program += _refuse(_JUMP_IF_EQUAL, number, errno.EPERM)
    program += _rule(numbers["socketpair"], _only_if(_AF_UNIX))
    program += _rule(numbers["clone"], _clone_rule(processes))
    if not processes:
        for name in ("fork", "vfork", "execveat"):
            if name in numbers:
                program += _refuse(_JUMP_IF_EQUAL, numbers[name], errno.EPERM)
    if not (processes or may_execute):
        program += _rule(numbers["execve"], _only_if(path_address))
    program.append(_step(_RETURN, _ALLOW))
    return b"".join(program)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(test: int, value: int, error: int) -> list[bytes]:
    return [_step(test, value, 0, 1), _step(_RETURN, _ERROR | error)]


def _rule(number: int, decided: list[bytes]) -> list[bytes]:
    """Steps that decide about one call; all others go past them."""
    return [_step(_JUMP_IF_EQUAL, number, 0, len(decided)), *decided]


def _clone_rule(processes: bool) -> list[bytes]:
    """Threads, and processes where they are allowed; namespaces never."""
    fallback = _ALLOW if processes else _ERROR | errno.EPERM
    return [
        _step(_LOAD, _FIRST_ARGUMENT),
        *[_step(_JUMP_IF_ANY_BIT, _NEW_NAMESPACES, 0, 1), _step(_RETURN, _ERROR | errno.EPERM)],
        *[_step(_JUMP_IF_ANY_BIT, _THREAD, 0, 1), _step(_RETURN, _ALLOW)],
        _step(_RETURN, fallback),
    ]


def _only_if(value: int | None) -> list[bytes]:
    """Allowed where the first argument is `value`, all 64 bits of it; never where that is None."""
    refused = _step(_RETURN, _ERROR | errno.EPERM)
    if value is None:
        return [refused]
    return [
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_JUMP_IF_EQUAL, value & 0xFFFFFFFF, 0, 3),
        _step(_LOAD, _FIRST_ARGUMENT + 4),
        _step(_JUMP_IF_EQUAL, value >> 32, 0, 1),
        _step(_RETURN, _ALLOW),
        refused,
    ]
