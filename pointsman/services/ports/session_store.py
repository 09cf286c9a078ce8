"""Port: who is signed in, which browsers have been, and how often passwords were guessed; the same in every process."""

from __future__ import annotations

from typing import Protocol

from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.security.session import Session

MOST_SESSIONS = 1000
"""Of more, those that were silent longest are over."""

KNOWN_SECONDS = 365 * 86400.0
"""For so long a browser is known after somebody signed in there."""


class SessionStore(Protocol):
    """Keeps digests only: what opens is in the user's browser and nowhere else. Times are Unix seconds."""

    def add(self, session: Session) -> FutureResult[None, StorageError]:
        """Begin `session`; those that are over are forgotten."""
        ...

    def find(self, digest: bytes) -> FutureResult[Session | None, StorageError]:
        """The session of a cookie."""
        ...

    def touch(self, digest: bytes, now: float) -> FutureResult[None, StorageError]:
        """Note that it was heard of."""
        ...

    def remove(self, digest: bytes) -> FutureResult[bool, StorageError]:
        """End it; says whether it was there."""
        ...

    def remove_all(self, user: str, but: bytes | None = None) -> FutureResult[int, StorageError]:
        """End all of `user`, but for the one of a digest; says how many they were."""
        ...

    def know_browser(self, digest: bytes, now: float) -> FutureResult[None, StorageError]:
        """Note that somebody signed in by a password from the browser with this mark."""
        ...

    def knows_browser(self, digest: bytes, now: float) -> FutureResult[bool, StorageError]:
        """Whether somebody did, in the last year."""
        ...

    def count_guess(self, who: str, now: float) -> FutureResult[float, StorageError]:
        """Count a guess of `who` before it is tried; or say for how many seconds it may not be, and count nothing.

        See `pointsman.core.security.passwords`. Of guesses at the same time, in several processes, each is counted.
        """
        ...

    def forgive_guess(self, who: str, now: float) -> FutureResult[None, StorageError]:
        """The guess of `who` that was counted at `now` was right: it counts no more. Their wrong ones do."""
        ...
