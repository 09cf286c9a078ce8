"""Where users are invited, changed and deleted: every change is checked, kept, and leaves a trace."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import AuthenticationFailed, InvalidRequest, StorageError, wrong_input
from pointsman.core.money.amount import read_amount
from pointsman.core.money.budget import Period
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.security.user import Invitation, Role, User, name_problem, user_changes
from pointsman.core.security.virtual_key import digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.user_store import UserStore

UserFailure: TypeAlias = StorageError | InvalidRequest
_Edit: TypeAlias = Callable[[User], Result[User, tuple[str, ...]]]
_TRIES = 20
_ID = 12
LONGEST_INVITATION = 30 * 86400.0
"""Seconds that an invitation may stay open."""


@attrs.frozen(kw_only=True)
class UserChange:
    """What is to be otherwise: of what is absent nothing changes. `budget` is dollars as text; null takes it away."""

    name: str | None = None
    role: Role | None = None
    budget: str | None = None
    period: Period | None = None
    enabled: bool | None = None


@attrs.frozen
class UserService:
    """Changes the users of `store`. `who` is told in the trail."""

    store: UserStore
    clock: Clock

    @effect
    async def invite(self, word: str, role: Role, seconds: float, who: str) -> Result[Invitation, UserFailure]:
        """Who brings the secret `word` in the next `seconds` may become a user of `role`, once."""
        if not 0 < seconds <= LONGEST_INVITATION:
            return Failure(wrong_input((f"days: they are not between 0 and {LONGEST_INVITATION / 86400:.0f}",)))
        made = Invitation(digest=digest_of(word), role=role, expires=self.clock.now() + seconds)
        entry = self._entry("user.invite", who, "", FieldChange("role", None, role))
        return (await settle(self.store.invite(made, entry))).map(lambda _: made)

    @effect
    async def open_invitation(self, word: str) -> Result[Invitation, StorageError | AuthenticationFailed]:
        """The invitation of `word`; `AuthenticationFailed` where it was used or is over."""
        found = await settle(self.store.find_invitation(digest_of(word), self.clock.now()))
        if isinstance(found, Failure):
            return Failure(found.failure())
        invitation = found.unwrap()
        return Failure(_over()) if invitation is None else Success(invitation)

    @effect
    async def accept(
        self, invitation: Invitation, name: str, hashed: str | None
    ) -> Result[User, UserFailure | AuthenticationFailed]:
        """A new user by `invitation`, who signs in as `name` by the password that was `hashed`."""
        problem = name_problem(name)
        if problem is not None:
            return Failure(wrong_input((problem,)))
        now = self.clock.now()
        id = digest_of(f"user {invitation.digest.hex()}").hex()[:_ID]
        user = User(id=id, name=name, role=invitation.role, created=now, password=hashed)
        entry = self._entry("user.create", name, name, FieldChange("role", None, user.role))
        done = await settle(self.store.accept(invitation.digest, user, now, entry))
        if isinstance(done, Failure):
            return Failure(done.failure())
        match done.unwrap():
            case "accepted":
                return Success(user)
            case "gone":
                return Failure(_over())
            case "name taken":
                return Failure(wrong_input((_TAKEN,)))

    @effect
    async def change(self, id: str, change: UserChange, given: Collection[str], who: str) -> Result[User, UserFailure]:
        """The user `id` with the fields that are `given`."""

        def edit(old: User) -> Result[User, tuple[str, ...]]:
            return change_user(old, change, given)

        return await self._edit(id, edit, "user.update", who)

    @effect
    async def set_password(self, id: str, hashed: str, who: str) -> Result[User, UserFailure]:
        """Another password for the user `id`."""
        return await self._edit(id, lambda old: Success(attrs.evolve(old, password=hashed)), "user.password", who)

    @effect
    async def remove(self, id: str, who: str) -> Result[None, UserFailure]:
        """Delete the user `id`: their sessions and keys end in every process. What they have written stays."""
        found = await settle(self.find(id))
        if isinstance(found, Failure):
            return Failure(found.failure())
        entry = self._entry("user.delete", who, found.unwrap().name)
        return (await settle(self.store.remove(id, entry))).map(lambda _: None)

    @effect
    async def find(self, id: str) -> Result[User, UserFailure]:
        """The user `id`."""
        found = await settle(self.store.find(id))
        if isinstance(found, Failure):
            return Failure(found.failure())
        user = found.unwrap()
        return Failure(no_user(id)) if user is None else Success(user)

    async def _edit(self, id: str, edit: _Edit, what: str, who: str) -> Result[User, UserFailure]:
        """Read, change and write, again where somebody else was faster."""
        for _ in range(_TRIES):
            found = await settle(self.find(id))
            if isinstance(found, Failure):
                return found
            old = found.unwrap()
            made = edit(old)
            if isinstance(made, Failure):
                return Failure(wrong_input(made.failure()))
            new = made.unwrap()
            if new == old:
                return Success(old)
            other = await settle(self.store.find_named(new.name))
            if isinstance(other, Failure):
                return Failure(other.failure())
            if (namesake := other.unwrap()) is not None and namesake.id != new.id:
                return Failure(wrong_input((_TAKEN,)))
            entry = self._entry(what, who, old.name, *user_changes(old, new))
            replaced = await settle(self.store.replace(old, new, entry))
            if isinstance(replaced, Failure):
                return Failure(replaced.failure())
            if replaced.unwrap():
                return Success(new)
        return Failure(StorageError(detail="the user is being changed by many at once; try again"))

    def _entry(self, what: str, who: str, target: str, *changes: FieldChange) -> AuditEntry:
        return AuditEntry(time=self.clock.now(), who=who, what=what, target=target, changes=changes)


_TAKEN = "name: another user has it"


def change_user(old: User, change: UserChange, given: Collection[str]) -> Result[User, tuple[str, ...]]:
    """`old` with the fields of `change` that are `given`, or all that is wrong with them."""
    usd = _dollars(change.budget)
    wrong = {
        "name": name_problem(change.name or ""),
        "role": None if change.role is not None else "role: there is none",
        "budget": f"budget: {usd.failure()}" if isinstance(usd, Failure) else None,
        "enabled": None if change.enabled is not None else "enabled: it is neither true nor false",
    }
    problems = tuple(problem for name in wrong if name in given and (problem := wrong[name]) is not None)
    if problems:
        return Failure(problems)
    return Success(
        attrs.evolve(
            old,
            name=change.name if "name" in given and change.name is not None else old.name,
            role=change.role if "role" in given and change.role is not None else old.role,
            usd=old.usd if "budget" not in given or isinstance(usd, Failure) else usd.unwrap(),
            period=change.period or "month" if "period" in given else old.period,
            enabled=bool(change.enabled) if "enabled" in given else old.enabled,
        )
    )


def _dollars(text: str | None) -> Result[Decimal | None, str]:
    if text is None or not text.strip():
        return Success(None)
    return read_amount(text).map(lambda usd: usd)


def no_user(id: str) -> InvalidRequest:
    """There is no user `id`."""
    return InvalidRequest(detail=f"there is no user {id!r}", status=404, local=True)


def _over() -> AuthenticationFailed:
    detail = "the invitation was used, or is over; ask for another one"
    return AuthenticationFailed(detail=detail, status=401, local=True)
