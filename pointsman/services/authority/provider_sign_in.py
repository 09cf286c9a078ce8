"""Who signs in by a provider of identities: a user from the first time on, with the role that the provider's word has.

It knows no tokens, and believes none: an `Identity` has been verified.
"""

from __future__ import annotations

import secrets

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import AuthenticationFailed, LLMError, StorageError
from pointsman.core.security.audit import AuditEntry, FieldChange
from pointsman.core.security.identity import Identity
from pointsman.core.security.user import LONGEST_NAME, Invitation, Role, User, user_changes
from pointsman.core.security.virtual_key import digest_of
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.user_store import UserStore

_TRIES = 20
_OPEN_SECONDS = 60.0


@attrs.frozen
class ProviderSignIn:
    """Makes, changes and refuses the users of `store` that a provider of identities stands for."""

    store: UserStore
    clock: Clock

    @effect
    async def admit(self, identity: Identity, role: Role | None) -> Result[User, LLMError]:
        """The user that `identity` is, with `role`. Without one nobody is made, and who was one is disabled.

        An admin who has disabled a user is stronger than the provider.
        """
        for attempt in range(_TRIES):
            found = await settle(self.store.find(identity.user_id))
            if isinstance(found, Failure):
                return Failure(found.failure())
            user = found.unwrap()
            done = await self._create(identity, role, attempt) if user is None else await self._follow(user, role)
            if isinstance(done, Failure):
                return Failure(done.failure())
            if (admitted := done.unwrap()) is not None:
                return Success(admitted)
        return Failure(StorageError(detail="the user is being changed by many at once; try again"))

    async def _follow(self, user: User, role: Role | None) -> Result[User | None, LLMError]:
        """`user` as the provider has it now; None where somebody else was faster."""
        if not user.enabled:
            return Failure(_refusal("an admin of this server has disabled you, or the provider gave you no role"))
        new = attrs.evolve(user, enabled=False) if role is None else attrs.evolve(user, role=role)
        if new != user:
            replaced = await settle(self.store.replace(user, new, self._entry("user.update", user, new)))
            if isinstance(replaced, Failure):
                return Failure(replaced.failure())
            if not replaced.unwrap():
                return Success(None)
        return Failure(_no_role()) if role is None else Success(new)

    async def _create(self, identity: Identity, role: Role | None, attempt: int) -> Result[User | None, LLMError]:
        """A new user, by an invitation that nobody else has seen; None where the name is taken."""
        if role is None:
            return Failure(_no_role())
        now, name = self.clock.now(), identity.name
        if attempt:  # another has the name
            name = f"{name[: LONGEST_NAME - 20]} {identity.user_id[: 3 + attempt]}"
        user = User(id=identity.user_id, name=name, role=role, created=now, issuer=identity.issuer)
        digest = digest_of(secrets.token_urlsafe(24))
        invitation = Invitation(digest=digest, role=role, expires=now + _OPEN_SECONDS)
        begun = AuditEntry(
            time=now, who=identity.issuer, what="user.invite", target="", changes=(FieldChange("role", None, role),)
        )
        invited = await settle(self.store.invite(invitation, begun))
        if isinstance(invited, Failure):
            return Failure(invited.failure())
        accepted = await settle(self.store.accept(digest, user, now, self._entry("user.create", None, user)))
        if isinstance(accepted, Failure):
            there = await settle(self.store.find(user.id))  # signed in twice at once, perhaps
            if isinstance(there, Failure) or there.unwrap() is None:
                return Failure(accepted.failure())
            return Success(None)
        return Success(user if accepted.unwrap() == "accepted" else None)

    def _entry(self, what: str, old: User | None, new: User) -> AuditEntry:
        changes = (FieldChange("role", None, new.role),) if old is None else user_changes(old, new)
        return AuditEntry(time=self.clock.now(), who=new.issuer, what=what, target=new.name, changes=changes)


def _no_role() -> AuthenticationFailed:
    return _refusal("what the provider says you are has no role here; an admin may add it to `roles` of [oidc]")


def _refusal(said: str) -> AuthenticationFailed:
    return AuthenticationFailed(detail=f"you may not sign in: {said}", status=403, local=True)
