"""The engines of this user as others may see and end them: by the records that their programs keep."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pointsman.adapters.engines.records import EngineRecords
from pointsman.services.ports.engine import EngineOnMachine


@attrs.frozen
class RecordedEngines:
    """An `EngineWatch`; `measure` gives the memory of a process, in bytes."""

    records: EngineRecords
    measure: Callable[[int], int | None]

    def running(self) -> tuple[EngineOnMachine, ...]:
        """As `EngineWatch.running`."""
        return tuple(
            EngineOnMachine(
                pid=record.pid,
                parent=record.parent,
                model=record.model,
                planned=record.memory,
                memory=self.measure(record.pid),
                slots=record.slots,
                context=record.context,
                started_at=record.started_at,
            )
            for record in self.records.running()
        )

    def end(self, model: str) -> int:
        """As `EngineWatch.end`."""
        return sum(self.records.end(record) for record in self.records.running() if record.model == model)
