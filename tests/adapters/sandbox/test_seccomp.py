"""The filter of system calls, run step by step: what it allows and refuses, on both architectures."""

from __future__ import annotations

import errno
import struct

import pytest

from pointsman.adapters.sandbox.cage.seccomp import is_known, write_filter

ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {"read": 0, "clone": 56, "fork": 57, "execve": 59, "execveat": 322, "socket": 41, "socketpair": 53,
               "ptrace": 101, "mount": 165, "unshare": 272, "bpf": 321, "kill": 62, "futex": 202},
    "aarch64": {"read": 63, "clone": 220, "execve": 221, "execveat": 281, "socket": 198, "socketpair": 199,
                "ptrace": 117, "mount": 40, "unshare": 97, "bpf": 280, "kill": 129, "futex": 98},
}  # fmt: skip
MACHINES = sorted(CALLS)
THREAD, CHILD, NEW_USER = 0x10F00, 17, 0x10000011


def decide(program: bytes, machine: str, number: int, argument: int = 0) -> int:
    """What the kernel would do with a call: the interpreter of the packet filter, as far as the filter needs it."""
    data = struct.pack("=IIQQ", number, ARCHITECTURES[machine], 0, argument)
    steps, at, loaded = list(struct.iter_unpack("=HBBI", program)), 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", data, value)
            continue
        holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
        at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_work_is_allowed_and_ways_out_are_refused(machine: str) -> None:
    program, calls = write_filter(machine), CALLS[machine]
    for name in ("read", "kill", "futex"):
        assert decide(program, machine, calls[name]) == ALLOW, name
    for name in set(calls) - {"read", "kill", "futex", "clone", "socketpair"}:
        assert decide(program, machine, calls[name], 1234) == ERROR | errno.EPERM, name


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_allowed_processes_by_choice_and_namespaces_never(machine: str) -> None:
    clone = CALLS[machine]["clone"]
    for processes in (False, True):
        program = write_filter(machine, processes=processes)
        assert decide(program, machine, clone, THREAD) == ALLOW
        assert decide(program, machine, clone, CHILD) == (ALLOW if processes else ERROR | errno.EPERM)
        assert decide(program, machine, clone, NEW_USER) == ERROR | errno.EPERM
        assert decide(program, machine, 435, 0) == ERROR | errno.ENOSYS, "glibc then takes clone"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_path_at_one_address_may_be_executed_and_no_other(machine: str) -> None:
    execve, address = CALLS[machine]["execve"], 0x1234_5678_9000
    program = write_filter(machine, path_address=address)
    assert decide(program, machine, execve, address) == ALLOW
    for other in (0, address + 1, address & 0xFFFFFFFF, address ^ (1 << 40)):
        assert decide(program, machine, execve, other) == ERROR | errno.EPERM
    assert decide(program, machine, CALLS[machine]["execveat"], address) == ERROR | errno.EPERM
    assert decide(write_filter(machine, may_execute=True), machine, execve, 0) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_pairs_of_sockets_are_local_ones(machine: str) -> None:
    program, pair = write_filter(machine), CALLS[machine]["socketpair"]
    assert decide(program, machine, pair, 1) == ALLOW
    assert decide(program, machine, pair, 16) == ERROR | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_is_killed_and_calls_of_tomorrow_are_not_there(machine: str) -> None:
    program = write_filter(machine)
    other = next(name for name in MACHINES if name != machine)
    assert decide(program, other, CALLS[machine]["read"]) == KILL
    for number in (451, 500, 0x4000_0000):
        assert decide(program, machine, number) == ERROR | errno.ENOSYS


def test_an_architecture_that_has_no_list_is_not_known() -> None:
    assert [is_known(name) for name in ("x86_64", "aarch64", "riscv64")] == [True, True, False]
