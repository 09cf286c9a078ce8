"""Where things are inside of a sandbox that has a file system of its own, and which folders of the machine it needs.

Pure, but for asking which folders there are and where links lead. It is used on both sides.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

JOB: Final = "/job"
"""A file system in memory that is the job's own."""
WORK: Final = "/job/work"
TEMPORARY: Final = "/job/tmp"
SYSTEM: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Beside `/usr`; on most systems they are links into it."""
PYTHON_OPTIONS: Final = ("-P", "-s", "-B", "-X", "utf8")
"""Of interpreters in which scripts run: isolated as by `-I`, but that variables count, which are all ours."""
SAME_ORDER: Final = {"PYTHONHASHSEED": "0"}
"""A variable by which sets of texts have the same order each time, in all sandboxes: it must not decide a verdict."""


def job_variables(interpreter: str, home: str = WORK, temporary: str = TEMPORARY) -> dict[str, str]:
    """All variables that a job has: none of the user's."""
    places = (os.path.dirname(interpreter), "/usr/local/bin", "/usr/bin", "/bin")
    return {
        "PATH": os.pathsep.join(dict.fromkeys(places)),
        "HOME": home,
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **SAME_ORDER,
    }


def outermost(prefixes: list[str]) -> list[str]:
    """The folders that `/usr` or another one does not hold, by the names they are called and by their real ones."""
    wanted = {name for folder in prefixes for name in (os.path.abspath(folder), os.path.realpath(folder))}
    if any(folder.startswith("/nix/store/") for folder in wanted):
        wanted.add("/nix/store")  # its libraries refer to each other all over it
    chosen: list[str] = []
    for folder in sorted(wanted, key=len):
        if not any(Path(folder).is_relative_to(other) for other in (*chosen, "/usr", *SYSTEM)):
            chosen.append(folder)
    return [folder for folder in chosen if folder != "/" and os.path.isdir(folder)]
