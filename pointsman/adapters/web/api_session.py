"""Signing in to the page: by password, or once by the link that `pointsman serve` prints."""

from __future__ import annotations

import secrets

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid, success_response
from pointsman.adapters.web.caller import COOKIE, Caller
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.security.guesses import KNOWN
from pointsman.core.security.passwords import SHORTEST, hash_password
from pointsman.core.security.secret import Secret
from pointsman.core.security.session import IDLE_SECONDS, OWNER


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


async def _view(call: AnyCall, caller: Caller) -> Result[SessionView, LLMError]:
    kept = await _password(call)
    return kept.map(
        lambda password: SessionView(
            authenticated=caller.csrf is not None,
            csrf=caller.csrf,
            password_set=password is not None,
            user=caller.name if caller.csrf else None,
            version=call.site.version,
            demo=call.site.running.demo,
        )
    )


async def read(call: AnyCall) -> Result[SessionView, LLMError]:
    """Whoever it is."""
    return await _view(call, call.caller)


async def sign_in(call: ApiCall[SignIn, object]) -> Result[SessionView, LLMError] | Response:
    """A session for who has the password or the link."""
    asked: SignIn = call.body
    by_link = asked.link is not None and call.site.sessions.take_link(asked.link)
    right = Success(True) if by_link else await _is_password(call, asked.password)
    if isinstance(right, Failure):
        return right
    if not right.unwrap():
        detail = "the password or the link is wrong; a link works once, `pointsman serve` prints a new one"
        return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
    return await _begin(call, is_known=not by_link)


async def _is_password(call: AnyCall, password: str | None) -> Result[bool, LLMError]:
    """Whether it is the page's. A link has 192 bits, so that nobody need count who guesses one."""
    if password is None or call.request is None:
        return Success(False)
    kept, who = await _password(call), await call.site.guard.guesser(call.request)
    if isinstance(kept, Failure) or isinstance(who, Failure):
        return Failure(kept.failure() if isinstance(kept, Failure) else who.failure())
    return await call.site.guard.fits(who.unwrap(), password, kept.unwrap())


async def _begin(call: AnyCall, *, is_known: bool) -> Result[SessionView, LLMError] | Response:
    begun = await call.site.sessions.begin(OWNER)
    if isinstance(begun, Failure):
        return Failure(begun.failure())
    token, rights = begun.unwrap()
    view = await _view(call, Caller(rights=rights, cookie=token))
    if isinstance(view, Failure):
        return view
    answer, secure = success_response(view.unwrap()), call.site.policy.secure_cookie
    answer.set_cookie(COOKIE, token, max_age=int(IDLE_SECONDS), httponly=True, samesite="strict", secure=secure)
    if is_known and call.request is not None:
        marked = await call.site.guard.know(call.request, answer, secure=secure)
        if isinstance(marked, Failure):
            return Failure(marked.failure())
    return answer


async def sign_out(call: AnyCall) -> Result[NoData, LLMError] | Response:
    """The session is over, in every process."""
    ended = await call.site.sessions.end(call.caller.cookie)
    call.site.authority.forget()
    if isinstance(ended, Failure):
        return Failure(ended.failure())
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
    if kept.unwrap() is not None:
        fitting = await call.site.guard.fits(f"{KNOWN}{call.caller.name}", asked.old or "", kept.unwrap())
        if isinstance(fitting, Failure):
            return Failure(fitting.failure())
        if not fitting.unwrap():
            return Failure(invalid("old: it is not the password"))
    made = await anyio.to_thread.run_sync(hash_password, Secret(asked.password), secrets.token_bytes(16))
    done = await settle(call.site.desk.set_password(made, call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    ended = await call.site.sessions.end_others(OWNER, call.caller.cookie)
    call.site.authority.forget()
    return ended.map(lambda _: NoData())


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
