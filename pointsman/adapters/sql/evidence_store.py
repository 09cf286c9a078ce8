"""Evidence in a SQLite file, a row each, in columns that a person can query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.sql.transactions import EVIDENCE, SqlConnection, SqlDatabase, storable
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.money.cost import from_picodollars
from pointsman.core.routing.evidence import Evidence, add_outcome
from pointsman.services.ports.evidence_store import MOST_ROWS, in_order

_COLUMNS = "run, kind, model, healed, tried, picodollars, cost_complete, seconds, effect, date, fingerprint"
_KEEP = (
    f"INSERT INTO evidence ({_COLUMNS}) VALUES ({', '.join('?' * 11)}) ON CONFLICT (run, kind, model) DO UPDATE SET "
    + ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in _COLUMNS.split(","))
)
_TRIM = "DELETE FROM evidence WHERE rowid IN (SELECT rowid FROM evidence ORDER BY date, rowid LIMIT ?)"


@attrs.frozen
class SqlEvidence:
    """An `EvidenceStore` in `database`."""

    database: SqlDatabase
    most: int = MOST_ROWS

    @effect
    async def read(self) -> Result[tuple[Evidence, ...], StorageError]:
        """As `EvidenceStore.read`."""
        return await self.database.read(lambda connection: in_order(_select(connection, "", ())))

    @effect
    async def apply(self, run: str, rows: Sequence[Evidence]) -> Result[bool, StorageError]:
        """As `EvidenceStore.apply`."""
        wanted = in_order(rows)

        def write(connection: SqlConnection) -> bool:
            if in_order(_select(connection, "WHERE run = ?", (storable(run),))) == wanted:
                return False
            connection.execute("DELETE FROM evidence WHERE run = ?", (storable(run),))
            connection.executemany(_KEEP, [_row(row) for row in wanted])
            _trim(connection, self.most)
            return True

        return await self.database.run(write, locks=(EVIDENCE,))

    @effect
    async def forget(self, run: str) -> Result[int, StorageError]:
        """As `EvidenceStore.forget`."""

        def delete(connection: SqlConnection) -> int:
            return connection.execute("DELETE FROM evidence WHERE run = ?", (storable(run),)).rowcount

        return await self.database.run(delete, locks=(EVIDENCE,))

    @effect
    async def add(self, outcome: Evidence) -> Result[None, StorageError]:
        """As `EvidenceStore.add`."""
        key = (storable(outcome.run), storable(outcome.kind), storable(outcome.model))

        def write(connection: SqlConnection) -> None:
            there = _select(connection, "WHERE run = ? AND kind = ? AND model = ?", key)
            connection.execute(_KEEP, _row(add_outcome(there[0] if there else None, outcome)))
            _trim(connection, self.most)

        return await self.database.run(write, locks=(EVIDENCE,))


def _trim(connection: SqlConnection, most: int) -> None:
    """Let the oldest go."""
    (count,) = connection.execute("SELECT count(*) FROM evidence").fetchone()
    if count > most:
        connection.execute(_TRIM, (count - most,))


def _select(connection: SqlConnection, where: str, values: tuple[str, ...]) -> list[Evidence]:
    return [_evidence(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM evidence {where}", values)]


def _row(row: Evidence) -> tuple[Any, ...]:
    return (
        storable(row.run),
        storable(row.kind),
        storable(row.model),
        float(row.healed),
        float(row.tried),
        row.cost.picodollars,
        int(row.cost.complete),
        row.seconds,
        row.effect,
        row.date,
        storable(row.fingerprint),
    )


def _evidence(row: tuple[Any, ...]) -> Evidence:
    run, kind, model, healed, tried, picodollars, complete, seconds, effect, date, fingerprint = row
    return Evidence(
        run=run,
        kind=kind,
        model=model,
        healed=healed,
        tried=tried,
        cost=from_picodollars(picodollars, bool(complete)),
        seconds=seconds,
        effect=effect,
        date=date,
        fingerprint=fingerprint,
    )
