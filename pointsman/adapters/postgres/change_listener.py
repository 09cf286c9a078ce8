"""Hints by PostgreSQL's LISTEN and NOTIFY, over a connection of their own that is made when somebody first waits.

Triggers notify (`schema.py`), so no writer can forget to. Whether notifications come at all is tried first: a pooler
between us and the server may swallow them.
"""

from __future__ import annotations

from contextlib import suppress
from secrets import token_hex
from typing import Final

import anyio
import anyio.to_thread
import attrs
import psycopg

from pointsman.adapters.postgres.postgres_connection import PostgresConnection, connect
from pointsman.core.database_address import DatabaseAddress
from pointsman.core.security.secret import Secret

_PROBE_SECONDS: Final = 5.0
"""So long a notification of our own may take."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_AWAY = (psycopg.Error, OSError)


@attrs.define(eq=False)
class PostgresHints:
    """`ChangeHints` of the tables at `address`."""

    address: DatabaseAddress
    _password: Secret | None = attrs.field(repr=False)
    is_listening: bool = False
    count: int = 0
    _wanted: anyio.Event = attrs.field(factory=anyio.Event, repr=False)
    _next: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    async def wait(self, after: int) -> None:
        """As `ChangeHints.wait`."""
        self._wanted.set()
        while self.count <= after:
            await self._next.wait()

    async def listen(self) -> None:
        """Pass hints on, once somebody waits for them, until it is cancelled. A server that is away is waited for."""
        await self._wanted.wait()
        pause = _FIRST_PAUSE
        while True:
            with suppress(*_AWAY):
                connection = await anyio.to_thread.run_sync(self._connect)
                try:
                    if connection is not None:
                        pause = _FIRST_PAUSE
                        self._tell(is_listening=True)  # what has changed before is looked at
                        await self._pass_on(connection)
                finally:
                    self._tell(is_listening=False)
                    if connection is not None:
                        connection.driver.close()
            await anyio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _connect(self) -> PostgresConnection | None:
        """A connection that hears; None where nothing comes over it."""
        connection = connect(self.address, self._password)
        probe = token_hex(8)
        try:
            connection.driver.execute("LISTEN pointsman")
            connection.driver.execute("SELECT pg_notify('pointsman', %s)", (probe,))
            for notice in connection.driver.notifies(timeout=_PROBE_SECONDS):
                if notice.payload == probe:
                    return connection
        except BaseException:
            connection.driver.close()
            raise
        connection.driver.close()
        return None

    async def _pass_on(self, connection: PostgresConnection) -> None:
        """Raises `psycopg.Error` where the connection is lost."""
        while True:
            await anyio.wait_readable(connection.driver.fileno())
            if await anyio.to_thread.run_sync(self._is_ours, connection):
                self._tell(is_listening=True)

    def _is_ours(self, connection: PostgresConnection) -> bool:
        """Whether one of the notifications that have come is about these tables."""
        told = [notice.payload for notice in connection.driver.notifies(timeout=0)]  # all of them: none is left behind
        return self.address.schema in told

    def _tell(self, *, is_listening: bool) -> None:
        self.is_listening = is_listening
        self.count += 1
        self._next.set()
        self._next = anyio.Event()
