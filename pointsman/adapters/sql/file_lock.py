"""A lock on an open file that ends with its process, however that ends. It knows no content.

A lock belongs to the open file, which a fork has too: the parent would seem to live as long as its child. So whoever
holds one is told in a child to let go of it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet


class Locked(Protocol):
    """Holds open files that are locked."""

    def forget(self) -> None:
        """After a fork: close the files, which are the other process's; it goes on, and keeps its locks."""
        ...


_LOCKED: WeakSet[Locked] = WeakSet()


def forget_in_children(locked: Locked) -> None:
    """Have a child of this process, should it fork, let go of the files of `locked`."""
    _LOCKED.add(locked)


def _forget_all() -> None:
    for locked in list(_LOCKED):
        locked.forget()
    _LOCKED.clear()


if sys.platform == "win32":
    import msvcrt

    def lock_file(descriptor: int) -> bool:
        """Lock the file for this process; False where another holds it."""
        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return True
        return False

else:
    import fcntl

    os.register_at_fork(after_in_child=_forget_all)

    def lock_file(descriptor: int) -> bool:
        """Lock the file for this process; False where another holds it."""
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
