"""Virtual keys: what the gateway gives out. The key itself is shown once, when it is made."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Literal

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.adapters.web.view_types import KeyView
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.money.amount import read_amount
from pointsman.core.money.budget import accounts
from pointsman.core.money.cost import Cost
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.security.virtual_key import PREFIX, SCOPES, VirtualKey, digest_of


@attrs.frozen(kw_only=True)
class NewKey:
    """What the key opens. `budget` is dollars as text; `models` are patterns such as `openai/*`, none means all."""

    name: str
    scopes: list[Literal["chat", "read", "admin"]] = attrs.field(factory=lambda: ["chat"])
    models: list[str] = attrs.field(factory=list)
    budget: str | None = None
    period: Literal["hour", "day", "month", "total"] = "month"
    requests_per_minute: int | None = None
    expires: float | None = None


@attrs.frozen(kw_only=True)
class KeyChange:
    """Whether it opens anything."""

    enabled: bool


@attrs.frozen(kw_only=True)
class Keys:
    """All keys that were given out."""

    keys: list[KeyView]


async def listing(call: AnyCall) -> Result[Keys, LLMError]:
    """All keys, with what each has spent."""
    found = await settle(call.site.running.stores.keys.all())
    if isinstance(found, Failure):
        return Failure(found.failure())
    shown: list[KeyView] = []
    for key in found.unwrap():
        view = await _view(call, key)
        if isinstance(view, Failure):
            return view
        shown.append(view.unwrap())
    return Success(Keys(keys=shown))


async def _view(call: AnyCall, key: VirtualKey) -> Result[KeyView, LLMError]:
    """A key, with what it has spent of its budget, if it has one."""
    if key.budget is None:
        return Success(views.key(key, None))
    now = call.site.clock.now()
    own = accounts((key.budget,), CallOptions(tenant=key.tenant), "", "", now)
    read = await settle(call.site.running.stores.ledger.balances([account.key for account in own], now))
    return read.map(lambda balances: views.key(key, balances[0].spent.cost if balances else None))


_MOST_A_MINUTE = 1_000_000_000
_WRONG_RATE = f"requests_per_minute: it is not between 1 and {_MOST_A_MINUTE:,}"


async def create(call: ApiCall[NewKey, object]) -> Result[KeyView, LLMError]:
    """A new key."""
    asked: NewKey = call.body
    usd = _dollars(asked.budget)
    problems = [
        *(["name: it is empty"] if not asked.name.strip() else []),
        *([f"budget: {usd.failure()}"] if isinstance(usd, Failure) else []),
        *(["scopes: there are none"] if not asked.scopes else []),
        *([_WRONG_RATE] if not 1 <= _value_or_usual(asked.requests_per_minute, 1) <= _MOST_A_MINUTE else []),
    ]
    if problems or isinstance(usd, Failure):
        return Failure(invalid(*problems))
    text = PREFIX + secrets.token_urlsafe(32)
    key = VirtualKey(
        id=secrets.token_hex(6),
        name=asked.name.strip(),
        prefix=f"{text[:7]}…",
        digest=digest_of(text),
        created=call.site.clock.now(),
        scopes=tuple(scope for scope in SCOPES if scope in asked.scopes),
        models=tuple(asked.models),
        usd=usd.unwrap(),
        period=asked.period,
        requests_per_minute=asked.requests_per_minute,
        expires=asked.expires,
    )
    shown = views.key(key, None if key.usd is None else Cost(), text)  # before it is kept: nobody sees its text again
    kept = await _put(call, key, "key.create", FieldChange("key", None, key.prefix))
    if isinstance(kept, Failure):
        return Failure(await _taken_back(call, key, kept.failure()))
    return Success(shown)


async def _taken_back(call: AnyCall, key: VirtualKey, why: LLMError) -> LLMError:
    """`why` a key was not made, once it is certain that it was not; else why nothing of it could be taken back."""
    gone = await settle(call.site.running.stores.keys.remove(key.id, _entry(call, key, "key.delete", ())))
    call.context.ring.forget()
    return gone.failure() if isinstance(gone, Failure) else why


def _value_or_usual(value: int | None, usual: int) -> int:
    return usual if value is None else value


def _dollars(text: str | None) -> Result[Decimal | None, str]:
    if text is None or not text.strip():
        return Success(None)
    amount = read_amount(text)
    if amount == Success(Decimal(0)):
        return Failure("it is 0, which allows nothing; leave it out for no limit")
    return amount.map(lambda usd: usd)


async def change(call: ApiCall[KeyChange, object]) -> Result[KeyView, LLMError]:
    """Let it open, or not."""
    found = await _find(call)
    if isinstance(found, Failure):
        return found
    key = attrs.evolve(found.unwrap(), enabled=call.body.enabled)
    changed = FieldChange("enabled", str(found.unwrap().enabled), str(key.enabled))
    kept = await _put(call, key, "key.update", changed)
    if isinstance(kept, Failure):
        return kept
    return await _view(call, key)


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """It opens nothing any more, at once."""
    found = await _find(call)
    if isinstance(found, Failure):
        return found
    entry = _entry(call, found.unwrap(), "key.delete", ())
    gone = await settle(call.site.running.stores.keys.remove(found.unwrap().id, entry))
    call.context.ring.forget()
    return gone.map(lambda _: NoData())


async def _find(call: AnyCall) -> Result[VirtualKey, LLMError]:
    every = await settle(call.site.running.stores.keys.all())
    if isinstance(every, Failure):
        return Failure(every.failure())
    found = next((key for key in every.unwrap() if key.id == call.path["id"]), None)
    if found is None:
        return Failure(InvalidRequest(detail=f"there is no key {call.path['id']!r}", status=404, local=True))
    return Success(found)


async def _put(call: AnyCall, key: VirtualKey, what: str, changed: FieldChange) -> Result[None, LLMError]:
    kept = await settle(call.site.running.stores.keys.put(key, _entry(call, key, what, (changed,))))
    call.context.ring.forget()
    if isinstance(kept, Failure) or key.usd is None:
        return kept
    return await call.site.running.reload()  # its budget is one of the budgets


def _entry(call: AnyCall, key: VirtualKey, what: str, changes: tuple[FieldChange, ...]) -> AuditEntry:
    now = call.site.clock.now()
    return AuditEntry(time=now, who=call.caller.name, what=what, target=key.name, changes=changes)


_PATH = "/api/v1/keys"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="All virtual keys", run=listing),
    ApiEndpoint(method="POST", path=_PATH, summary="Make a virtual key", run=create),
    ApiEndpoint(
        method="PATCH",
        path=f"{_PATH}/{{id}}",
        summary="Enable or disable a virtual key",
        run=change,
    ),
    ApiEndpoint(method="DELETE", path=f"{_PATH}/{{id}}", summary="Delete a virtual key", run=delete),
)
