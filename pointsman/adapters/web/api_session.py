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
from pointsman.core.notice import EVENT_NAMES
from pointsman.core.security.passwords import KNOWN, SHORTEST, hash_password
from pointsman.core.security.secret import Secret
from pointsman.core.security.session import IDLE_SECONDS, OWNER
from pointsman.core.security.user import Role, User, fold_name, name_problem
from pointsman.services.authority.user_service import UserService


@attrs.frozen(kw_only=True)
class SessionView:
    """Who is signed in; `csrf` has to come with every change, in the header `x-pointsman-csrf`."""

    authenticated: bool
    csrf: str | None
    password_set: bool
    user: str | None
    role: str | None
    scopes: list[str]
    version: str
    demo: bool
    sign_in_by: str | None
    """What the button calls the provider by which one may sign in; null where there is none."""
    events: list[str]
    """The names of the events that `/api/v1/events` sends."""


@attrs.frozen(kw_only=True)
class SignIn:
    """A password, of the owner or of the user called `name`; the link that was printed; or an invitation, by which one
    becomes a user with that name and password.
    """

    password: str | None = None
    link: str | None = None
    name: str | None = None
    invitation: str | None = None


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
    with call.site.running.lease() as app:
        oidc = app.settings.oidc
    return kept.map(
        lambda password: SessionView(
            authenticated=caller.csrf is not None,
            csrf=caller.csrf,
            password_set=password is not None,
            user=caller.name if caller.csrf else None,
            role=_role_of(caller) if caller.csrf else None,
            scopes=list(caller.scopes),
            version=call.site.version,
            demo=call.site.running.demo,
            sign_in_by=oidc.title if oidc.issuer else None,
            events=sorted(EVENT_NAMES),
        )
    )


def _role_of(caller: Caller) -> Role:
    return "admin" if caller.rights.user is None else caller.rights.user.role


async def read(call: AnyCall) -> Result[SessionView, LLMError]:
    """Whoever it is."""
    return await _view(call, call.caller)


async def sign_in(call: ApiCall[SignIn, object]) -> Result[SessionView, LLMError] | Response:
    """A session for who has a password, the link or an invitation."""
    asked: SignIn = call.body
    if asked.link is not None and await call.site.sessions.take_link(asked.link):  # of 192 bits: guesses do not count
        return await _begin(call, None, by_password=False)
    if asked.invitation is not None:
        user = await _accept(call, asked)
        return user if isinstance(user, Failure) else await _begin(call, user.unwrap(), by_password=True)
    if asked.password is None:
        return Failure(_wrong_password())
    is_owner = fold_name(asked.name or OWNER) == OWNER
    return await (_as_owner(call, asked.password) if is_owner else _as_user(call, asked.name or "", asked.password))


async def _as_owner(call: AnyCall, password: str) -> Result[SessionView, LLMError] | Response:
    kept = await _password(call)
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    right = await _is_right(call, OWNER, password, kept.unwrap())
    return Failure(right.failure()) if isinstance(right, Failure) else await _begin(call, None, by_password=True)


async def _as_user(call: AnyCall, name: str, password: str) -> Result[SessionView, LLMError] | Response:
    found = await settle(call.site.running.stores.users.find_named(name))
    if isinstance(found, Failure):
        return Failure(found.failure())
    user = found.unwrap()
    kept = user.password if user is not None and user.enabled else None
    right = await _is_right(call, fold_name(name), password, kept)
    return Failure(right.failure()) if isinstance(right, Failure) else await _begin(call, user, by_password=True)


async def _is_right(call: AnyCall, user: str, password: str, kept: str | None) -> Result[None, LLMError]:
    """Why `password` signs nobody in as `user`, whose hash is `kept`."""
    assert call.request is not None, "it came over HTTP"
    who = await call.site.guard.guesser(call.request, user)
    if isinstance(who, Failure):
        return Failure(who.failure())
    fitting = await call.site.guard.fits(who.unwrap(), password, kept)
    if isinstance(fitting, Failure):
        return Failure(fitting.failure())
    return Success(None) if fitting.unwrap() else Failure(_wrong_password())


def _wrong_password() -> AuthenticationFailed:
    detail = "the name, the password or the link is wrong; a link works once, `pointsman serve` prints a new one"
    return AuthenticationFailed(detail=detail, status=401, local=True)


async def _accept(call: AnyCall, asked: SignIn) -> Result[User, LLMError]:
    """The user that an invitation makes."""
    service = UserService(call.site.running.stores.users, call.site.clock)
    found = await settle(service.open_invitation(asked.invitation or ""))
    if isinstance(found, Failure):
        return Failure(found.failure())
    name, password = (asked.name or "").strip(), asked.password or ""
    problems = [
        name_problem(name),
        f"password: it has fewer than {SHORTEST} characters" if len(password) < SHORTEST else None,
    ]
    if any(problems):
        return Failure(invalid(*(one for one in problems if one is not None)))
    hashed = await _hash(password)
    return (await settle(service.accept(found.unwrap(), name, hashed))).map(lambda user: user)


async def _hash(password: str) -> str:
    return await anyio.to_thread.run_sync(hash_password, Secret(password), secrets.token_bytes(16))


async def _begin(call: AnyCall, user: User | None, *, by_password: bool) -> Result[SessionView, LLMError] | Response:
    begun = await call.site.sessions.begin(user)
    if isinstance(begun, Failure):
        return Failure(begun.failure())
    token, rights = begun.unwrap()
    view = await _view(call, Caller(rights=rights, cookie=token))
    if isinstance(view, Failure):
        return view
    answer, secure = success_response(view.unwrap()), call.site.policy.secure_cookie
    _set_cookie(call, answer, token)
    if by_password and call.request is not None:
        name = OWNER if user is None else fold_name(user.name)
        marked = await call.site.guard.know(call.request, answer, name, secure=secure)
        if isinstance(marked, Failure):
            return Failure(marked.failure())
    return answer


async def begin_session(call: AnyCall, user: User, answer: Response) -> Result[Response, LLMError]:
    """`answer` with the cookie of a new session of `user`, whom somebody else has vouched for."""
    begun = await call.site.sessions.begin(user)
    if isinstance(begun, Failure):
        return Failure(begun.failure())
    _set_cookie(call, answer, begun.unwrap()[0])
    return Success(answer)


def _set_cookie(call: AnyCall, answer: Response, token: str) -> None:
    secure = call.site.policy.secure_cookie
    answer.set_cookie(COOKIE, token, max_age=int(IDLE_SECONDS), httponly=True, samesite="strict", secure=secure)


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
    """A new password of who is signed in; their other sessions are over."""
    asked, user = call.body, call.caller.rights.user
    if call.caller.csrf is None and (user is not None or "admin" not in call.caller.scopes):  # a key is nobody
        return Failure(AuthenticationFailed(detail="sign in on the page to set a password", status=403, local=True))
    if user is not None and user.issuer:  # it would outlive what the provider says of them
        detail = "you sign in by a provider, which keeps your password"
        return Failure(AuthenticationFailed(detail=detail, status=403, local=True))
    if len(asked.password) < SHORTEST:
        return Failure(invalid(f"password: it has fewer than {SHORTEST} characters"))
    kept = await _password(call) if user is None else Success(user.password)
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    if kept.unwrap() is not None:
        fitting = await call.site.guard.fits(f"{KNOWN}{call.caller.name}", asked.old or "", kept.unwrap())
        if isinstance(fitting, Failure):
            return Failure(fitting.failure())
        if not fitting.unwrap():
            return Failure(invalid("old: it is not the password"))
    done = await _keep_password(call, user, await _hash(asked.password))
    if isinstance(done, Failure):
        return done
    ended = await call.site.sessions.end_others(OWNER if user is None else user.id, call.caller.cookie)
    call.site.authority.forget()
    return ended.map(lambda _: NoData())


async def _keep_password(call: AnyCall, user: User | None, hashed: str) -> Result[None, LLMError]:
    if user is None:
        return (await settle(call.site.desk.set_password(hashed, call.caller.name))).map(lambda _: None)
    service = UserService(call.site.running.stores.users, call.site.clock)
    return (await settle(service.set_password(user.id, hashed, call.caller.name))).map(lambda _: None)


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
        summary="Set one's password",
        run=set_password,
        scope="read",
    ),
)
