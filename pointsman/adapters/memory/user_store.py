"""Users and invitations in memory."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.session_store import MemorySessions
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.user import Invitation, User, fold_name
from pointsman.services.ports.user_store import Accepted


@attrs.define
class MemoryUsers:
    """A `UserStore` of this process; whom it deletes has no session in `sessions` and no key in `keys` any more."""

    keys: MemoryKeys
    sessions: MemorySessions
    _kept: dict[str, User] = attrs.field(factory=dict, repr=False)
    _open: dict[bytes, Invitation] = attrs.field(factory=dict, repr=False)

    def all(self) -> FutureResult[tuple[User, ...], StorageError]:
        """As `UserStore.all`."""
        return FutureResult.from_value(tuple(sorted(self._kept.values(), key=lambda user: (user.created, user.id))))

    def find(self, id: str) -> FutureResult[User | None, StorageError]:
        """As `UserStore.find`."""
        return FutureResult.from_value(self._kept.get(id))

    def find_named(self, name: str) -> FutureResult[User | None, StorageError]:
        """As `UserStore.find_named`."""
        found = (user for user in self._kept.values() if fold_name(user.name) == fold_name(name))
        return FutureResult.from_value(next(found, None))

    def replace(self, old: User, new: User, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """As `UserStore.replace`."""
        if self._kept.get(old.id) != old or self._is_taken(new):
            return FutureResult.from_value(False)
        self._kept[old.id] = new
        return self._note_change(audit).map(lambda _: True)

    def remove(self, id: str, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """As `UserStore.remove`."""
        self.keys.forget_owner(id)
        self.sessions.forget_user(id)
        if self._kept.pop(id, None) is None:
            return FutureResult.from_value(False)
        return self._note_change(audit).map(lambda _: True)

    def invite(self, invitation: Invitation, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """As `UserStore.invite`."""
        self._open = {digest: one for digest, one in self._open.items() if one.expires > audit.time}
        self._open[invitation.digest] = invitation
        return self._note_change(audit)

    def find_invitation(self, digest: bytes, now: float) -> FutureResult[Invitation | None, StorageError]:
        """As `UserStore.find_invitation`."""
        found = self._open.get(digest)
        return FutureResult.from_value(found if found is not None and found.expires > now else None)

    def accept(self, digest: bytes, user: User, now: float, audit: AuditEntry) -> FutureResult[Accepted, StorageError]:
        """As `UserStore.accept`."""
        found = self._open.get(digest)
        if found is None or found.expires <= now:
            return FutureResult.from_value("gone")
        if self._is_taken(user):
            return FutureResult.from_value("name taken")
        del self._open[digest]
        self._kept[user.id] = user
        done: FutureResult[Accepted, StorageError] = self._note_change(audit).map(lambda _: "accepted")
        return done

    def _is_taken(self, user: User) -> bool:
        name = fold_name(user.name)
        return any(fold_name(one.name) == name and one.id != user.id for one in self._kept.values())

    def _note_change(self, audit: AuditEntry) -> FutureResult[None, StorageError]:
        self.sessions.version.grow()
        return self.keys.settings.record(audit)
