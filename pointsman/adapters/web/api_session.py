"""Signing in to the page: by password, or once by the link that `pointsman serve` prints."""

from __future__ import annotations

import secrets

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid, success_response
from pointsman.adapters.web.caller import COOKIE
from pointsman.adapters.web.sessions import LIFETIME, Session
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError, RateLimitExceeded
from pointsman.core.security.passwords import SHORTEST, fits, hash_password
from pointsman.core.security.secret import Secret


@attrs.frozen(kw_only=True)
class SessionView:
    """Who is signed in; `csrf` has to come with every change, in the header `x-pointsman-csrf`."""

    authenticated: bool
    csrf: str | None
    password_set: bool
    user: str | None
    version: str
    demo: bool


@attrs.frozen(kw_only=True)
class SignIn:
    """One of both."""

    password: str | None = None
    link: str | None = None


@attrs.frozen(kw_only=True)
class NewPassword:
    """`old` is needed where a password is set."""

    password: str
    old: str | None = None


async def _password(call: AnyCall) -> Result[str | None, LLMError]:
    kept = await settle(call.site.desk.read())
    return kept.map(lambda found: found.password)


async def _view(call: AnyCall, session: Session | None) -> Result[SessionView, LLMError]:
    kept = await _password(call)
    return kept.map(
        lambda password: SessionView(
            authenticated=session is not None,
            csrf=session.csrf if session else None,
            password_set=password is not None,
            user=session.user if session else None,
            version=call.site.version,
            demo=call.site.running.demo,
        )
    )


async def read(call: AnyCall) -> Result[SessionView, LLMError]:
    """Whoever it is."""
    return await _view(call, call.caller.session)


async def sign_in(call: ApiCall[SignIn, object]) -> Result[SessionView, LLMError] | Response:
    """A session for who has the password or the link."""
    sessions, now = call.site.sessions, call.site.clock.monotonic()
    barred = sessions.pause_left(now)
    if barred:
        detail = "too many wrong passwords"
        return Failure(RateLimitExceeded(detail=detail, retry_after=barred, status=429, local=True))
    kept = await _password(call)
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    asked: SignIn = call.body
    right = asked.link is not None and sessions.take_link(asked.link)
    if not right and asked.password is not None and kept.unwrap() is not None:
        right = await anyio.to_thread.run_sync(fits, Secret(asked.password), kept.unwrap() or "")
    if not right:
        sessions.note_failure(now)
        detail = "the password or the link is wrong; a link works once, `pointsman serve` prints a new one"
        return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
    token, session = sessions.begin("admin", now)
    view = await _view(call, session)
    if isinstance(view, Failure):
        return view
    answer = success_response(view.unwrap())
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME),
        httponly=True,
        samesite="strict",
        secure=call.site.policy.secure_cookie,
    )
    return answer


async def sign_out(call: AnyCall) -> Result[NoData, LLMError] | Response:
    """The session is over."""
    call.site.sessions.end(call.caller.cookie)
    answer = success_response(NoData())
    answer.delete_cookie(COOKIE)
    return answer


async def set_password(call: ApiCall[NewPassword, object]) -> Result[NoData, LLMError]:
    """A new password; everybody else is signed out."""
    asked: NewPassword = call.body
    if len(asked.password) < SHORTEST:
        return Failure(invalid(f"password: it has fewer than {SHORTEST} characters"))
    kept = await _password(call)
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    old = kept.unwrap()
    if old is not None and not await anyio.to_thread.run_sync(fits, Secret(asked.old or ""), old):
        return Failure(invalid("old: it is not the password"))
    made = await anyio.to_thread.run_sync(hash_password, Secret(asked.password), secrets.token_bytes(16))
    done = await settle(call.site.desk.set_password(made, call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    call.site.sessions.end_others(call.caller.cookie)
    return Success(NoData())


ENDPOINTS = (
    ApiEndpoint(method="GET", path="/api/v1/session", summary="Who is signed in", run=read, scope=None),
    ApiEndpoint(
        method="POST",
        path="/api/v1/session",
        summary="Sign in by password, or by the link that was printed",
        run=sign_in,
        scope=None,
    ),
    ApiEndpoint(method="DELETE", path="/api/v1/session", summary="Sign out", run=sign_out, scope=None),
    ApiEndpoint(
        method="PUT",
        path="/api/v1/session/password",
        summary="Set the password of the page",
        run=set_password,
    ),
)
