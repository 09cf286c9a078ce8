"""Calls that outlive their App are booked once, when it is closed; later they find closed books."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest
from returns.result import Failure

from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.open_books import open_books
from pointsman.core.error import StorageError
from pointsman.core.money.budget import Balance
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from pointsman.services.ports.ledger import LEASE
from tests.adapters.sqlite.crowd import (
    CENT,
    NOW,
    books_in,
    dollars_of,
    kill,
    outcomes,
    record_of_call,
    reserve,
    rows,
    spent_cents,
)
from tests.adapters.sqlite.opened import a_database


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_call_that_ends_after_its_app_is_booked_once(tmp_path: Path, recorded: bool) -> None:
    path, account = tmp_path / "stores.db", dollars_of("k")
    async with a_database(path) as database:
        async with open_books(database) as books:
            call = await reserve(books, "call", account, 20)
        assert (outcomes(path), spent_cents(path)) == ({"call": "Lost"}, 20)
        settled = await books.settle(call, Amount(5 * CENT, 10), NOW, recorded=recorded)
        added = await books.add(record_of_call("call", 5))
        again = await books.reserve("late", (account,), Amount(CENT, 10), NOW, CallFacts())
        for refused in (settled, added, again, await books.balances(["k"], NOW)):
            assert isinstance(refused, Failure)
            assert isinstance(refused.failure(), StorageError)
            assert "closed" in refused.failure().detail
    assert "stores.db-calls" not in os.listdir(tmp_path), "nothing is left that a later process could book"
    assert (outcomes(path), spent_cents(path)) == ({"call": "Lost"}, 20)


async def test_a_call_that_was_settled_and_tells_of_it_after_its_app_has_a_record(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        async with open_books(database) as books:
            call = await reserve(books, "call", dollars_of("k"), 20)
            (await books.settle(call, Amount(5 * CENT, 10), NOW, recorded=True)).unwrap()
        assert isinstance(await books.add(record_of_call("call", 5)), Failure)
    assert (outcomes(path), spent_cents(path)) == ({"call": "Lost"}, 5)
    assert rows(path, "SELECT picodollars FROM usage") == [(5 * CENT,)]


async def test_who_waits_for_the_database_while_the_books_are_closed_is_refused(tmp_path: Path) -> None:
    path, said = tmp_path / "stores.db", list[bool]()

    async def ask(books: Books) -> None:
        answer = await books.reserve("waits", (dollars_of("k"),), Amount(CENT, 10), NOW, CallFacts())
        said.append(isinstance(answer, Failure))

    async with a_database(path) as database, anyio.create_task_group() as tasks, open_books(database) as books:
        await books._lock.acquire()
        tasks.start_soon(ask, books)
        await anyio.wait_all_tasks_blocked()
        books._is_closed = True
        books._lock.release()
    assert said == [True]
    assert rows(path, "SELECT held_picodollars FROM account WHERE held_picodollars > 0") == []


@pytest.mark.parametrize("ending", ["killed", "closed", "told"])
async def test_a_call_that_outlived_its_lease_has_a_record_however_it_ends(tmp_path: Path, ending: str) -> None:
    """As where a machine slept for hours with a call under way: the ledger is what the records say."""
    path, account, later = tmp_path / "stores.db", dollars_of("k"), NOW + LEASE
    async with a_database(path) as database:
        books = books_in(database)
        call = await reserve(books, "call", account, 20)
        assert (await books.balances(["k"], later)).unwrap() == (Balance(Amount(20 * CENT, 10)),)
        (await books.bring_up_to_date(turn=True)).unwrap()
        if ending == "told":
            (await books.settle(call, Amount(5 * CENT, 10), later, recorded=True)).unwrap()
            (await books.add(record_of_call("call", 5))).unwrap()
        if ending == "killed":
            kill(books)
            async with open_books(database):
                pass
        else:
            await books.close()
    told = ending == "told"
    assert outcomes(path) == {"record of call" if told else "call": "ok" if told else "Lost"}
    assert spent_cents(path) == (5 if told else 20)
    assert rows(path, "SELECT * FROM lease") == []


@pytest.mark.parametrize("usd", ["0.3", "1000"])
async def test_a_call_that_had_ended_before_its_app_is_not_booked_again_by_who_comes_next(
    tmp_path: Path, usd: str
) -> None:
    """Near a limit its end is in the database at once, so that nothing is left to be brought there at the close."""
    path, account = tmp_path / "stores.db", dollars_of("k", usd)
    async with a_database(path) as database:
        books = books_in(database)
        call = await reserve(books, "call", account, 20)
        (await books.add(UsageRecord(id="free", time=NOW))).unwrap()
        (await books.bring_up_to_date(turn=True)).unwrap()  # as every second, with the call under way
        (await books.settle(call, Amount(5 * CENT, 10), NOW, recorded=True)).unwrap()
        (await books.add(record_of_call("call", 5))).unwrap()
        await books.close()
        async with open_books(database):
            pass
    assert (outcomes(path), spent_cents(path)) == ({"free": "ok", "record of call": "ok"}, 5)
