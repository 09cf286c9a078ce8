"""Who is signed in to the page, as it is kept: the digest of the cookie, never the cookie. Pure."""

from __future__ import annotations

import base64
import hashlib

import attrs

OWNER = "admin"
"""Who signs in by the page's password, or by the link that `pointsman serve` prints."""
IDLE_SECONDS = 12 * 3600.0
"""Silence after which a session is over."""
LONGEST_SECONDS = 30 * 86400.0
"""After so long it is over, however busy it was."""


@attrs.frozen(kw_only=True)
class Session:
    """Somebody signed in as `user`. `digest` is the SHA-256 of the cookie; `began` and `seen` are Unix seconds."""

    digest: bytes = attrs.field(repr=False)
    user: str
    began: float
    seen: float

    def valid_at(self, now: float) -> bool:
        """Whether it still lasts."""
        return now - self.seen <= IDLE_SECONDS and now - self.began <= LONGEST_SECONDS


def csrf_of(cookie: str) -> str:
    """The word that has to come with every change made by `cookie`.

    It is made of the cookie, which no page can read, so that every process knows it and nobody keeps it.
    """
    made = hashlib.blake2b(cookie.encode("utf-8", "replace"), digest_size=24, person=b"pointsman-csrf")
    return base64.urlsafe_b64encode(made.digest()).decode()
