"""Who is signed in, in memory."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.core.error import StorageError
from pointsman.core.security.passwords import KNOWN, WINDOW_SECONDS, wait_before_guess
from pointsman.core.security.session import Session
from pointsman.services.ports.session_store import KNOWN_SECONDS, MOST_SESSIONS


@attrs.define
class MemorySessions:
    """A `SessionStore` of this process."""

    version: MemoryAuthorityVersion
    _open: dict[bytes, Session] = attrs.field(factory=dict, repr=False)
    _browsers: dict[bytes, float] = attrs.field(factory=dict, repr=False)
    _guesses: list[tuple[str, float]] = attrs.field(factory=list, repr=False)

    def add(self, session: Session) -> FutureResult[None, StorageError]:
        """As `SessionStore.add`."""
        lasting = sorted((one for one in self._open.values() if one.valid_at(session.began)), key=lambda one: one.seen)
        self._open = {one.digest: one for one in (*lasting[-(MOST_SESSIONS - 1) :], session)}
        return FutureResult.from_value(None)

    def find(self, digest: bytes) -> FutureResult[Session | None, StorageError]:
        """As `SessionStore.find`."""
        return FutureResult.from_value(self._open.get(digest))

    def touch(self, digest: bytes, now: float) -> FutureResult[None, StorageError]:
        """As `SessionStore.touch`."""
        if digest in self._open:
            self._open[digest] = attrs.evolve(self._open[digest], seen=max(now, self._open[digest].seen))
        return FutureResult.from_value(None)

    def remove(self, digest: bytes) -> FutureResult[bool, StorageError]:
        """As `SessionStore.remove`."""
        self.version.grow()
        return FutureResult.from_value(self._open.pop(digest, None) is not None)

    def remove_all(self, user: str, but: bytes | None = None) -> FutureResult[int, StorageError]:
        """As `SessionStore.remove_all`."""
        return FutureResult.from_value(self.forget_user(user, but))

    def forget_user(self, user: str, but: bytes | None = None) -> int:
        """As `remove_all`, at once."""
        self.version.grow()
        gone = [one.digest for one in self._open.values() if one.user == user and one.digest != but]
        for digest in gone:
            del self._open[digest]
        return len(gone)

    def know_browser(self, digest: bytes, now: float) -> FutureResult[None, StorageError]:
        """As `SessionStore.know_browser`."""
        self._browsers[digest] = now
        return FutureResult.from_value(None)

    def knows_browser(self, digest: bytes, now: float) -> FutureResult[bool, StorageError]:
        """As `SessionStore.knows_browser`."""
        return FutureResult.from_value(self._browsers.get(digest, float("-inf")) >= now - KNOWN_SECONDS)

    def count_guess(self, who: str, now: float) -> FutureResult[float, StorageError]:
        """As `SessionStore.count_guess`."""
        self._guesses = [one for one in self._guesses if abs(now - one[1]) < WINDOW_SECONDS]
        own = [time for name, time in self._guesses if name == who]
        strangers = [time for name, time in self._guesses if not name.startswith(KNOWN)]
        wait = wait_before_guess(own, strangers, who, now)
        if not wait:
            self._guesses.append((who, now))
        return FutureResult.from_value(wait)

    def forgive_guess(self, who: str, now: float) -> FutureResult[None, StorageError]:
        """As `SessionStore.forgive_guess`."""
        if (who, now) in self._guesses:
            self._guesses.remove((who, now))
        return FutureResult.from_value(None)
