"""Who asks the server, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.asgi import cookie_in, host_name
from pointsman.adapters.web.site import LOOPBACK, WebServices
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.effect import is_failure
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.json import Json, as_text
from pointsman.core.security.rights import NOBODY, Rights
from pointsman.core.security.user import RESERVED_PREFIXES, csrf_of
from pointsman.core.security.virtual_key import PREFIX, KeyScope, VirtualKey
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.manager import Manager

COOKIE = "pointsman_session"
Headers: TypeAlias = Mapping[str, str]
"""Header fields by lower-case name."""


@attrs.frozen(kw_only=True)
class Caller:
    """Somebody at the door: what they may do, and the cookie that says so, if it is one."""

    rights: Rights
    cookie: str = attrs.field(default="", repr=False)

    @property
    def name(self) -> str:
        """As the trail calls them."""
        return self.rights.name

    @property
    def scopes(self) -> tuple[KeyScope, ...]:
        """What they may do."""
        return self.rights.scopes

    @property
    def key(self) -> VirtualKey | None:
        """The key that they have brought."""
        return self.rights.key

    @property
    def csrf(self) -> str | None:
        """The word that has to come with every change of theirs; None where none has to."""
        return None if self.rights.session is None else csrf_of(self.cookie)

    def has_word(self, said: object) -> bool:
        """Whether `said` is the word that has to come; compared in constant time."""
        return self.csrf is None or compare_digest(as_text(said).encode("utf-8", "replace"), self.csrf.encode())

    @property
    def tenant(self) -> str:
        """Whom the calls are counted for."""
        return self.rights.tenant


def conversations_of(caller: Caller, manager: Manager) -> Conversations:
    """Those that the caller may see: by a key its own, unless it may do everything."""
    only = caller.rights.only_tenant
    return manager.conversations if only is None else manager.conversations.owned_by(only)


def options_of(
    caller: Caller, task: str | None = None, tags: Sequence[str] = (), allowed: tuple[str, ...] | None = None
) -> CallOptions:
    """For whom a call through any door is counted: by the caller's key, its budget among them, whatever they say.

    `allowed` are the models that may answer, see `pointsman.adapters.web.allowed_models`; without it those of the key.
    """
    own = tuple(tag for tag in tags if not tag.startswith(RESERVED_PREFIXES)) if tags else ()
    rights, key = caller.rights, caller.key
    if not rights.tenant:
        return CallOptions(task=task, tags=own) if task or own else PLAIN
    named, models = ((), ()) if key is None else ((rights.key_tag,), key.models)
    return CallOptions(
        task=task,
        tenant=rights.tenant,
        tags=(*named, *own),
        budgets=rights.budgets,
        allowed_models=models if allowed is None else allowed,
    )


def overrides_of(site: WebServices, caller: Caller) -> Mapping[str, Json]:
    """What the caller wants otherwise than everybody: by whose they are, and of a key of the house by its name, too."""
    every, rights = site.running.overrides, caller.rights
    named = every.get(rights.name, {}) if rights.user is None else {}
    return {**named, **every.get(rights.tenant, {})} if rights.tenant else named


ANYBODY = Caller(rights=NOBODY)
_ANYBODY_AT_THE_GATEWAY: Result[Caller, LLMError] = Success(Caller(rights=attrs.evolve(NOBODY, scopes=("chat",))))


def key_in(headers: Headers, query: Mapping[str, str]) -> str:
    """The key of a request, from wherever the vendors' SDKs put theirs."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    named = headers.get("x-api-key") or headers.get("x-goog-api-key") or headers.get("api-key")
    return named or query.get("key", "")


async def gateway_caller(site: WebServices, headers: Headers, query: Mapping[str, str]) -> Result[Caller, LLMError]:
    """Who calls the gateway: by key; without one only where that is allowed, and no key has been given out."""
    text = key_in(headers, query)
    if text.startswith(PREFIX) or not site.policy.open_gateway or _is_from_outside(site, headers):
        return await _admit_key(site, text)
    is_wanted = await site.authority.has_keys()
    if is_failure(is_wanted):  # it stays shut, and says why: no key would help
        return Failure(is_wanted.failure())
    if is_wanted.unwrap():
        return await _admit_key(site, text)
    return _ANYBODY_AT_THE_GATEWAY


_PASSED_ON = frozenset(("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"))


def _is_from_outside(site: WebServices, headers: Headers) -> bool:
    """Whether a proxy on this machine has passed the request on: then who asks may be anywhere."""
    named = host_name(headers.get("host", ""))
    by_other_name = bool(site.policy.hosts) and named not in LOOPBACK
    return by_other_name or not _PASSED_ON.isdisjoint(headers)


async def as_gateway_caller(site: WebServices, headers: Headers, scope: KeyScope) -> Result[Caller, LLMError]:
    """Who brings no key, where the gateway would let them in: then for `scope`, and for nothing else."""
    known = await gateway_caller(site, headers, {})
    return known.map(lambda caller: attrs.evolve(caller, rights=attrs.evolve(caller.rights, scopes=(scope,))))


async def api_caller(site: WebServices, headers: Headers) -> Result[Caller, LLMError]:
    """Who calls the API, and a call of theirs counted: by key or by the page's cookie; anybody else is anybody."""
    text = key_in(headers, {})
    return await _admit_key(site, text) if text else await _by_cookie(site, headers)


async def find_caller(site: WebServices, headers: Headers) -> Result[Caller, LLMError]:
    """The same where nothing is asked yet, so that nothing is counted."""
    text = key_in(headers, {})
    return await _by_key(site, text) if text else await _by_cookie(site, headers)


async def renew_caller(site: WebServices, caller: Caller, scope: KeyScope) -> Result[Caller, LLMError]:
    """`caller` as they stand now, or why they may no longer do what needs `scope`."""
    renewed = await site.authority.renew(caller.rights, scope)
    return renewed.map(lambda rights: attrs.evolve(caller, rights=rights))


async def admit_again(site: WebServices, caller: Caller, scope: KeyScope) -> Result[Caller, LLMError]:
    """As `renew_caller`, for one call more of who is connected, which counts like any other."""
    found = await renew_caller(site, caller, scope)
    return found if is_failure(found) else await _count_call(site, found.unwrap())


async def _by_cookie(site: WebServices, headers: Headers) -> Result[Caller, LLMError]:
    cookie = cookie_in(headers, COOKIE)
    if not cookie:
        return Success(ANYBODY)
    found = await site.authority.of_session(cookie)
    return found.map(lambda rights: ANYBODY if rights is NOBODY else Caller(rights=rights, cookie=cookie))


async def _admit_key(site: WebServices, text: str) -> Result[Caller, LLMError]:
    found = await _by_key(site, text)
    return found if is_failure(found) else await _count_call(site, found.unwrap())


async def _count_call(site: WebServices, caller: Caller) -> Result[Caller, LLMError]:
    counted = await site.authority.count(caller.rights)
    return Failure(counted.failure()) if is_failure(counted) else Success(caller)


async def _by_key(site: WebServices, text: str) -> Result[Caller, LLMError]:
    if not text:
        return Failure(AuthenticationFailed(detail="a key of this server is needed", status=401, local=True))
    found = await site.authority.of_key(text)
    return Failure(found.failure()) if is_failure(found) else Success(Caller(rights=found.unwrap()))


def find_refusal(caller: Caller, scope: KeyScope) -> LLMError | None:
    """Why `caller` may not do what needs `scope`; None where they may."""
    return caller.rights.refusal(scope)
