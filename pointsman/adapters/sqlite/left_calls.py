"""Looks for processes that have died, and has what their journals tell booked. It knows no leases."""

from __future__ import annotations

import logging
import sqlite3

import anyio
from returns.result import Failure, Result

from pointsman.adapters.sqlite.database import SOON, Database
from pointsman.adapters.sqlite.inheritance import take_over, tidy_processes
from pointsman.adapters.sqlite.journal import Journal, LeftJournal, left_journals, list_journals
from pointsman.adapters.sqlite.journal_lines import read_line
from pointsman.core.error import StorageError

_UNREADABLE = (
    "a process of another version has left calls that this one cannot read; what it could read is booked, and the file"
    " is set aside as %s: look into it, or delete it"
)
_LOG = logging.getLogger("pointsman.stores")


async def take_over_left(database: Database, journal: Journal) -> None:
    """Book what processes that have died have left beside `journal`. What fails is done at the next look."""
    for left in left_journals(journal.folder, journal.id):
        try:
            await _take_over(database, left)
        finally:
            left.close()
    note_failure(await database.run(lambda connection: _tidy(connection, journal), brief=True, patience=SOON))


def _tidy(connection: sqlite3.Connection, journal: Journal) -> None:
    """Look only now, in the transaction: who is in the database by then had made its file before."""
    present = list_journals(journal.folder)
    if present is not None:
        tidy_processes(connection, present | {journal.id})


async def _take_over(database: Database, left: LeftJournal) -> None:
    try:
        lines = [read_line(line) for line in left.lines()]
    except OSError as problem:
        _LOG.warning("the calls that a process left in %s cannot be read now: %s", left.folder / left.id, problem)
        return
    known = [line for line in lines if line is not None]
    with anyio.CancelScope(shield=True):
        done = await database.run(lambda connection: take_over(connection, left.id, known))
        if note_failure(done):
            return
        if len(known) == len(lines) and done.value_or(False):
            left.discard()
        else:
            _LOG.warning(_UNREADABLE, left.set_aside())


def note_failure(done: Result[object, StorageError]) -> bool:
    """Whether work that nobody waits for has failed, which is then in the log. It is tried again."""
    if isinstance(done, Failure):
        _LOG.warning("usage and budgets are not up to date in the database: %s", done.failure())
    return isinstance(done, Failure)
