"""A provider of identities by OpenID Connect: discovery, the code flow with PKCE, and the token that is verified.

Source: OpenID Connect Discovery 1.0 and Core 1.0, 3.1; RFC 7636; RFC 9207.
"""

from __future__ import annotations

import base64
from importlib.util import find_spec
from urllib.parse import quote, quote_plus, urlencode

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.oidc.provider_http import get_json, post_form, unavailable
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.json import JsonObject, as_list, as_text
from pointsman.core.loopback import is_safe_address
from pointsman.core.security.identity import Identity, SignInSecret
from pointsman.core.settings import OidcSettings
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.identity_provider import refuse_sign_in

_FRESH_SECONDS = 3600.0
"""So long what a provider says of itself, and its keys, are believed."""
_AGAIN_SECONDS = 30.0
"""Keys are not asked for more often, however many tokens name unknown ones."""
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@attrs.define(eq=False)
class OidcProvider:
    """An `IdentityProvider` as `settings` name it."""

    settings: OidcSettings
    clock: Clock
    _about: tuple[float, JsonObject] | None = attrs.field(default=None, repr=False)
    _keys: tuple[float, JsonObject] | None = attrs.field(default=None, repr=False)
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock, repr=False)

    async def address(self, secret: SignInSecret, back: str) -> Result[str, LLMError]:
        """As `IdentityProvider.address`."""
        if find_spec("joserfc") is None:
            detail = "signing in by a provider needs an extra: pip install 'pointsman[oidc]'"
            return Failure(ConfigurationError(detail=detail, local=True))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": self.settings.scope,
            "state": secret.state,
            "nonce": secret.nonce,
            "code_challenge": secret.challenge,
            "code_challenge_method": "S256",
        }
        return (await self._describe()).map(lambda about: _with_query(about, asked))

    async def identify(self, secret: SignInSecret, back: str, code: str) -> Result[Identity, LLMError]:
        """As `IdentityProvider.identify`."""
        about = await self._describe()
        if isinstance(about, Failure):
            return Failure(about.failure())
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.settings.client_id,
            "code_verifier": secret.verifier,
        }
        authorization = self._authorize(about.unwrap(), fields)
        answered = await post_form(as_text(about.unwrap()["token_endpoint"]), fields, authorization)
        if isinstance(answered, Failure):
            return Failure(answered.failure())
        token = as_text(answered.unwrap().get("id_token"))
        return await self._read(token, secret.nonce) if token else Failure(refuse_sign_in("it has given no token"))

    def _authorize(self, about: JsonObject, fields: dict[str, str]) -> str:
        """The header that says who we are; or the field, where the provider takes no header."""
        if self.settings.client_secret is None:
            return ""
        word = self.settings.client_secret.reveal()
        if "client_secret_basic" in as_list(
            about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        ):
            del fields["client_id"]  # a client names itself in one way (RFC 6749, 2.3)
            both = f"{quote_plus(self.settings.client_id)}:{quote_plus(word)}"
            return f"Basic {base64.b64encode(both.encode()).decode()}"
        fields["client_secret"] = word
        return ""

    async def _read(self, token: str, nonce: str) -> Result[Identity, LLMError]:
        """Who a token is about; where it names an unknown key, the provider's keys are asked for anew."""
        from pointsman.adapters.oidc.id_token import UnknownKey, read_id_token

        for is_again in (False, True):
            keys = await self._signing_keys(again=is_again)
            if isinstance(keys, Failure):
                return Failure(keys.failure())
            read = read_id_token(
                token,
                keys.unwrap(),
                issuer=self.settings.issuer,
                client=self.settings.client_id,
                nonce=nonce,
                now=self.clock.now(),
            )
            if not isinstance(read, Failure):
                return Success(read.unwrap())
            if not isinstance(problem := read.failure(), UnknownKey):
                return Failure(refuse_sign_in(problem))
        return Failure(refuse_sign_in("its token is signed by a key that it does not name"))

    async def _describe(self) -> Result[JsonObject, LLMError]:
        """What the provider says of itself."""
        async with self._turn:
            if self._about is not None and self.clock.monotonic() - self._about[0] <= _FRESH_SECONDS:
                return Success(self._about[1])
            read = await get_json(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if isinstance(read, Failure):
                return read
            about = read.unwrap()
            if about.get("issuer") != self.settings.issuer:  # Discovery 1.0, 4.3: exactly
                return Failure(unavailable(f"it calls itself otherwise than issuer = {self.settings.issuer!r} says"))
            lacking = [name for name in _ADDRESSES if not is_safe_address(as_text(about.get(name)))]
            if lacking:
                return Failure(unavailable(f"it names no https address for {lacking[0]}"))
            self._about = (self.clock.monotonic(), about)
            return Success(about)

    async def _signing_keys(self, *, again: bool) -> Result[JsonObject, LLMError]:
        about = await self._describe()
        if isinstance(about, Failure):
            return about
        async with self._turn:
            fresh = _AGAIN_SECONDS if again else _FRESH_SECONDS
            if self._keys is not None and self.clock.monotonic() - self._keys[0] <= fresh:
                return Success(self._keys[1])
            read = await get_json(as_text(about.unwrap()["jwks_uri"]))
            if not isinstance(read, Failure):
                self._keys = (self.clock.monotonic(), read.unwrap())
            return read


def _with_query(about: JsonObject, asked: dict[str, str]) -> str:
    address = as_text(about["authorization_endpoint"])
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked, quote_via=quote)}"
