"""What somebody may do: who comes by a key, by a session of the page, or by nothing at all. Pure."""

from __future__ import annotations

from functools import cached_property

import attrs

from pointsman.core.error import AuthenticationFailed
from pointsman.core.money.budget import Budget
from pointsman.core.security.user import Session, User
from pointsman.core.security.virtual_key import SCOPES, KeyScope, VirtualKey, covers


@attrs.frozen(kw_only=True)
class Rights:
    """Of `name`, as the trail calls them: by `key` or `session`, if they have one, what `scopes` allow.

    `user` is who it is, if not the owner of the house.
    """

    name: str
    scopes: tuple[KeyScope, ...] = ()
    key: VirtualKey | None = None
    session: Session | None = attrs.field(default=None, repr=False)
    user: User | None = None

    @cached_property
    def tenant(self) -> str:
        """Whom their calls are counted for."""
        if self.user is not None:
            return self.user.tenant
        return self.key.tenant if self.key else ""

    @cached_property
    def key_tag(self) -> str:
        """The tag of what is asked by the key: users name theirs as they like, so that their own name stands before."""
        named = "" if self.key is None else self.key.name
        return f"key:{named}" if self.user is None else f"user:{self.user.name}/{named}"

    @property
    def only_tenant(self) -> str | None:
        """Whose calls and conversations they may see: their own; None for all, where they may do everything."""
        is_owner = self.key is None and self.user is None
        return None if is_owner or "admin" in self.scopes else self.tenant

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        """Those of the key and of the user: each holds."""
        both = (None if one is None else one.budget for one in (self.key, self.user))
        return tuple(budget for budget in both if budget is not None)

    @property
    def figures_tenant(self) -> str | None:
        """Whose usage and budgets they may see summed up; None for all, where they may look at the whole house."""
        return None if covers(self.scopes, "observe") else self.tenant

    def refusal(self, scope: KeyScope) -> AuthenticationFailed | None:
        """Why they may not do what needs `scope`; None where they may."""
        if covers(self.scopes, scope):
            return None
        if self.scopes:
            who = "this key has" if self.key is not None else "you have"
            return AuthenticationFailed(detail=f"{who} not the scope {scope!r}", status=403, local=True)
        return AuthenticationFailed(detail="sign in on the page, or bring a key of this server", status=401, local=True)


NOBODY = Rights(name="anonymous")


def rights_of_key(key: VirtualKey, user: User | None = None) -> Rights:
    """What `key` opens; of the key of `user` no more than they may do."""
    if user is None:
        return Rights(name=f"key:{key.name}", scopes=key.scopes, key=key)
    scopes: tuple[KeyScope, ...] = tuple(scope for scope in key.scopes if covers(user.scopes, scope))
    return Rights(name=f"{user.name} by key:{key.name}", scopes=scopes, key=key, user=user)


def rights_of_session(session: Session, user: User | None = None) -> Rights:
    """What who signed in may do: the owner everything, `user` what their role allows."""
    if user is None:
        return Rights(name=session.user, scopes=SCOPES, session=session)
    return Rights(name=user.name, scopes=user.scopes, session=session, user=user)
