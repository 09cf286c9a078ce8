"""Port: the number that grows whenever keys, sessions or users change, in whichever process."""

from __future__ import annotations

from typing import Protocol

from returns.future import FutureResult

from pointsman.core.error import StorageError


class AuthorityVersion(Protocol):
    """Is looked at several times a second by every process, so that what one takes away is gone in all.

    To make a session is no change: nobody has asked for it before. That a key was used is none, either.
    """

    def read(self) -> FutureResult[int, StorageError]:
        """The number now."""
        ...
