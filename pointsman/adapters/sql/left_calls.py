"""Looks for processes that have died, and has what their journals tell booked. It knows no leases."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

import anyio
from returns.result import Failure, Result

from pointsman.adapters.sql.inheritance import take_over, tidy_processes
from pointsman.adapters.sql.journal import Journal, LeftJournal, left_journals, list_journals
from pointsman.adapters.sql.journal_lines import EndedCalls, OpenedCall, read_line
from pointsman.adapters.sql.transactions import MONEY, SOON, SqlConnection, SqlDatabase
from pointsman.core.error import StorageError

_UNREADABLE = (
    "a process of another version has left calls that this one cannot read; what it could read is booked, and the file"
    " is set aside as %s: look into it, or delete it"
)
_LOG = logging.getLogger("pointsman.stores")


async def take_over_left(database: SqlDatabase, journal: Journal) -> None:
    """Book what processes that have died have left beside `journal`. What fails is done at the next look."""
    for left in left_journals(journal.folder, journal.id):
        try:
            await _take_over(database, left)
        finally:
            left.close()
    tidied = await database.run(partial(_tidy, database, journal), brief=True, patience=SOON, locks=(MONEY,))
    note_failure(tidied)


def _tidy(database: SqlDatabase, journal: Journal, connection: SqlConnection) -> None:
    """Look only now, in the transaction: who is in the database by then had made its file before."""
    present = list_journals(journal.folder)
    if present is not None:
        dead = database.dialect.find_dead(connection, journal.id, present | {journal.id})
        tidy_processes(connection, dead, database.dialect.unfit)


async def _take_over(database: SqlDatabase, left: LeftJournal) -> None:
    try:
        lines = [read_line(line) for line in left.lines()]
    except OSError as problem:
        _LOG.warning("the calls that a process left in %s cannot be read now: %s", left.folder / left.id, problem)
        return
    known = [line for line in lines if line is not None]
    with anyio.CancelScope(shield=True):
        done = await database.run(partial(_book, database, left.id, known), locks=(MONEY,))
        if note_failure(done):
            return
        if len(known) == len(lines) and done.value_or(False):
            left.discard()
        else:
            _LOG.warning(_UNREADABLE, left.set_aside())


def _book(database: SqlDatabase, id: str, lines: Sequence[OpenedCall | EndedCalls], connection: SqlConnection) -> bool:
    is_whole = take_over(connection, id, lines, database.dialect.unfit)
    database.dialect.note_machine(connection, (id,))
    return is_whole


def note_failure(done: Result[object, StorageError], *, again: bool = False) -> bool:
    """Whether work that nobody waits for has failed. It is tried again; the log tells it, unless it failed `again`."""
    if again and not isinstance(done, Failure):
        _LOG.warning("usage and budgets are up to date in the database again")
    if isinstance(done, Failure) and not again:
        _LOG.warning("usage and budgets are not up to date in the database: %s", done.failure())
    return isinstance(done, Failure)
