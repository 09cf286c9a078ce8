"""Evidence in a SQLite file, a row each, in columns that a person can query."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.sqlite.database import Database
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.money.cost import from_picodollars
from pointsman.core.routing.evidence import Evidence, add_outcome
from pointsman.services.ports.evidence_store import MOST_ROWS, in_order

_COLUMNS = "run, kind, model, healed, tried, picodollars, cost_complete, seconds, effect, date, fingerprint"
_KEEP = f"INSERT OR REPLACE INTO evidence ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"
_TRIM = """
    DELETE FROM evidence WHERE rowid IN (
        SELECT rowid FROM evidence ORDER BY date LIMIT max(0, (SELECT count(*) FROM evidence) - ?)
    )
"""


@attrs.frozen
class SqliteEvidence:
    """An `EvidenceStore` in `database`."""

    database: Database
    most: int = MOST_ROWS

    @effect
    async def read(self) -> Result[tuple[Evidence, ...], StorageError]:
        """As `EvidenceStore.read`."""
        return await self.database.read(lambda connection: in_order(_select(connection, "", ())))

    @effect
    async def apply(self, run: str, rows: Sequence[Evidence]) -> Result[bool, StorageError]:
        """As `EvidenceStore.apply`."""
        wanted = in_order(rows)

        def write(connection: sqlite3.Connection) -> bool:
            if in_order(_select(connection, "WHERE run = ?", (_text(run),))) == wanted:
                return False
            connection.execute("DELETE FROM evidence WHERE run = ?", (_text(run),))
            connection.executemany(_KEEP, [_row(row) for row in wanted])
            connection.execute(_TRIM, (self.most,))
            return True

        return await self.database.run(write)

    @effect
    async def forget(self, run: str) -> Result[int, StorageError]:
        """As `EvidenceStore.forget`."""

        def delete(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM evidence WHERE run = ?", (_text(run),)).rowcount

        return await self.database.run(delete)

    @effect
    async def add(self, outcome: Evidence) -> Result[None, StorageError]:
        """As `EvidenceStore.add`."""
        key = (_text(outcome.run), _text(outcome.kind), _text(outcome.model))

        def write(connection: sqlite3.Connection) -> None:
            there = _select(connection, "WHERE run = ? AND kind = ? AND model = ?", key)
            connection.execute(_KEEP, _row(add_outcome(there[0] if there else None, outcome)))
            connection.execute(_TRIM, (self.most,))

        return await self.database.run(write)


def _select(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> list[Evidence]:
    return [_evidence(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM evidence {where}", values)]


def _text(text: str) -> str:
    """`text` as SQLite can keep it: without lone surrogates."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _row(row: Evidence) -> tuple[Any, ...]:
    return (
        _text(row.run),
        _text(row.kind),
        _text(row.model),
        float(row.healed),
        float(row.tried),
        row.cost.picodollars,
        int(row.cost.complete),
        row.seconds,
        row.effect,
        row.date,
        _text(row.fingerprint),
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
