"""Evidence in memory: of too many rows the oldest go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.routing.evidence import Evidence, add_outcome
from pointsman.services.ports.evidence_store import MOST_ROWS, in_order

_Key: TypeAlias = tuple[str, str, str]


@attrs.define
class MemoryEvidence:
    """An `EvidenceStore` of this process."""

    most: int = MOST_ROWS
    _rows: dict[_Key, Evidence] = attrs.field(factory=dict, repr=False)

    def read(self) -> FutureResult[tuple[Evidence, ...], StorageError]:
        """As `EvidenceStore.read`."""
        return FutureResult.from_value(in_order(self._rows.values()))

    def apply(self, run: str, rows: Sequence[Evidence]) -> FutureResult[bool, StorageError]:
        """As `EvidenceStore.apply`."""
        before = {key: row for key, row in self._rows.items() if row.run == run}
        after = {_key(row): row for row in rows}
        if before == after:
            return FutureResult.from_value(False)
        self._rows = {key: row for key, row in self._rows.items() if row.run != run} | after
        self._trim()
        return FutureResult.from_value(True)

    def forget(self, run: str) -> FutureResult[int, StorageError]:
        """As `EvidenceStore.forget`."""
        left = {key: row for key, row in self._rows.items() if row.run != run}
        gone = len(self._rows) - len(left)
        self._rows = left
        return FutureResult.from_value(gone)

    def add(self, outcome: Evidence) -> FutureResult[None, StorageError]:
        """As `EvidenceStore.add`."""
        self._rows[_key(outcome)] = add_outcome(self._rows.get(_key(outcome)), outcome)
        self._trim()
        return FutureResult.from_value(None)

    def _trim(self) -> None:
        for key in sorted(self._rows, key=lambda key: self._rows[key].date)[: len(self._rows) - self.most]:
            del self._rows[key]


def _key(row: Evidence) -> _Key:
    return row.run, row.kind, row.model
