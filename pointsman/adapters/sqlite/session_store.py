"""Who is signed in, in a SQLite file: digests, never cookies."""

from __future__ import annotations

import sqlite3

import attrs
from returns.result import Result

from pointsman.adapters.sqlite.database import SOON, Database
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.security.guesses import KNOWN, WINDOW_SECONDS, wait_before_guess
from pointsman.core.security.session import IDLE_SECONDS, LONGEST_SECONDS, Session
from pointsman.services.ports.session_store import KNOWN_SECONDS, MOST_SESSIONS

_MOST_BROWSERS = 10_000


@attrs.frozen
class SqliteSessions:
    """A `SessionStore` in `database`."""

    database: Database

    @effect
    async def add(self, session: Session) -> Result[None, StorageError]:
        """As `SessionStore.add`."""

        def write(connection: sqlite3.Connection) -> None:
            now = session.began
            over = (now - IDLE_SECONDS, now - LONGEST_SECONDS)
            connection.execute("DELETE FROM session WHERE seen < ? OR began < ?", over)
            connection.execute(
                "DELETE FROM session WHERE digest IN (SELECT digest FROM session ORDER BY seen DESC LIMIT -1 OFFSET ?)",
                (MOST_SESSIONS - 1,),
            )
            connection.execute(
                "INSERT INTO session (digest, user, began, seen) VALUES (?, ?, ?, ?)",
                (session.digest, session.user, session.began, session.seen),
            )

        return await self.database.run(write)

    @effect
    async def find(self, digest: bytes) -> Result[Session | None, StorageError]:
        """As `SessionStore.find`."""

        def select(connection: sqlite3.Connection) -> Session | None:
            row = connection.execute("SELECT user, began, seen FROM session WHERE digest = ?", (digest,)).fetchone()
            return None if row is None else Session(digest=digest, user=row[0], began=row[1], seen=row[2])

        return await self.database.read(select, brief=True)

    @effect
    async def touch(self, digest: bytes, now: float) -> Result[None, StorageError]:
        """As `SessionStore.touch`."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE session SET seen = max(seen, ?) WHERE digest = ?", (now, digest))

        return await self.database.run(write, brief=True, patience=SOON)

    @effect
    async def remove(self, digest: bytes) -> Result[bool, StorageError]:
        """As `SessionStore.remove`."""
        return await self.database.run(
            lambda connection: connection.execute("DELETE FROM session WHERE digest = ?", (digest,)).rowcount > 0
        )

    @effect
    async def remove_all(self, user: str, but: bytes | None = None) -> Result[int, StorageError]:
        """As `SessionStore.remove_all`."""
        query = "DELETE FROM session WHERE user = ? AND digest IS NOT ?"
        return await self.database.run(lambda connection: connection.execute(query, (user, but)).rowcount)

    @effect
    async def know_browser(self, digest: bytes, now: float) -> Result[None, StorageError]:
        """As `SessionStore.know_browser`."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO browser (digest, seen) VALUES (?, ?)", (digest, now))
            connection.execute("DELETE FROM browser WHERE seen < ?", (now - KNOWN_SECONDS,))
            connection.execute(
                "DELETE FROM browser WHERE digest IN (SELECT digest FROM browser ORDER BY seen DESC LIMIT -1 OFFSET ?)",
                (_MOST_BROWSERS,),
            )

        return await self.database.run(write)

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

        def write(connection: sqlite3.Connection) -> float:
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

        return await self.database.run(write)

    @effect
    async def forgive_guess(self, who: str, now: float) -> Result[None, StorageError]:
        """As `SessionStore.forgive_guess`."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM guess WHERE rowid = (SELECT rowid FROM guess WHERE who = ? AND time = ? LIMIT 1)",
                (who, now),
            )

        return await self.database.run(write)
