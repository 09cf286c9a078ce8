"""Port: a provider of identities, which says who somebody is (OpenID Connect)."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.security.identity import Identity, SignInSecret


class IdentityProvider(Protocol):
    """Sends browsers away, and believes nothing of what they bring back before it has been verified."""

    async def address(self, secret: SignInSecret, back: str) -> Result[str, LLMError]:
        """Where a browser is sent, which comes `back` (an address of ours) with a code."""
        ...

    async def identify(self, secret: SignInSecret, back: str, code: str) -> Result[Identity, LLMError]:
        """Who brought the `code`; `AuthenticationFailed` where it, or the token that it is changed for, is not good."""
        ...


def refuse_sign_in(why: str) -> AuthenticationFailed:
    """The provider of identities has not signed somebody in."""
    return AuthenticationFailed(detail=f"the sign-in provider has not signed you in: {why}", status=401, local=True)
