"""The books of a process, open: a task keeps the database up to date, and takes over what dead processes have left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
from returns.result import Failure

from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.journal import Journal
from pointsman.adapters.sql.left_calls import note_failure, take_over_left
from pointsman.adapters.sql.transactions import SqlDatabase
from pointsman.services.tasks.background import keep_running
from pointsman.services.tasks.together import tasks_together

_SOON = 0.8
"""Seconds after which the database knows what was promised."""
_LOOK = 2.0
"""Seconds between two looks for processes that have died, where nothing else is to be done."""


@asynccontextmanager
async def open_books(database: SqlDatabase) -> AsyncIterator[Books]:
    """The books of this process in `database`, closed with the scope."""
    books = Books(database, Journal(database.journals))
    await take_over_left(database, books.journal)
    try:
        async with tasks_together() as group:
            group.start_soon(keep_running, "usage and budgets", partial(_keep_up, books), anyio.sleep)
            try:
                yield books
            finally:
                group.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await books.close()


async def _keep_up(books: Books) -> None:
    """Keep the database at most a second behind, and look for what dead processes have left, without end."""
    has_spare = False
    while True:
        if await books.wait_for_change(_LOOK):
            has_spare = True
            await anyio.sleep(_SOON)
            await _bring_up_to_date(books)
            if books.behind is not None:
                books.note_change()
        elif has_spare:
            await _bring_up_to_date(books, trim=True)
            has_spare = books.behind is not None
        await take_over_left(books.database, books.journal)


async def _bring_up_to_date(books: Books, *, trim: bool = False) -> None:
    done = await books.bring_up_to_date(turn=True, trim=trim)
    note_failure(done, again=books.behind is not None)
    books.behind = done.failure() if isinstance(done, Failure) else None
