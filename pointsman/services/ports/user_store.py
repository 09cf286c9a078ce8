"""Port: the users beside the owner, and the invitations that are open."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.user import Invitation, User

Accepted: TypeAlias = Literal["accepted", "gone", "name taken"]


class UserStore(Protocol):
    """Keeps users; a change is there with its audit entry, or not at all. No two have the same name.

    Times are Unix seconds.
    """

    def all(self) -> FutureResult[tuple[User, ...], StorageError]:
        """Every user, the oldest first."""
        ...

    def find(self, id: str) -> FutureResult[User | None, StorageError]:
        """The user with this id."""
        ...

    def find_named(self, name: str) -> FutureResult[User | None, StorageError]:
        """The user who signs in by this name, however its letters are written."""
        ...

    def replace(self, old: User, new: User, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """Keep `new` in place of `old`; False, and nothing, where that was changed, or another has the new name."""
        ...

    def remove(self, id: str, audit: AuditEntry) -> FutureResult[bool, StorageError]:
        """Delete a user, their sessions and their keys; says whether they were there."""
        ...

    def invite(self, invitation: Invitation, audit: AuditEntry) -> FutureResult[None, StorageError]:
        """Keep `invitation`; those that have expired are forgotten."""
        ...

    def find_invitation(self, digest: bytes, now: float) -> FutureResult[Invitation | None, StorageError]:
        """The invitation whose word has this digest, if it is open."""
        ...

    def accept(self, digest: bytes, user: User, now: float, audit: AuditEntry) -> FutureResult[Accepted, StorageError]:
        """Use up an invitation, and keep `user`; nothing where it is not open any more, or another has the name."""
        ...
