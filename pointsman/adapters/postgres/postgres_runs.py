"""Runs of evaluations in a PostgreSQL server. Who is at one says so again and again, by the server's clock.

Whoever is silent for too long is taken for dead, and another may go on with the run. Should the first one live after
all, nothing that it writes from then on counts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_hex

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.run_store import SqlRunStore
from pointsman.adapters.sql.transactions import SqlConnection, SqlDatabase, WorkRefused, storable
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.event_bus import give_up, publish_nowhere
from pointsman.services.ports.run_store import IN_USE, RunEntry, RunPlace, RunStore, is_run_id
from pointsman.services.tasks.together import background_tasks

_LAPSE = "10 seconds"
"""Silence after which a process is taken for dead."""
_RENEWAL = 2.0
"""Seconds between two signs of life."""
_ENTRIES = f"""
    SELECT run.id, coalesce(run_claim.seen > clock_timestamp() - interval '{_LAPSE}', false)
    FROM run LEFT JOIN run_claim ON run_claim.run = run.id ORDER BY run.id DESC
"""
_CLAIM = f"""
    INSERT INTO run_claim (run, holder) VALUES (?, ?)
    ON CONFLICT (run) DO UPDATE SET holder = excluded.holder, seen = clock_timestamp(), turn = run_claim.turn + 1
        WHERE run_claim.seen < clock_timestamp() - interval '{_LAPSE}'
"""
_RENEW = "UPDATE run_claim SET seen = clock_timestamp(), turn = turn + 1 WHERE run = ? AND holder = ?"
_HOLDS = "SELECT 1 FROM run_claim WHERE run = ? AND holder = ? FOR SHARE"
"""So that nobody takes the run over before what is written under the claim is committed."""


@attrs.frozen
class PostgresRunFolder:
    """A `RunFolder` in `database`, which is called `name`."""

    database: SqlDatabase
    name: str
    renewal: float = _RENEWAL

    @effect
    async def entries(self) -> Result[tuple[RunEntry, ...], StorageError]:
        """As `RunFolder.entries`."""
        return await self.database.read(
            lambda connection: tuple(RunEntry(id, bool(running)) for id, running in connection.execute(_ENTRIES))
        )

    def place_of(self, id: str) -> RunPlace:
        """As `RunFolder.place_of`."""
        return RunPlace(id, f"{self.name}, as {id}")

    @asynccontextmanager
    async def open(self, id: str, *, alone: bool = False) -> AsyncIterator[Result[RunStore, StorageError]]:
        """As `RunFolder.open`. Where the last to run it may have died, it is waited until that is certain."""
        run = storable(id)
        if alone:
            async with self._open_alone(run) as opened:
                yield opened
            return
        found = await self.database.read(
            lambda connection: connection.execute("SELECT 1 FROM run WHERE id = ?", (run,)).fetchone()
        )
        if isinstance(found, Failure):
            yield Failure(found.failure())
        elif found.unwrap() is None:
            yield Failure(StorageError(detail=f"there is no run {id!r}; list them by `pointsman eval list`"))
        else:
            yield Success(SqlRunStore(self.database, run))

    @asynccontextmanager
    async def _open_alone(self, run: str) -> AsyncIterator[Result[RunStore, StorageError]]:
        if not is_run_id(run):
            yield Failure(StorageError(detail=f"{run!r} is no name of a run"))
            return
        holder = token_hex(8)
        problem = await self._claim(run, holder)
        if problem is not None:
            yield Failure(problem)
            return
        try:
            async with background_tasks() as group:
                group.start_soon(self._keep_claim, run, holder)
                yield Success(SqlRunStore(self.database, run, partial(_ensure_held, run, holder)))
        finally:
            with anyio.CancelScope(shield=True):  # where this fails, the claim lapses
                dropped = await self._execute("DELETE FROM run_claim WHERE run = ? AND holder = ?", run, holder)
                give_up(dropped, "the claim of a run", publish_nowhere)

    async def _claim(self, run: str, holder: str) -> StorageError | None:
        """Have the run, once who has it is silent for long enough; or say why not."""
        first: int | None = None
        while True:
            taken = unwrap_or_failure(await self._execute(_CLAIM, run, holder))
            if isinstance(taken, StorageError) or taken:
                return taken if isinstance(taken, StorageError) else None
            turn = unwrap_or_failure(await self.database.read(partial(_turn, run)))
            if isinstance(turn, StorageError):
                return turn
            first = turn if first is None else first
            if turn not in (first, None):
                return StorageError(detail=IN_USE)
            await anyio.sleep(self.renewal / 4)

    async def _keep_claim(self, run: str, holder: str) -> None:
        """Say that this process lives; a server that is away is told later."""
        while True:
            await anyio.sleep(self.renewal)
            renewed = await self._execute(_RENEW, run, holder)
            give_up(renewed, "the claim of a run", publish_nowhere)

    async def _execute(self, statement: str, *values: str) -> Result[int, StorageError]:
        """How many rows it changed."""
        return await self.database.run(lambda connection: connection.execute(statement, values).rowcount)


def _turn(run: str, connection: SqlConnection) -> int | None:
    """Counts the signs of life of who has the run; None where nobody has it."""
    row = connection.execute("SELECT turn FROM run_claim WHERE run = ?", (run,)).fetchone()
    return None if row is None else int(row[0])


def _ensure_held(run: str, holder: str, connection: SqlConnection) -> None:
    """See `SqlRunStore.ensure_mine`."""
    if connection.execute(_HOLDS, (run, holder)).fetchone() is None:
        raise WorkRefused("another process has gone on with this run; look at it by `pointsman eval report`")
