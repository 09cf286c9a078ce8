"""Who is signed in to the page. Kept in memory: a restart signs everybody out."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict

import attrs

from pointsman.core.security.virtual_key import digest_of

LIFETIME = 12 * 3600.0
"""Seconds of silence after which a session is over."""
_MOST = 1000
_MOST_FAILURES, _PAUSE = 5, 60.0


@attrs.define
class Session:
    """One that is signed in. `csrf` has to come with every change."""

    user: str
    csrf: str = attrs.field(factory=lambda: secrets.token_urlsafe(24), repr=False)
    seen: float = 0.0


@attrs.define
class Sessions:
    """All who are signed in, by the digest of their cookie; and the link by which one may sign in once."""

    link: str | None = attrs.field(default=None, repr=False)
    _open: OrderedDict[bytes, Session] = attrs.field(factory=OrderedDict, repr=False)
    _failures: int = 0
    _barred_until: float = 0.0

    def new_link(self) -> str:
        """A fresh link token; the one before is worth nothing any more."""
        self.link = secrets.token_urlsafe(24)
        return self.link

    def take_link(self, token: str) -> bool:
        """Whether `token` is the link; it works once."""
        if self.link is None or not hmac.compare_digest(token.encode(), self.link.encode()):
            return False
        self.link = None
        return True

    def begin(self, user: str, now: float) -> tuple[str, Session]:
        """A new session and its cookie."""
        token = secrets.token_urlsafe(32)
        session = Session(user, seen=now)
        self._open[digest_of(token)] = session
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        self._failures = 0
        return token, session

    def find(self, token: str, now: float) -> Session | None:
        """The session of a cookie."""
        key = digest_of(token)
        session = self._open.get(key)
        if session is None or now - session.seen > LIFETIME:
            self._open.pop(key, None)
            return None
        session.seen = now
        self._open.move_to_end(key)
        return session

    def has(self, token: str, now: float) -> bool:
        """Whether there is a session of that cookie. To ask does not keep it open."""
        session = self._open.get(digest_of(token))
        return session is not None and now - session.seen <= LIFETIME

    def end(self, token: str) -> None:
        """Sign out."""
        self._open.pop(digest_of(token), None)

    def end_others(self, token: str) -> None:
        """Sign out everybody else."""
        key = digest_of(token)
        self._open = OrderedDict((one, session) for one, session in self._open.items() if one == key)

    def pause_left(self, now: float) -> float:
        """Seconds for which nobody may try another password."""
        return max(0.0, self._barred_until - now)

    def note_failure(self, now: float) -> None:
        """A wrong password or link: after some of them there is a pause."""
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._failures, self._barred_until = 0, now + _PAUSE
