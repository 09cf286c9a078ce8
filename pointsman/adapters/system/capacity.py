"""What this machine has to give now: cores and memory, within what a container allows. Unknown is None, not zero."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pointsman.core.models.local_model import Capacity

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
"""Version 2 of Linux's control groups, as a container sees its own."""


def capacity_now() -> Capacity:
    """Cores and free memory."""
    return Capacity(cores=usable_cores(), free_memory=free_memory())


def usable_cores() -> int:
    """How many may be busy for us: by affinity, and by the quota of a container."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota = _words(_GROUP / "cpu.max")
    if len(quota) == 2 and all(word.isdecimal() for word in quota) and int(quota[1]):
        allowed = min(allowed, max(1, int(quota[0]) // int(quota[1])))
    return allowed


def free_memory() -> int | None:
    """Bytes that programs can still have without others being pushed out."""
    if os.name == "nt":
        return _free_on_windows()
    known = [amount for amount in (_available_memory(), _left_to_group()) if amount is not None]
    return min(known, default=None)


def memory_of(pid: int) -> int | None:
    """Bytes of memory that a process has at the moment."""
    line = next((words for words in _lines(Path(f"/proc/{pid}/status")) if words[:1] == ["VmRSS:"]), [])
    return int(line[1]) * 1024 if len(line) > 1 and line[1].isdecimal() else None


def _available_memory() -> int | None:
    line = next((words for words in _lines(_MEMINFO) if words[:1] == ["MemAvailable:"]), [])
    return int(line[1]) * 1024 if len(line) > 1 and line[1].isdecimal() else None


def _left_to_group() -> int | None:
    """What the container's limit leaves; files that are only cached can be had back."""
    most, used = _words(_GROUP / "memory.max"), _words(_GROUP / "memory.current")
    if not most or not used or not most[0].isdecimal() or not used[0].isdecimal():
        return None
    cached = next((words for words in _lines(_GROUP / "memory.stat") if words[:1] == ["inactive_file"]), ["", "0"])
    return max(0, int(most[0]) - int(used[0]) + int(cached[1]))


def _lines(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return []


def _words(path: Path) -> list[str]:
    return next(iter(_lines(path)), [])


def _free_on_windows() -> int | None:
    """By GlobalMemoryStatusEx: nine numbers, the fourth of eight bytes is what is free."""
    import ctypes

    kernel = getattr(ctypes, "windll", None)
    status = (ctypes.c_uint64 * 8)()
    ctypes.cast(status, ctypes.POINTER(ctypes.c_uint32))[0] = ctypes.sizeof(status)
    if kernel is None or not kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status[2])
