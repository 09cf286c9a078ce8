"""Virtual keys: what the gateway gives out. The key itself is shown once, when it is made."""

from __future__ import annotations

import secrets
from typing import Literal

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData
from pointsman.adapters.web.view_types import KeyView
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.money.budget import accounts
from pointsman.core.money.cost import Cost
from pointsman.core.security.key_change import KeyChange
from pointsman.core.security.virtual_key import PREFIX, KeyScope, VirtualKey
from pointsman.services.authority.key_service import KeyService


@attrs.frozen(kw_only=True)
class NewKey:
    """What the key opens. `budget` is dollars as text; `models` are patterns such as `openai/*`, none means all."""

    name: str
    scopes: list[KeyScope] = attrs.field(factory=lambda: ["chat"])
    models: list[str] = attrs.field(factory=list)
    budget: str | None = None
    period: Literal["hour", "day", "month", "total"] = "month"
    requests_per_minute: int | None = None
    expires: float | None = None
    enabled: bool = True


_FIELDS = tuple(field.name for field in attrs.fields(NewKey))


@attrs.frozen(kw_only=True)
class Keys:
    """All keys that were given out."""

    keys: list[KeyView]


def _service(call: AnyCall) -> KeyService:
    return KeyService(call.site.running.stores.keys, call.site.clock)


async def listing(call: AnyCall) -> Result[Keys, LLMError]:
    """All keys, with what each has spent."""
    found = await settle(call.site.running.stores.keys.all())
    if isinstance(found, Failure):
        return Failure(found.failure())
    shown: list[KeyView] = []
    for key in found.unwrap():
        view = await show_key(call, key)
        if isinstance(view, Failure):
            return view
        shown.append(view.unwrap())
    return Success(Keys(keys=shown))


async def show_key(call: AnyCall, key: VirtualKey) -> Result[KeyView, LLMError]:
    """A key, with what it has spent of its budget, if it has one."""
    if key.budget is None:
        return Success(views.key(key, None))
    now = call.site.clock.now()
    own = accounts((key.budget,), CallOptions(tenant=key.tenant), "", "", now)
    read = await settle(call.site.running.stores.ledger.balances([account.key for account in own], now))
    return read.map(lambda balances: views.key(key, balances[0].spent.cost if balances else None))


def whole_change(asked: NewKey) -> KeyChange:
    """A new key's fields as a change of all of them."""
    return KeyChange(**{name: getattr(asked, name) for name in _FIELDS})


async def create(call: ApiCall[NewKey, object]) -> Result[KeyView, LLMError]:
    """A new key."""
    text = PREFIX + secrets.token_urlsafe(32)
    made = await settle(_service(call).make(text, whole_change(call.body), _FIELDS, call.caller.name))
    call.site.authority.forget()
    return made.map(lambda key: views.key(key, None if key.usd is None else Cost(), text))


async def change(call: ApiCall[KeyChange, object]) -> Result[KeyView, LLMError]:
    """Some fields of a key; its secret stays, and what it has spent."""
    return await _change(call, call.body, call.given)


async def replace(call: ApiCall[NewKey, object]) -> Result[KeyView, LLMError]:
    """All fields of a key: what is not named is as it is for a new one."""
    return await _change(call, whole_change(call.body), frozenset(_FIELDS))


async def _change(call: AnyCall, fields: KeyChange, given: frozenset[str]) -> Result[KeyView, LLMError]:
    done = await settle(_service(call).change(call.path["id"], fields, given, call.caller.name))
    call.site.authority.forget()
    return Failure(done.failure()) if isinstance(done, Failure) else await show_key(call, done.unwrap())


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """It opens nothing any more, at once."""
    gone = await settle(_service(call).delete(call.path["id"], call.caller.name))
    call.site.authority.forget()
    return gone.map(lambda _: NoData())


_PATH = "/api/v1/keys"
_ONE = f"{_PATH}/{{id}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="All virtual keys", run=listing),
    ApiEndpoint(method="POST", path=_PATH, summary="Make a virtual key", run=create),
    ApiEndpoint(method="PATCH", path=_ONE, summary="Change some fields of a virtual key", run=change),
    ApiEndpoint(method="PUT", path=_ONE, summary="Change all fields of a virtual key", run=replace),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Delete a virtual key", run=delete),
)
