"""Signing in by a provider of identities: the browser is sent there, and comes back with a code. It verifies nothing.

What fails is told to a person in one sentence, on a page that needs no script.
"""

from __future__ import annotations

import html
import secrets
from hmac import compare_digest

import attrs
from returns.result import Failure, Result
from starlette.responses import RedirectResponse, Response

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData
from pointsman.adapters.web.api_session import begin_session
from pointsman.adapters.web.asgi import cookie_in
from pointsman.adapters.web.envelope import status_of
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.security.identity import WAITED_SECONDS, SignInSecret, role_of
from pointsman.core.settings import OidcSettings
from pointsman.services.authority.provider_sign_in import ProviderSignIn

_PATH = "/api/v1/session/oidc"
_BACK = f"{_PATH}/callback"
_HOME = "../../../../"
"""The page, as seen from `_BACK`, wherever the server is mounted."""
_COOKIE = "pointsman_sign_in"
_NO_STORE = {"cache-control": "no-store"}


@attrs.frozen(kw_only=True)
class Returned:
    """What a browser brings back: a code, or why there is none. Other words of the provider's are not read."""

    code: str = ""
    state: str = ""
    error: str = ""
    iss: str = ""


async def leave(call: AnyCall) -> Result[NoData, LLMError] | Response:
    """Send the browser to the provider."""
    settings = _settings(call)
    if not settings.issuer:
        return _tell(call, AuthenticationFailed(detail="this server has no sign-in provider", status=404, local=True))
    word = secrets.token_urlsafe(32)
    address = await call.site.identity(settings).address(SignInSecret(word), _back(call, settings))
    if isinstance(address, Failure):
        return _tell(call, address.failure())
    answer = RedirectResponse(address.unwrap(), 303, _NO_STORE)
    # Lax: it must come back from another site, where a strict one would stay behind.
    answer.set_cookie(
        _COOKIE,
        word,
        max_age=int(WAITED_SECONDS),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=call.site.policy.secure_cookie,
    )
    return answer


async def come_back(call: ApiCall[object, Returned]) -> Result[NoData, LLMError] | Response:
    """Take the browser in whose code is good, and whose token says that it is somebody with a role."""
    settings, given = _settings(call), call.query
    assert call.request is not None, "it came over HTTP"
    word = cookie_in(call.request.headers, _COOKIE)
    secret = SignInSecret(word)
    refused = _refuse(settings, given, secret if word else None)
    if refused is not None:
        return _tell(call, refused)
    provider = call.site.identity(settings)
    identified = await provider.identify(secret, _back(call, settings), given.code)
    if isinstance(identified, Failure):
        return _tell(call, identified.failure())
    identity = identified.unwrap()
    role = role_of(identity.claims, settings.claim, settings.roles)
    admitted = await settle(ProviderSignIn(call.site.running.stores.users, call.site.clock).admit(identity, role))
    call.site.authority.forget()
    if isinstance(admitted, Failure):
        return _tell(call, admitted.failure())
    begun = await begin_session(call, admitted.unwrap(), RedirectResponse(_HOME, 303, _NO_STORE))
    if isinstance(begun, Failure):
        return _tell(call, begun.failure())
    answer = begun.unwrap()
    answer.delete_cookie(_COOKIE, path=_PATH)
    return answer


def _refuse(settings: OidcSettings, given: Returned, secret: SignInSecret | None) -> LLMError | None:
    if not settings.issuer:
        return AuthenticationFailed(detail="this server has no sign-in provider", status=404, local=True)
    fits = secret is not None and compare_digest(given.state.encode("utf-8", "replace"), secret.state.encode())
    if not fits:
        return _wrong("it took too long, or was begun in another browser; sign in again")
    if given.iss and given.iss != settings.issuer:  # RFC 9207: an answer of another provider, mixed in
        return _wrong("the answer is another provider's")
    if given.error:  # a word of the provider's, which anybody might write into a link, is not shown
        said = "you have declined" if given.error == "access_denied" else "the provider has refused; ask who runs it"
        return _wrong(said)
    return None if given.code else _wrong("the provider has sent no code")


def _wrong(said: str) -> AuthenticationFailed:
    return AuthenticationFailed(detail=f"you are not signed in: {said}", status=401, local=True)


def _settings(call: AnyCall) -> OidcSettings:
    with call.site.running.lease() as app:
        return app.settings.oidc


def _back(call: AnyCall, settings: OidcSettings) -> str:
    """Our own address, to which the provider sends the browser back."""
    if settings.address is not None:
        return settings.address.rstrip("/") + _BACK
    assert call.request is not None, "it came over HTTP"
    scheme = "https" if call.site.policy.secure_cookie else "http"
    return f"{scheme}://{call.request.headers.get('host', '')}{_BACK}"


def _tell(call: AnyCall, error: LLMError) -> Failure[LLMError] | Response:
    """The sentence of `error` as a page, and the way back, for a browser; for a program as everywhere."""
    if call.request is None or "text/html" not in call.request.headers.get("accept", ""):
        return Failure(error)
    said = html.escape(error.detail)
    page = f'<!doctype html><title>Sign in</title><p role="alert">{said}</p><p><a href="/">Back</a></p>'
    return Response(page, status_of(error), _NO_STORE, "text/html; charset=utf-8")


ENDPOINTS = (
    ApiEndpoint(
        method="GET", path=_PATH, summary="Go to the sign-in provider", run=leave, scope=None, media="text/html"
    ),
    ApiEndpoint(
        method="GET", path=_BACK, summary="Come back from it with a code", run=come_back, scope=None, media="text/html"
    ),
)
