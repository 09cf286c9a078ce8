"""Who is taken for dead, and what becomes of what the dead left: no living process is, and nothing counts twice."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest
from returns.result import Result

from pointsman.adapters.sql import journal as journals
from pointsman.adapters.sql.left_calls import take_over_left
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sqlite.database import Database
from pointsman.core.error import StorageError
from pointsman.core.money.settlement import Amount
from tests.adapters.sqlite.crowd import CENT, NOW, books_in, dollars_of, outcomes, reserve, rows, spent_cents
from tests.adapters.sqlite.opened import a_database

HELD = "SELECT held_picodollars FROM account"


async def test_processes_that_know_the_file_by_different_names_leave_each_other_alone(tmp_path: Path) -> None:
    path, link = tmp_path / "real" / "stores.db", tmp_path / "link.db"
    link.symlink_to(path)
    async with a_database(path) as one, a_database(link) as two, open_books(one) as mine, open_books(two) as yours:
        call = await reserve(mine, "call", dollars_of("k"), 20)
        (await mine.bring_up_to_date(turn=True)).unwrap()
        await take_over_left(two, yours.journal)
        assert outcomes(path) == {}
        await mine.settle(call, Amount(5 * CENT, 10), NOW, recorded=False)
    assert spent_cents(path) == 5
    assert outcomes(path) == {}
    assert rows(path, HELD) == [(0,)]


async def test_a_process_that_begins_while_another_looks_around_is_not_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        run = Database.run

        async def run_late(
            database: Database, work: Callable[[sqlite3.Connection], object], **how: float
        ) -> Result[object, StorageError]:
            """As where the transaction begins only after the other process's first."""
            if database is one and not yours._holds.opened:
                await reserve(yours, "call", dollars_of("k"), 20)
            return await run(database, work, brief=bool(how.get("brief")))

        with monkeypatch.context() as patch:
            patch.setattr(Database, "run", run_late)
            await take_over_left(one, mine.journal)
        assert rows(path, "SELECT id FROM process") == [(yours.journal.id,)]
        assert rows(path, "SELECT process FROM lease") == [(yours.journal.id,)]
        await yours.close()


async def test_where_the_folder_cannot_be_read_nobody_is_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process has no free file descriptor."""

    def refuse(path: object) -> NoReturn:
        raise OSError(24, "Too many open files")

    path = tmp_path / "stores.db"
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        await reserve(yours, "call", dollars_of("k"), 20)
        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", refuse)
            await take_over_left(one, mine.journal)
        assert rows(path, "SELECT process FROM lease") == [(yours.journal.id,)]
        await yours.close()


async def test_a_process_whose_lease_was_given_back_never_makes_what_is_held_negative(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        books = books_in(database)
        call = await reserve(books, "call", dollars_of("k"), 20)
        with closing(sqlite3.connect(path)) as file:
            file.executescript("DELETE FROM lease; UPDATE account SET held_picodollars = 0, held_tokens = 0")
        await books.settle(call, Amount(5 * CENT, 10), NOW, recorded=False)
        (await books.bring_up_to_date(turn=True, trim=True)).unwrap()
        assert rows(path, HELD) == [(0,)]
        await books.close()


def test_a_folder_that_is_not_there_holds_nobody(tmp_path: Path) -> None:
    assert journals.list_journals(tmp_path / "nowhere") == frozenset()
