"""The keys of who is signed in: each asks in their name, and no more than their role allows."""

from __future__ import annotations

import secrets

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.adapters.web.api_keys import Keys, NewKey, show_key, whole_change
from pointsman.adapters.web.view_types import KeyView
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.money.cost import Cost
from pointsman.core.security.key_change import KeyChange
from pointsman.core.security.user import User
from pointsman.core.security.virtual_key import PREFIX, VirtualKey, covers
from pointsman.services.authority.key_service import KeyService, no_key


def _service(call: AnyCall) -> KeyService:
    return KeyService(call.site.running.stores.keys, call.site.clock)


def _user(call: AnyCall) -> Result[User, LLMError]:
    """Who is signed in: no key may make keys, and those of the house stand elsewhere."""
    user = call.caller.rights.user
    if user is None or call.caller.csrf is None:
        detail = "this is for users who are signed in on the page; the keys of the house are at /api/v1/keys"
        return Failure(AuthenticationFailed(detail=detail, status=403, local=True))
    return Success(user)


async def listing(call: AnyCall) -> Result[Keys, LLMError]:
    """One's own."""
    user, every = _user(call), await settle(call.site.running.stores.keys.all())
    if isinstance(user, Failure) or isinstance(every, Failure):
        return Failure(user.failure() if isinstance(user, Failure) else every.failure())
    shown: list[KeyView] = []
    for key in every.unwrap():
        if key.owner == user.unwrap().id:
            view = await show_key(call, key)
            if isinstance(view, Failure):
                return view
            shown.append(view.unwrap())
    return Success(Keys(keys=shown))


async def create(call: ApiCall[NewKey, object]) -> Result[KeyView, LLMError]:
    """A new one."""
    user, fields = _user(call), whole_change(call.body)
    if isinstance(user, Failure):
        return Failure(user.failure())
    refused = _refuse_scopes(user.unwrap(), fields)
    if refused is not None:
        return Failure(refused)
    text = PREFIX + secrets.token_urlsafe(32)
    given = [field.name for field in attrs.fields(NewKey)]
    made = await settle(_service(call).make(text, fields, given, call.caller.name, user.unwrap().id))
    call.site.authority.forget()
    return made.map(lambda key: views.key(key, None if key.usd is None else Cost(), text))


def _refuse_scopes(user: User, change: KeyChange) -> LLMError | None:
    beyond = [scope for scope in change.scopes or () if not covers(user.scopes, scope)]
    return invalid(*(f"scopes: your role does not open {scope!r}" for scope in beyond)) if beyond else None


async def change(call: ApiCall[KeyChange, object]) -> Result[KeyView, LLMError]:
    """Some fields of one of them."""
    found = await _find(call)
    if isinstance(found, Failure):
        return Failure(found.failure())
    user, key = found.unwrap()
    refused = _refuse_scopes(user, call.body) if "scopes" in call.given else None
    if refused is not None:
        return Failure(refused)
    done = await settle(_service(call).change(key.id, call.body, call.given, call.caller.name))
    call.site.authority.forget()
    return Failure(done.failure()) if isinstance(done, Failure) else await show_key(call, done.unwrap())


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """One of them opens nothing any more."""
    found = await _find(call)
    if isinstance(found, Failure):
        return Failure(found.failure())
    gone = await settle(_service(call).delete(found.unwrap()[1].id, call.caller.name))
    call.site.authority.forget()
    return gone.map(lambda _: NoData())


async def _find(call: AnyCall) -> Result[tuple[User, VirtualKey], LLMError]:
    """One's key of the path; what is another's is not there."""
    user, key = _user(call), await settle(_service(call).find(call.path["id"]))
    if isinstance(user, Failure) or isinstance(key, Failure):
        return Failure(user.failure() if isinstance(user, Failure) else key.failure())
    if key.unwrap().owner != user.unwrap().id:
        return Failure(no_key(call.path["id"]))
    return Success((user.unwrap(), key.unwrap()))


_PATH = "/api/v1/session/keys"
_ONE = f"{_PATH}/{{id}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="One's own virtual keys", run=listing, scope="read"),
    ApiEndpoint(method="POST", path=_PATH, summary="Make a virtual key of one's own", run=create, scope="read"),
    ApiEndpoint(method="PATCH", path=_ONE, summary="Change a virtual key of one's own", run=change, scope="read"),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Delete a virtual key of one's own", run=delete, scope="read"),
)
