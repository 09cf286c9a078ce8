"""A provider of identities in memory: a test says who signs in there, and a code is good once. It has no tokens."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import LLMError, ModelUnavailable
from pointsman.core.json import Json
from pointsman.core.security.identity import Identity, SignInSecret
from pointsman.services.ports.identity_provider import refuse_sign_in

_AWAY = ModelUnavailable(detail="the sign-in provider is away, as the test wants it", local=True)


@attrs.define(eq=False)
class FakeIdentityProvider:
    """An `IdentityProvider`. Set `is_away`, and it answers nobody."""

    issuer: str = "https://accounts.example"
    is_away: bool = False
    _codes: dict[str, tuple[Mapping[str, str], Identity]] = attrs.field(factory=dict, repr=False)
    _numbers: count[int] = attrs.field(factory=lambda: count(1), repr=False)

    async def address(self, secret: SignInSecret, back: str) -> Result[str, LLMError]:
        """As `IdentityProvider.address`."""
        if self.is_away:
            return Failure(_AWAY)
        asked = {
            "redirect_uri": back,
            "state": secret.state,
            "nonce": secret.nonce,
            "code_challenge": secret.challenge,
            "code_challenge_method": "S256",
        }
        return Success(f"{self.issuer}/authorize?{urlencode(asked)}")

    def sign_in(self, address: str, subject: str, claims: Mapping[str, Json] | None = None) -> str:
        """The code with which a browser that was sent to `address` comes back, once `subject` has signed in there."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code {next(self._numbers)}"
        self._codes[code] = asked, Identity(issuer=self.issuer, subject=subject, claims=dict(claims or {}))
        return code

    async def identify(self, secret: SignInSecret, back: str, code: str) -> Result[Identity, LLMError]:
        """As `IdentityProvider.identify`."""
        if self.is_away:
            return Failure(_AWAY)
        asked, identity = self._codes.pop(code, (None, None))
        if asked is None or identity is None:
            return Failure(refuse_sign_in("the code is none of its, or was brought before"))
        if (secret.challenge, secret.nonce) != (asked["code_challenge"], asked["nonce"]):
            return Failure(refuse_sign_in("another browser asked for the code"))
        if back != asked["redirect_uri"]:
            return Failure(refuse_sign_in("the code was asked for by another address"))
        return Success(identity)
