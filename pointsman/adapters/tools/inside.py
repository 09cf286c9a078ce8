"""Opening what lies within a folder, and nothing else. Needs a system that opens relative to a folder (not Windows).

A path is resolved first, links and all; what it resolves to is then opened folder by folder, following no link, so that
nothing that changes in between leads out. Files are opened without waiting, and only regular ones.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from returns.result import Failure, Result, Success

_LONGEST = 4000
_PLAIN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _PLAIN | getattr(os, "O_DIRECTORY", 0)
_ANY = _PLAIN | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
SUPPORTED = os.open in os.supports_dir_fd and os.scandir in os.supports_fd and hasattr(os, "O_NOFOLLOW")
"""Whether this system can do it."""


class NotInside(Exception):
    """What lies outside or is neither a regular file nor a folder, with a sentence. Caught where it was opened."""


def resolved_inside(root: Path, path: str) -> Result[PurePath, str]:
    """Where `path` leads, relative to `root`, with no link left in it; `root` has to be resolved itself.

    Refused are `..` and all that ends outside, whether it exists or not: nothing is told of what lies there.
    """
    if len(path) > _LONGEST or not _is_path(path):
        return Failure("This is not a path.")
    if ".." in PurePath(path).parts:
        return Failure("A path with '..' is not read; name it from the top of the folder.")
    found = Path(os.path.realpath(root / path))
    if not found.is_relative_to(root):
        return Failure(f"{path!r} is outside the folder that may be read.")
    return Success(found.relative_to(root))


def _is_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


@contextmanager
def opened_inside(root: Path, relative: PurePath) -> Iterator[int]:
    """A descriptor of the regular file or folder `relative` within `root`. Follows no link.

    Raises OSError and `NotInside`.
    """
    if relative.is_absolute() or ".." in relative.parts:
        raise NotInside("It is outside the folder that may be read.")
    held = os.open(root, _FOLDER)
    try:
        for name in relative.parts:
            inner = _step(held, name)
            os.close(held)
            held = inner
        if not is_within(held, root):
            raise NotInside("It was moved out of the folder that may be read.")
        yield held
    finally:
        os.close(held)


def _step(folder: int, name: str) -> int:
    """A descriptor of `name` within `folder`. What is special is not even opened: that may have an effect."""
    _check_kind(os.stat(name, dir_fd=folder, follow_symlinks=False))
    inner = os.open(name, _ANY, dir_fd=folder)
    try:
        _check_kind(os.fstat(inner))
    except BaseException:
        os.close(inner)
        raise
    return inner


def _check_kind(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise NotInside("It is a link that leads nowhere, or it changed just now.")
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise NotInside("It is neither a file nor a folder, so it is not read.")


def is_within(held: int, root: Path) -> bool:
    """Whether an open descriptor's own path is below `root`; True where the system does not tell it."""
    try:
        return Path(os.readlink(f"/proc/self/fd/{held}")).is_relative_to(root)
    except OSError:
        return True
