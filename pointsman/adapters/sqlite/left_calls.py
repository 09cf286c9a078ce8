"""Looks for processes that have died, and has what their journals tell booked. It knows no leases."""

from __future__ import annotations

import logging
import sqlite3

import anyio
from returns.result import Failure, Result

from pointsman.adapters.sqlite.database import Database
from pointsman.adapters.sqlite.inheritance import take_over, tidy_processes
from pointsman.adapters.sqlite.journal import Journal, LeftJournal, left_journals, list_journals
from pointsman.core.error import StorageError

_LOG = logging.getLogger("pointsman.stores")


async def take_over_left(database: Database, journal: Journal) -> None:
    """Book what processes that have died have left beside `journal`. What fails is done at the next look."""
    for left in left_journals(journal.folder, journal.id):
        try:
            await _take_over(database, left)
        finally:
            left.close()
    note_failure(await database.run(lambda connection: _tidy(connection, journal), brief=True))


def _tidy(connection: sqlite3.Connection, journal: Journal) -> None:
    """Look only now, in the transaction: who is in the database by then had made its file before."""
    present = list_journals(journal.folder)
    if present is not None:
        tidy_processes(connection, present | {journal.id})


async def _take_over(database: Database, left: LeftJournal) -> None:
    lines = left.lines()
    with anyio.CancelScope(shield=True):
        done = await database.run(lambda connection: take_over(connection, left.id, lines))
        if not note_failure(done):
            left.discard()


def note_failure(done: Result[object, StorageError]) -> bool:
    """Whether work that nobody waits for has failed, which is then in the log. It is tried again."""
    if isinstance(done, Failure):
        _LOG.warning("usage and budgets are not up to date in the database: %s", done.failure())
    return isinstance(done, Failure)
