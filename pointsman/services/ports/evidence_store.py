"""Port: evidence of which model heals what, from runs that were applied and from use. Routing goes by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.routing.evidence import Evidence

MOST_ROWS = 5000
"""Rows that are kept; of more the oldest go."""


class EvidenceStore(Protocol):
    """Keeps one row for each run, kind and model. A change is there whole, or not at all."""

    def read(self) -> FutureResult[tuple[Evidence, ...], StorageError]:
        """All rows, by run, kind and model."""
        ...

    def apply(self, run: str, rows: Sequence[Evidence]) -> FutureResult[bool, StorageError]:
        """Keep `rows`, all of `run`, in place of those there were of it. Says whether that changed anything."""
        ...

    def forget(self, run: str) -> FutureResult[int, StorageError]:
        """Delete the rows of `run`, and say how many there were."""
        ...

    def add(self, outcome: Evidence) -> FutureResult[None, StorageError]:
        """Add one outcome of use (its run is `IN_USE`) to the row of its kind and model: see `add_outcome`."""
        ...


def in_order(rows: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """As `EvidenceStore.read` gives them."""
    return tuple(sorted(rows, key=lambda row: (row.run, row.kind, row.model)))
