"""Port: where usage records are kept."""

from __future__ import annotations

from typing import Protocol

from returns.future import FutureResult

from pointsman.core.effect import Pending
from pointsman.core.error import StorageError
from pointsman.core.money.usage_query import RecordQuery
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.money.usage_report import GroupBy, UsageRow


class UsageLog(Protocol):
    """Keeps usage records. What `add` has confirmed is still there after the process was killed, if it is on disk."""

    def add(self, record: UsageRecord) -> Pending[None, StorageError]:
        """Keep `record`; a second one with the same id replaces the first."""
        ...

    def read(
        self, since: float | None = None, until: float | None = None
    ) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """The records whose time is at least `since` and below `until` (Unix seconds), oldest first."""
        ...

    def latest(self, most: int, tenant: str | None = None) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """The `most` records whose time is latest, the latest first: of `tenant`, or of all."""
        ...

    def find(self, wanted: RecordQuery) -> FutureResult[tuple[UsageRecord, ...], StorageError]:
        """The records that are `wanted`, the latest first; of the same time the one with the greater id."""
        ...

    def summary(
        self, by: GroupBy, since: float | None = None, until: float | None = None, tenant: str | None = None
    ) -> FutureResult[tuple[UsageRow, ...], StorageError]:
        """As `report` of what `read` gives, counted where the records are: of `tenant`, or of all."""
        ...

    def series(
        self, since: float, until: float, steps: int, tenant: str | None = None
    ) -> FutureResult[tuple[UsageRow, ...], StorageError]:
        """As `usage_report.series` of the records, counted where they are: of `tenant`, or of all."""
        ...

    def forget(self, before: float) -> FutureResult[int, StorageError]:
        """Delete the records older than `before`, and say how many there were."""
        ...
