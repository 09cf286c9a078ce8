"""Reads a run back from its journal, whole. Knows no file: who opens the journal says which run it is."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.run_report import RunReport, WholeRun, report_of
from pointsman.services.ports.run_store import RunStore


async def read_whole_run(store: RunStore) -> Result[WholeRun, StorageError]:
    """The run in `store`, with its judged answers."""
    manifest, items = await settle(store.manifest()), await settle(store.items())
    rows, expenses = await settle(store.rows()), await settle(store.expenses())
    for read in (manifest, items, rows, expenses):
        if isinstance(read, Failure):
            return Failure(read.failure())
    held, spent = manifest.unwrap(), expenses.unwrap()
    if held is None:
        return Failure(StorageError(detail="the file holds no run"))
    judged = tuple(JudgedAnswer(row.answer, row.verdict) for row in rows.unwrap() if row.verdict is not None)
    return Success(WholeRun(manifest=held, items=items.unwrap(), rows=judged, lost=spent.lost, failures=spent.failures))


async def read_report(store: RunStore) -> Result[RunReport, StorageError]:
    """The report of the run in `store`."""
    return (await read_whole_run(store)).map(report_of)
