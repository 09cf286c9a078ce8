"""What somebody may do: who comes by a key, by a session of the page, or by nothing at all. Pure."""

from __future__ import annotations

import attrs

from pointsman.core.error import AuthenticationFailed
from pointsman.core.security.session import Session
from pointsman.core.security.virtual_key import SCOPES, KeyScope, VirtualKey, covers


@attrs.frozen(kw_only=True)
class Rights:
    """Of `name`, as the trail calls them: by `key` or `session`, if they have one, what `scopes` allow."""

    name: str
    scopes: tuple[KeyScope, ...] = ()
    key: VirtualKey | None = None
    session: Session | None = attrs.field(default=None, repr=False)

    @property
    def tenant(self) -> str:
        """Whom their calls are counted for."""
        return self.key.tenant if self.key else ""

    @property
    def only_tenant(self) -> str | None:
        """Whose calls and conversations they may see: by a key its own; None for all, where it may do everything."""
        return None if self.key is None or "admin" in self.key.scopes else self.key.tenant

    @property
    def figures_tenant(self) -> str | None:
        """Whose usage and budgets they may see summed up; None for all, where they may look at the whole house."""
        return None if covers(self.scopes, "observe") else self.tenant

    def refusal(self, scope: KeyScope) -> AuthenticationFailed | None:
        """Why they may not do what needs `scope`; None where they may."""
        if covers(self.scopes, scope):
            return None
        if self.scopes:
            return AuthenticationFailed(detail=f"this key has not the scope {scope!r}", status=403, local=True)
        return AuthenticationFailed(detail="sign in on the page, or bring a key of this server", status=401, local=True)


NOBODY = Rights(name="anonymous")


def rights_of_key(key: VirtualKey) -> Rights:
    """What `key` opens."""
    return Rights(name=f"key:{key.name}", scopes=key.scopes, key=key)


def rights_of_session(session: Session) -> Rights:
    """What who signed in may do: everything."""
    return Rights(name=session.user, scopes=SCOPES, session=session)
