"""A lock on an open file that ends with its process, however that ends. It knows no content."""

from __future__ import annotations

import sys
from contextlib import suppress

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

    def lock_file(descriptor: int) -> bool:
        """Lock the file for this process; False where another holds it."""
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
