"""Usage records in a SQLite file, a row each, in columns that a person can query."""

from __future__ import annotations

import sqlite3
from typing import Any

import attrs
from returns.result import Result

from pointsman.adapters.sqlite.database import Database
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.json import as_list, as_text, dumps_text, loads
from pointsman.core.money.cost import from_picodollars
from pointsman.core.money.usage_record import UsageRecord

_COLUMNS = (
    "id, time, kind, provider, model, task, tenant, conversation, tags, input, output, cached_input, cache_write,"
    " reasoning, estimated, picodollars, cost_complete, saved_picodollars, saved_complete, latency_ms, first_ms,"
    " attempts, cache, outcome, finish, experiment, variant, prompt, answer,"
    " cache_write_1h"
)
_ADD = f"INSERT OR REPLACE INTO usage ({_COLUMNS}) VALUES ({', '.join('?' * 30)})"


@attrs.frozen
class SqliteUsageLog:
    """A `UsageLog` in `database`."""

    database: Database

    @effect
    async def add(self, record: UsageRecord) -> Result[None, StorageError]:
        """As `UsageLog.add`."""
        row = _row(record)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(_ADD, row)

        return await self.database.run(write, brief=True)

    @effect
    async def read(
        self, since: float | None = None, until: float | None = None
    ) -> Result[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.read`."""
        bounds = (-1e308 if since is None else since, 1e308 if until is None else until)

        def select(connection: sqlite3.Connection) -> tuple[UsageRecord, ...]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM usage WHERE time >= ? AND time < ? ORDER BY time, rowid", bounds
            )
            return tuple(_record(row) for row in rows)

        return await self.database.run(select)

    @effect
    async def forget(self, before: float) -> Result[int, StorageError]:
        """As `UsageLog.forget`."""

        def delete(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM usage WHERE time < ?", (before,)).rowcount

        return await self.database.run(delete)


def _text(text: str) -> str:
    """`text` as SQLite can keep it: without lone surrogates."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _row(record: UsageRecord) -> tuple[Any, ...]:
    usage = record.usage
    return (
        record.id,
        record.time,
        record.kind,
        _text(record.provider),
        _text(record.model),
        _text(record.task),
        _text(record.tenant),
        _text(record.conversation),
        dumps_text(record.tags),
        usage.input,
        usage.output,
        usage.cached_input,
        usage.cache_write,
        usage.reasoning,
        int(usage.estimated),
        record.cost.picodollars,
        int(record.cost.complete),
        record.saved.picodollars,
        int(record.saved.complete),
        record.latency_ms,
        record.first_ms,
        record.attempts,
        record.cache,
        record.outcome,
        record.finish,
        _text(record.experiment),
        _text(record.variant),
        _text(record.prompt),
        _text(record.answer),
        usage.cache_write_1h,
    )


def _record(row: tuple[Any, ...]) -> UsageRecord:
    return UsageRecord(
        id=row[0],
        time=row[1],
        kind=row[2],
        provider=row[3],
        model=row[4],
        task=row[5],
        tenant=row[6],
        conversation=row[7],
        tags=tuple(as_text(tag) for tag in as_list(loads(row[8]).value_or([]))),
        usage=Usage(row[9], row[10], row[11], row[12], row[13], bool(row[14]), row[29]),
        cost=from_picodollars(row[15], bool(row[16])),
        saved=from_picodollars(row[17], bool(row[18])),
        latency_ms=row[19],
        first_ms=row[20],
        attempts=row[21],
        cache=row[22],
        outcome=row[23],
        finish=row[24],
        experiment=row[25],
        variant=row[26],
        prompt=row[27],
        answer=row[28],
    )
