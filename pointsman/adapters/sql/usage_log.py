"""Usage records in a SQLite file, a row each; written behind, with the money that they tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from returns.result import Failure, Result

from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.transactions import MONEY, SqlConnection
from pointsman.adapters.sql.usage_rows import COLUMNS, record_of
from pointsman.core.effect import Pending, effect, is_failure
from pointsman.core.error import StorageError
from pointsman.core.json import dumps_text
from pointsman.core.money.usage_query import FAILED, RecordQuery
from pointsman.core.money.usage_record import OK, UsageRecord
from pointsman.core.money.usage_report import GroupBy, UsageRow

_Value = TypeVar("_Value")


@attrs.frozen
class SqlUsageLog:
    """A `UsageLog` in the database of `books`."""

    books: Books

    def add(self, record: UsageRecord) -> Pending[None, StorageError]:
        """As `UsageLog.add`."""
        return self.books.add(record)

    @effect
    async def read(
        self, since: float | None = None, until: float | None = None
    ) -> Result[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.read`."""
        bounds = (-1e308 if since is None else since, 1e308 if until is None else until)

        def select(connection: SqlConnection) -> tuple[UsageRecord, ...]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM usage WHERE time >= ? AND time < ? ORDER BY time, rowid", bounds
            )
            return tuple(record_of(row) for row in rows)

        return await self._up_to_date(select)

    @effect
    async def latest(self, most: int, tenant: str | None = None) -> Result[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.latest`."""

        def select(connection: SqlConnection) -> tuple[UsageRecord, ...]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM usage WHERE CAST(:tenant AS text) IS NULL OR tenant = :tenant"
                " ORDER BY time DESC, rowid DESC LIMIT :most",
                {"tenant": tenant, "most": max(0, most)},
            )
            return tuple(record_of(row) for row in rows)

        return await self._up_to_date(select)

    @effect
    async def find(self, wanted: RecordQuery) -> Result[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.find`."""
        conditions, values = _conditions(wanted)

        def select(connection: SqlConnection) -> tuple[UsageRecord, ...]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM usage WHERE {conditions} ORDER BY time DESC, id DESC LIMIT :most", values
            )
            return tuple(record_of(row) for row in rows)

        return await self._up_to_date(select)

    @effect
    async def summary(
        self, by: GroupBy, since: float | None = None, until: float | None = None, tenant: str | None = None
    ) -> Result[tuple[UsageRow, ...], StorageError]:
        """As `UsageLog.summary`."""
        dialect = self.books.database.dialect
        first, last = (-1e308 if since is None else since, 1e308 if until is None else until)
        return await self._up_to_date(lambda connection: dialect.summary(connection, by, first, last, tenant))

    @effect
    async def series(
        self, since: float, until: float, steps: int, tenant: str | None = None
    ) -> Result[tuple[UsageRow, ...], StorageError]:
        """As `UsageLog.series`."""
        dialect = self.books.database.dialect
        return await self._up_to_date(lambda connection: dialect.series(connection, since, until, steps, tenant))

    @effect
    async def forget(self, before: float) -> Result[int, StorageError]:
        """As `UsageLog.forget`."""

        def delete(connection: SqlConnection) -> int:
            return connection.execute("DELETE FROM usage WHERE time < ?", (before,)).rowcount

        return await self._up_to_date(delete)

    async def _up_to_date(self, work: Callable[[SqlConnection], _Value]) -> Result[_Value, StorageError]:
        """What `work` gives, when the database knows what this process has promised."""
        brought = await self.books.bring_up_to_date()
        if is_failure(brought):
            return Failure(brought.failure())
        return await self.books.database.run(work, locks=(MONEY,))


def _conditions(wanted: RecordQuery) -> tuple[str, dict[str, object]]:
    """What a row must be to be `wanted`, and the values that this names."""
    values: dict[str, object] = {"most": max(0, wanted.most)}
    conditions = ["1 = 1"]
    for name in ("id", "provider", "model", "tenant"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"{name} = :{name}")
            values[name] = value
    if wanted.outcome == FAILED:
        conditions.append("outcome <> :ok")
        values["ok"] = OK
    elif wanted.outcome is not None:
        conditions.append("outcome = :outcome")
        values["outcome"] = wanted.outcome
    for number, tag in enumerate(wanted.tags):
        conditions.append(f"replace(tags, :tag{number}, '') <> tags")
        values[f"tag{number}"] = dumps_text(tag)
    if wanted.since is not None:
        conditions.append("time >= :since")
        values["since"] = wanted.since
    if wanted.until is not None:
        conditions.append("time < :until")
        values["until"] = wanted.until
    if wanted.before is not None:
        conditions.append("(time, id) < (:before, :before_id)")
        values["before"], values["before_id"] = wanted.before
    return " AND ".join(conditions), values
