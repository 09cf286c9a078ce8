"""Usage records in memory: the latest ones."""

from __future__ import annotations

import attrs
from returns.future import FutureResult
from returns.result import Result, Success

from pointsman.core.error import StorageError
from pointsman.core.money.usage_query import RecordQuery, fits
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.money.usage_report import GroupBy, UsageRow, report, series

_DONE: Result[None, StorageError] = Success(None)


@attrs.define
class MemoryUsageLog:
    """A `UsageLog` of this process; of more than `most` records the oldest are forgotten."""

    most: int = 100_000
    _records: dict[str, UsageRecord] = attrs.field(factory=dict, repr=False)

    async def add(self, record: UsageRecord) -> Result[None, StorageError]:
        """As `UsageLog.add`."""
        self._records[record.id] = record
        if len(self._records) > self.most:
            del self._records[next(iter(self._records))]
        return _DONE

    def read(
        self, since: float | None = None, until: float | None = None
    ) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.read`."""
        return FutureResult.from_value(self._between(since, until))

    def latest(self, most: int, tenant: str | None = None) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.latest`."""
        found = self._between(None, None, tenant)[::-1]
        return FutureResult.from_value(found[: max(0, most)])

    def find(self, wanted: RecordQuery) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """As `UsageLog.find`."""
        found = [record for record in self._records.values() if fits(record, wanted)]
        found.sort(key=lambda record: (record.time, record.id), reverse=True)
        return FutureResult.from_value(tuple(found[: max(0, wanted.most)]))

    def summary(
        self, by: GroupBy, since: float | None = None, until: float | None = None, tenant: str | None = None
    ) -> FutureResult[tuple[UsageRow, ...], StorageError]:
        """As `UsageLog.summary`."""
        return FutureResult.from_value(report(self._between(since, until, tenant), by))

    def series(
        self, since: float, until: float, steps: int, tenant: str | None = None
    ) -> FutureResult[tuple[UsageRow, ...], StorageError]:
        """As `UsageLog.series`."""
        return FutureResult.from_value(series(self._between(since, None, tenant), since, until, steps))

    def _between(self, since: float | None, until: float | None, tenant: str | None = None) -> tuple[UsageRecord, ...]:
        found = [
            record
            for record in self._records.values()
            if (since is None or record.time >= since)
            and (until is None or record.time < until)
            and tenant in (None, record.tenant)
        ]
        return tuple(sorted(found, key=lambda record: record.time))

    def forget(self, before: float) -> FutureResult[int, StorageError]:
        """As `UsageLog.forget`."""
        old = [id for id, record in self._records.items() if record.time < before]
        for id in old:
            del self._records[id]
        return FutureResult.from_value(len(old))
