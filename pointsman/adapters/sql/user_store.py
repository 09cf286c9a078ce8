"""Users and invitations in a SQLite file."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.sql.audited_rows import in_order, is_still, remove_row
from pointsman.adapters.sql.settings_store import note
from pointsman.adapters.sql.transactions import AUTHORITY, SqlConnection, SqlDatabase
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.user import Invitation, User, fold_name
from pointsman.services.ports.user_store import Accepted

_TABLE = '"user"'


@attrs.frozen
class SqlUsers:
    """A `UserStore` in `database`."""

    database: SqlDatabase

    @effect
    async def all(self) -> Result[tuple[User, ...], StorageError]:
        """As `UserStore.all`."""
        rows = await self.database.run(lambda connection: connection.execute('SELECT fields FROM "user"').fetchall())
        if isinstance(rows, Failure):
            return Failure(rows.failure())
        return in_order(self._user(fields) for (fields,) in rows.unwrap())

    @effect
    async def find(self, id: str) -> Result[User | None, StorageError]:
        """As `UserStore.find`."""
        return await self._select('SELECT fields FROM "user" WHERE id = ?', id)

    @effect
    async def find_named(self, name: str) -> Result[User | None, StorageError]:
        """As `UserStore.find_named`."""
        return await self._select('SELECT fields FROM "user" WHERE name = ?', fold_name(name))

    @effect
    async def replace(self, old: User, new: User, audit: AuditEntry) -> Result[bool, StorageError]:
        """As `UserStore.replace`."""
        name, fields = fold_name(new.name), encode(new, User)

        def write(connection: SqlConnection) -> bool:
            if not is_still(connection, _TABLE, old.id, old) or _is_taken(connection, name, old.id):
                return False
            connection.execute('UPDATE "user" SET name = ?, fields = ? WHERE id = ?', (name, fields, old.id))
            note(connection, audit)
            return True

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def remove(self, id: str, audit: AuditEntry) -> Result[bool, StorageError]:
        """As `UserStore.remove`."""

        def write(connection: SqlConnection) -> bool:
            connection.execute('DELETE FROM session WHERE "user" = ?', (id,))
            connection.execute("DELETE FROM virtual_key WHERE owner = ?", (id,))
            return remove_row(connection, _TABLE, id, audit)

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def invite(self, invitation: Invitation, audit: AuditEntry) -> Result[None, StorageError]:
        """As `UserStore.invite`."""

        def write(connection: SqlConnection) -> None:
            connection.execute("DELETE FROM invitation WHERE expires <= ?", (audit.time,))
            connection.execute(
                "INSERT INTO invitation (digest, role, expires) VALUES (?, ?, ?)",
                (invitation.digest, invitation.role, invitation.expires),
            )
            note(connection, audit)

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def find_invitation(self, digest: bytes, now: float) -> Result[Invitation | None, StorageError]:
        """As `UserStore.find_invitation`."""
        return await self.database.run(lambda connection: _invitation(connection, digest, now))

    @effect
    async def accept(self, digest: bytes, user: User, now: float, audit: AuditEntry) -> Result[Accepted, StorageError]:
        """As `UserStore.accept`."""
        name, fields = fold_name(user.name), encode(user, User)

        def write(connection: SqlConnection) -> Accepted:
            if _invitation(connection, digest, now) is None:
                return "gone"
            if _is_taken(connection, name, user.id):
                return "name taken"
            connection.execute("DELETE FROM invitation WHERE digest = ?", (digest,))
            connection.execute('INSERT INTO "user" (id, name, fields) VALUES (?, ?, ?)', (user.id, name, fields))
            note(connection, audit)
            return "accepted"

        return await self.database.run(write, locks=(AUTHORITY,))

    async def _select(self, query: str, value: str) -> Result[User | None, StorageError]:
        row = await self.database.run(lambda connection: connection.execute(query, (value,)).fetchone(), brief=True)
        if isinstance(row, Failure):
            return Failure(row.failure())
        return Success(None) if row.unwrap() is None else self._user(row.unwrap()[0])

    def _user(self, fields: bytes) -> Result[User, StorageError]:
        read = decode(bytes(fields), User)
        return read.alt(lambda problem: self.database.unusable(f"a user is garbled: {problem}"))


def _is_taken(connection: SqlConnection, name: str, id: str) -> bool:
    return connection.execute('SELECT 1 FROM "user" WHERE name = ? AND id != ?', (name, id)).fetchone() is not None


def _invitation(connection: SqlConnection, digest: bytes, now: float) -> Invitation | None:
    query = "SELECT role, expires FROM invitation WHERE digest = ? AND expires > ?"
    row = connection.execute(query, (digest, now)).fetchone()
    return None if row is None else Invitation(digest=digest, role=row[0], expires=row[1])
