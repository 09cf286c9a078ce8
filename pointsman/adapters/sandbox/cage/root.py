"""The file system that jobs see: made once, of what a Python needs, read-only; all else is not there.

It is an allow-list: `/usr`, the libraries, the interpreter's own folders, and a few files that name nobody. A job has
a file system of its own at `JOB`, in memory, which `cage.child` mounts.
"""

from __future__ import annotations

import os
from pathlib import Path

from pointsman.adapters.sandbox.cage import kernel
from pointsman.adapters.sandbox.cage.places import JOB, SYSTEM, TEMPORARY, WORK, outermost

_DEVICES = ("null", "zero", "full", "random", "urandom")
_COPIES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/protocols", "/etc/services")
_LARGEST_COPY = 4 * 2**20
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}


def enter_root(prefixes: list[str], user: int, group: int) -> None:
    """Make that file system the root of this process, which has a namespace of mounts and of processes of its own.

    `prefixes` are the folders of interpreters; `user` and `group` are who jobs will be, for `/etc/passwd`.
    """
    kernel.mount("", "/", "", kernel.RECURSIVE | kernel.PRIVATE)
    new = _place_to_mount(prefixes)
    kernel.mount("none", new, "tmpfs", kernel.NO_SUID, "size=8m,mode=755")
    _add_system(new, prefixes)
    _add_devices(new)
    _add_names(new, user, group)
    os.mkdir(new + JOB)
    os.mkdir(new + "/proc")
    _add_temporary(new)
    kernel.make_read_only(new, 0)
    # Jobs may mount theirs only where one can be seen. This one is the warm interpreter's: its pids are all it shows.
    kernel.mount("proc", new + "/proc", "proc", kernel.NO_SUID | kernel.NO_DEVICES | kernel.NO_EXEC)
    kernel.change_root(new)


def _place_to_mount(prefixes: list[str]) -> str:
    """Some folder to mount on for a moment, which then hides what is in it."""
    needed = [Path(name) for folder in prefixes for name in (os.path.abspath(folder), os.path.realpath(folder))]
    for place in ("/sys", "/mnt", "/srv", "/tmp"):
        holds = any(folder.is_relative_to(place) for folder in needed)
        if os.path.isdir(place) and not os.path.islink(place) and not holds:
            return place
    raise OSError("there is no folder to mount on")


def _add_system(new: str, prefixes: list[str]) -> None:
    _bind(new, "/usr")
    for folder in SYSTEM:
        if os.path.islink(folder):
            os.symlink(os.readlink(folder), new + folder)
        elif os.path.isdir(folder):
            _bind(new, folder)
    for folder in outermost(prefixes):
        _bind(new, folder)


def _bind(new: str, folder: str) -> None:
    os.makedirs(new + folder, exist_ok=True)
    kernel.mount(folder, new + folder, "", kernel.BIND | kernel.RECURSIVE)
    kernel.make_read_only(new + folder, kernel.NO_DEVICES)


def _add_devices(new: str) -> None:
    os.mkdir(new + "/dev")
    for name in _DEVICES:
        Path(f"{new}/dev/{name}").touch()
        kernel.mount(f"/dev/{name}", f"{new}/dev/{name}", "", kernel.BIND)
    for name, target in _LINKS.items():
        os.symlink(target, f"{new}/dev/{name}")


def _add_names(new: str, user: int, group: int) -> None:
    """`/etc`, with nothing of this machine's users."""
    os.mkdir(new + "/etc")
    files = {
        "passwd": f"job:x:{user}:{group}:job:{WORK}:/bin/false\n",
        "group": f"job:x:{group}:\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    for name, text in files.items():
        Path(f"{new}/etc/{name}").write_text(text)
    for source in _COPIES:
        if os.path.isfile(source) and os.path.getsize(source) < _LARGEST_COPY:
            Path(new + source).write_bytes(Path(source).read_bytes())
    if os.path.isdir("/etc/alternatives"):
        _bind(new, "/etc/alternatives")


def _add_temporary(new: str) -> None:
    """`/tmp` is the job's, unless an interpreter stands there."""
    if not os.path.lexists(new + "/tmp"):
        os.symlink(TEMPORARY, new + "/tmp")
