"""Who is signed in, in a SQLite file: digests, never cookies."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.sql.transactions import AUTHORITY, SOON, SqlConnection, SqlDatabase
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.passwords import KNOWN, WINDOW_SECONDS, wait_before_guess
from pointsman.core.security.session import IDLE_SECONDS, LONGEST_SECONDS, Session
from pointsman.services.ports.session_store import KNOWN_SECONDS, MOST_SESSIONS

_MOST_BROWSERS = 10_000
_FIND = 'SELECT "user", began, seen FROM session WHERE digest = ?'


@attrs.frozen
class SqlSessions:
    """A `SessionStore` in `database`."""

    database: SqlDatabase

    @effect
    async def add(self, session: Session) -> Result[None, StorageError]:
        """As `SessionStore.add`."""

        def write(connection: SqlConnection) -> None:
            now = session.began
            over = (now - IDLE_SECONDS, now - LONGEST_SECONDS)
            connection.execute("DELETE FROM session WHERE seen < ? OR began < ?", over)
            connection.execute(
                "DELETE FROM session WHERE digest NOT IN (SELECT digest FROM session ORDER BY seen DESC LIMIT ?)",
                (MOST_SESSIONS - 1,),
            )
            connection.execute(
                'INSERT INTO session (digest, "user", began, seen) VALUES (?, ?, ?, ?)',
                (session.digest, session.user, session.began, session.seen),
            )

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def find(self, digest: bytes) -> Result[Session | None, StorageError]:
        """As `SessionStore.find`."""

        def select(connection: SqlConnection) -> Session | None:
            row = connection.execute(_FIND, (digest,)).fetchone()
            return None if row is None else Session(digest=digest, user=row[0], began=row[1], seen=row[2])

        return await self.database.read(select, brief=True)

    @effect
    async def touch(self, digest: bytes, now: float) -> Result[None, StorageError]:
        """As `SessionStore.touch`."""

        def write(connection: SqlConnection) -> None:
            connection.execute("UPDATE session SET seen = ? WHERE digest = ? AND seen < ?", (now, digest, now))

        return await self.database.run(write, brief=True, patience=SOON, locks=(AUTHORITY,))

    @effect
    async def remove(self, digest: bytes) -> Result[bool, StorageError]:
        """As `SessionStore.remove`."""
        return await self.database.run(
            lambda connection: connection.execute("DELETE FROM session WHERE digest = ?", (digest,)).rowcount > 0,
            locks=(AUTHORITY,),
        )

    @effect
    async def remove_all(self, user: str, but: bytes | None = None) -> Result[int, StorageError]:
        """As `SessionStore.remove_all`."""
        query = 'DELETE FROM session WHERE "user" = ? AND digest <> ?'  # none is empty
        return await self.database.run(
            lambda connection: connection.execute(query, (user, but or b"")).rowcount, locks=(AUTHORITY,)
        )

    @effect
    async def know_browser(self, digest: bytes, now: float) -> Result[None, StorageError]:
        """As `SessionStore.know_browser`."""

        def write(connection: SqlConnection) -> None:
            connection.execute(
                "INSERT INTO browser (digest, seen) VALUES (?, ?)"
                " ON CONFLICT (digest) DO UPDATE SET seen = excluded.seen",
                (digest, now),
            )
            connection.execute("DELETE FROM browser WHERE seen < ?", (now - KNOWN_SECONDS,))
            connection.execute(
                "DELETE FROM browser WHERE digest NOT IN (SELECT digest FROM browser ORDER BY seen DESC LIMIT ?)",
                (_MOST_BROWSERS,),
            )

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def knows_browser(self, digest: bytes, now: float) -> Result[bool, StorageError]:
        """As `SessionStore.knows_browser`."""
        query = "SELECT 1 FROM browser WHERE digest = ? AND seen >= ?"
        return await self.database.read(
            lambda connection: connection.execute(query, (digest, now - KNOWN_SECONDS)).fetchone() is not None
        )

    @effect
    async def count_guess(self, who: str, now: float) -> Result[float, StorageError]:
        """As `SessionStore.count_guess`."""

        def write(connection: SqlConnection) -> float:
            connection.execute(
                "DELETE FROM guess WHERE time <= ? OR time > ?", (now - WINDOW_SECONDS, now + WINDOW_SECONDS)
            )
            rows = connection.execute("SELECT who, time FROM guess ORDER BY time").fetchall()
            own = [time for name, time in rows if name == who]
            strangers = [time for name, time in rows if not name.startswith(KNOWN)]
            wait = wait_before_guess(own, strangers, who, now)
            if not wait:
                connection.execute("INSERT INTO guess (who, time) VALUES (?, ?)", (who, now))
            return wait

        return await self.database.run(write, locks=(AUTHORITY,))

    @effect
    async def forgive_guess(self, who: str, now: float) -> Result[None, StorageError]:
        """As `SessionStore.forgive_guess`."""

        def write(connection: SqlConnection) -> None:
            connection.execute(
                "DELETE FROM guess WHERE rowid = (SELECT rowid FROM guess WHERE who = ? AND time = ? LIMIT 1)",
                (who, now),
            )

        return await self.database.run(write, locks=(AUTHORITY,))
