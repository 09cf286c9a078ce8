"""Who asks the server, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.key_cache import FRESH, KeyCache
from pointsman.adapters.web.sessions import Session
from pointsman.adapters.web.site import WebServices
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.security.virtual_key import SCOPES, KeyScope, VirtualKey
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.manager import Manager

COOKIE = "pointsman_session"
Headers: TypeAlias = Mapping[str, str]
"""Header fields by lower-case name."""


@attrs.frozen(kw_only=True)
class Caller:
    """Somebody, by a key, a session of the page, or nothing at all."""

    name: str
    scopes: tuple[KeyScope, ...] = ()
    key: VirtualKey | None = None
    session: Session | None = attrs.field(default=None, repr=False)
    cookie: str = attrs.field(default="", repr=False)

    @property
    def tenant(self) -> str:
        """Whom the calls are counted for."""
        return self.key.tenant if self.key else ""

    @property
    def only_tenant(self) -> str | None:
        """Whose calls and conversations they may see: by a key its own; None for all, where it may do everything."""
        return None if self.key is None or "admin" in self.key.scopes else self.key.tenant


def conversations_of(caller: Caller, manager: Manager) -> Conversations:
    """Those that the caller may see: by a key its own, unless it may do everything."""
    only = caller.only_tenant
    return manager.conversations if only is None else manager.conversations.owned_by(only)


_OF_KEYS = "key:"
"""How the tag of a key begins. Nobody else may claim it."""


def options_of(caller: Caller, task: str | None = None, tags: Sequence[str] = ()) -> CallOptions:
    """For whom a call through any door is counted: by the caller's key, its budget among them, whatever they say."""
    own = tuple(tag for tag in tags if not tag.startswith(_OF_KEYS))
    if caller.key is None:
        return CallOptions(task=task, tenant=caller.tenant, tags=own) if task or own or caller.tenant else PLAIN
    budget = caller.key.budget
    return CallOptions(
        task=task,
        tenant=caller.tenant,
        tags=(f"{_OF_KEYS}{caller.key.name}", *own),
        budgets=() if budget is None else (budget,),
    )


ANYBODY = Caller(name="anonymous")


def key_in(headers: Headers, query: Mapping[str, str]) -> str:
    """The key of a request, from wherever the vendors' SDKs put theirs."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    named = (headers.get(name, "") for name in ("x-api-key", "x-goog-api-key", "api-key"))
    return next((value for value in named if value), query.get("key", ""))


async def gateway_caller(
    site: WebServices, ring: KeyCache, headers: Headers, query: Mapping[str, str]
) -> Result[Caller, LLMError]:
    """Who calls the gateway: by key; without one only where that is allowed, and no key has been given out."""
    text = key_in(headers, query)
    if text.startswith("pm-") or not site.policy.open_gateway or await ring.any():
        return await _by_key(ring, text)
    return Success(Caller(name="anonymous", scopes=("chat",)))


async def as_gateway_caller(site: WebServices, ring: KeyCache, scope: KeyScope) -> Result[Caller, LLMError]:
    """Who brings no key, where the gateway would let them in: then for `scope`, and for nothing else."""
    known = await gateway_caller(site, ring, {}, {})
    return known.map(lambda caller: attrs.evolve(caller, scopes=(scope,)))


async def api_caller(
    site: WebServices, ring: KeyCache, headers: Headers, query: Mapping[str, str]
) -> Result[Caller, LLMError]:
    """Who calls the API, and a call of theirs counted: by key or by the page's cookie; anybody else is anybody."""
    text = key_in(headers, {})
    return await _by_key(ring, text) if text else Success(_by_cookie(site, headers))


async def find_caller(site: WebServices, ring: KeyCache, headers: Headers) -> Result[Caller, LLMError]:
    """The same where nothing is asked yet, so that nothing is counted."""
    text = key_in(headers, {})
    return (await ring.find(text)).map(_caller_of) if text else Success(_by_cookie(site, headers))


async def renew_caller(
    site: WebServices, ring: KeyCache, caller: Caller, scope: KeyScope, fresh: float = FRESH
) -> Result[Caller, LLMError]:
    """`caller` as they stand now, or why they may no longer do what needs `scope`."""
    if caller.session is not None and not site.sessions.has(caller.cookie, site.clock.monotonic()):
        return Failure(AuthenticationFailed(detail="the session is over; sign in again", status=401, local=True))
    if caller.key is None:
        return Success(caller)
    found = await ring.find_digest(caller.key.digest, fresh)
    if isinstance(found, Failure):
        return Failure(found.failure())
    now = _caller_of(found.unwrap())
    refused = find_refusal(now, scope)
    return Success(now) if refused is None else Failure(refused)


async def admit_again(site: WebServices, ring: KeyCache, caller: Caller, scope: KeyScope) -> Result[Caller, LLMError]:
    """As `renew_caller`, for one call more of who is connected, which counts like any other."""
    found = await renew_caller(site, ring, caller, scope)
    if isinstance(found, Failure):
        return found
    now = found.unwrap()
    if now.session is not None:
        site.sessions.find(now.cookie, site.clock.monotonic())
    counted = Success(None) if now.key is None else await ring.count(now.key)
    return Failure(counted.failure()) if isinstance(counted, Failure) else found


def _by_cookie(site: WebServices, headers: Headers) -> Caller:
    cookie = _cookie(headers)
    session = site.sessions.find(cookie, site.clock.monotonic()) if cookie else None
    if session is None:
        return ANYBODY
    return Caller(name=session.user, scopes=SCOPES, session=session, cookie=cookie)


async def _by_key(ring: KeyCache, text: str) -> Result[Caller, LLMError]:
    if not text:
        return Failure(AuthenticationFailed(detail="a key of this server is needed", status=401, local=True))
    found = await ring.find(text)
    if isinstance(found, Failure):
        return Failure(found.failure())
    key = found.unwrap()
    counted = await ring.count(key)
    if isinstance(counted, Failure):
        return Failure(counted.failure())
    return Success(_caller_of(key))


def _caller_of(key: VirtualKey) -> Caller:
    return Caller(name=f"key:{key.name}", scopes=key.scopes, key=key)


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def find_refusal(caller: Caller, scope: KeyScope) -> LLMError | None:
    """Why `caller` may not do what needs `scope`; None where they may."""
    if scope in caller.scopes:
        return None
    if caller.scopes:
        detail = f"this key has not the scope {scope!r}"
        return AuthenticationFailed(detail=detail, status=403, local=True)
    return AuthenticationFailed(detail="sign in on the page, or bring a key of this server", status=401, local=True)
