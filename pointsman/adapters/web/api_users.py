"""Users: who they are, what their roles let them do, and how others become some."""

from __future__ import annotations

import secrets

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData
from pointsman.adapters.web.view_types import Money
from pointsman.core.chat.options import CallOptions
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.money.budget import accounts
from pointsman.core.money.cost import Cost
from pointsman.core.security.user import Role, User
from pointsman.services.authority.user_service import UserChange, UserService


@attrs.frozen(kw_only=True)
class UserView:
    """A user, and what they have spent of their budget, if they have one."""

    id: str
    name: str
    role: Role
    created: float
    enabled: bool
    budget: Money | None
    spent: Money | None
    period: str


@attrs.frozen(kw_only=True)
class Users:
    """All but the owner, the oldest first."""

    users: list[UserView]


@attrs.frozen(kw_only=True)
class Inviting:
    """What who is invited may do, and for how many days the link works."""

    role: Role = "member"
    days: float = 7.0


@attrs.frozen(kw_only=True)
class Invited:
    """The word of a link, which is shown once: the page's address with `#invite=` and the word behind it."""

    invitation: str
    role: Role
    expires: float


def _service(call: AnyCall) -> UserService:
    return UserService(call.site.running.stores.users, call.site.clock)


async def listing(call: AnyCall) -> Result[Users, LLMError]:
    """All users."""
    found = await settle(call.site.running.stores.users.all())
    if isinstance(found, Failure):
        return Failure(found.failure())
    shown: list[UserView] = []
    for user in found.unwrap():
        view = await _view(call, user)
        if isinstance(view, Failure):
            return view
        shown.append(view.unwrap())
    return Success(Users(users=shown))


async def _view(call: AnyCall, user: User) -> Result[UserView, LLMError]:
    spent = await _read_spending(call, user)
    return spent.map(
        lambda cost: UserView(
            id=user.id,
            name=user.name,
            role=user.role,
            created=user.created,
            enabled=user.enabled,
            budget=None if user.usd is None else views.money(Cost(user.usd)),
            spent=None if cost is None else views.money(cost),
            period=user.period,
        )
    )


async def _read_spending(call: AnyCall, user: User) -> Result[Cost | None, LLMError]:
    """What the user has spent of their budget, on the page and by keys."""
    if user.budget is None:
        return Success(None)
    now = call.site.clock.now()
    own = accounts((user.budget,), CallOptions(tenant=user.tenant), "", "", now)
    read = await settle(call.site.running.stores.ledger.balances([account.key for account in own], now))
    return read.map(lambda balances: balances[0].spent.cost if balances else None)


async def invite(call: ApiCall[Inviting, object]) -> Result[Invited, LLMError]:
    """A link by which somebody becomes a user, once."""
    word = secrets.token_urlsafe(24)
    made = await settle(_service(call).invite(word, call.body.role, call.body.days * 86400, call.caller.name))
    return made.map(lambda one: Invited(invitation=word, role=one.role, expires=one.expires))


async def change(call: ApiCall[UserChange, object]) -> Result[UserView, LLMError]:
    """Another name, role or budget; or whether they may sign in."""
    done = await settle(_service(call).change(call.path["id"], call.body, call.given, call.caller.name))
    call.site.authority.forget()
    return Failure(done.failure()) if isinstance(done, Failure) else await _view(call, done.unwrap())


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """Their sessions and keys end; what they have written stays."""
    done = await settle(_service(call).remove(call.path["id"], call.caller.name))
    call.site.authority.forget()
    return done.map(lambda _: NoData())


_PATH = "/api/v1/users"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="All users", run=listing),
    ApiEndpoint(method="POST", path=f"{_PATH}/invitations", summary="Invite a user by a link", run=invite),
    ApiEndpoint(method="PATCH", path=f"{_PATH}/{{id}}", summary="Change a user", run=change),
    ApiEndpoint(method="DELETE", path=f"{_PATH}/{{id}}", summary="Delete a user", run=delete),
)
