"""Who somebody is by the word of a provider of identities: what is asked of it, and what becomes of its answer. Pure.

Source: OpenID Connect Core 1.0; RFC 7636 (PKCE).
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping

import attrs

from pointsman.core.json import Json
from pointsman.core.security.user import LONGEST_NAME, ROLES, Role, name_problem

RENEWED_SECONDS = 8 * 3600.0
"""After so long who signed in by a provider is sent there again, so that it may say no, or another role."""
WAITED_SECONDS = 600.0
"""So long a person may take to sign in there."""


@attrs.frozen
class SignInSecret:
    """What a browser that signs in keeps, and others never see; all that must fit on the way back is made of it."""

    word: str = attrs.field(repr=False)

    @property
    def state(self) -> str:
        """Comes back with the answer: it was this browser that asked."""
        return self._derive("state")

    @property
    def nonce(self) -> str:
        """Stands in the token: it was made for this sign-in."""
        return self._derive("nonce")

    @property
    def verifier(self) -> str:
        """Shows that who brings the code is who asked for it."""
        return self._derive("verifier")

    @property
    def challenge(self) -> str:
        """The digest of `verifier`, by S256."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    def _derive(self, use: str) -> str:
        return _text(hashlib.blake2b(f"{use} {self.word}".encode("utf-8", "replace"), digest_size=32).digest())


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@attrs.frozen(kw_only=True)
class Identity:
    """Somebody, as the provider `issuer` knows them: by `subject`, for ever, whatever they are called."""

    issuer: str
    subject: str
    claims: Mapping[str, Json] = attrs.field(repr=False)

    @property
    def user_id(self) -> str:
        """The id of the user that they are. No claim beside these two has a part in it: an address changes hands."""
        named = f"oidc {len(self.issuer)} {self.issuer}|{self.subject}"
        return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:24]

    @property
    def name(self) -> str:
        """What they may be called; what tells two of one name apart is added by who keeps the names."""
        for claim in ("name", "preferred_username", "nickname"):
            said = self.claims.get(claim)
            name = " ".join(unicodedata.normalize("NFKC", said).split())[:LONGEST_NAME] if isinstance(said, str) else ""
            if name and name_problem(name) is None:
                return name
        return f"user {self.user_id[:8]}"


def role_of(claims: Mapping[str, Json], claim: str, roles: Mapping[str, Role]) -> Role | None:
    """The role that stands first in `ROLES` among those that the values of `claim` stand for; None where none does."""
    said = claims.get(claim)
    values = said if isinstance(said, list) else [said]
    given = {roles[value] for value in values if isinstance(value, str) and value in roles}
    return next((role for role in ROLES if role in given), None)
