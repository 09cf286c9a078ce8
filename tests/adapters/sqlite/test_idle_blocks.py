"""What a busy process does not use of a budget is given back, and forgotten."""

from __future__ import annotations

from pathlib import Path

from pointsman.adapters.sql.block import IDLE_TURNS
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts
from pointsman.services.ports.ledger import Refused, Reservation
from tests.adapters.sqlite.crowd import CENT, NOW, books_in, dollars_of, reserve, rows, spend, spent_cents
from tests.adapters.sqlite.opened import a_database

LEASES = "SELECT account FROM lease ORDER BY account"


async def test_a_process_that_is_busy_with_other_budgets_gives_back_what_it_does_not_use(tmp_path: Path) -> None:
    path, tenant, other = tmp_path / "stores.db", dollars_of("tenant"), dollars_of("other", "1000000")
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        await spend(mine, "first", tenant, 1, most=1)
        for turn in range(IDLE_TURNS + 2):
            await spend(mine, f"other {turn}", other, 1, most=1)
            (await mine.bring_up_to_date(turn=True)).unwrap()
        assert rows(path, LEASES) == [("other",)]
        count = 0
        while not isinstance(await spend(yours, f"yours {count}", tenant, 1, most=1), Refused):
            count += 1
        assert count == 99, "all of the dollar is spent, and no more"
        await mine.close()
        await yours.close()
        assert spent_cents(path) == 100 + IDLE_TURNS + 2


async def test_a_block_that_is_in_use_stays(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        books = books_in(database)
        held = await reserve(books, "long", dollars_of("long", "1000"), 5)
        for turn in range(2 * IDLE_TURNS):
            await spend(books, str(turn), dollars_of("busy", "1000"), 1, most=1)
            (await books.bring_up_to_date(turn=True)).unwrap()
        assert rows(path, "SELECT picodollars FROM lease WHERE account = 'long'") == [(5 * CENT,)]
        assert rows(path, "SELECT picodollars > 0 FROM lease WHERE account = 'busy'") == [(1,)]
        (await books.settle(held, Amount(2 * CENT, 1), NOW, recorded=False)).unwrap()
        await books.close()
        assert rows(path, "SELECT picodollars, held_picodollars FROM account WHERE key = 'long'") == [(2 * CENT, 0)]


async def test_accounts_that_are_used_once_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database:
        books = books_in(database)
        for number in range(60):
            await spend(books, str(number), dollars_of(f"conversation {number}"), 1, most=1)
            (await books.bring_up_to_date(turn=True)).unwrap()
        assert len(books._blocks) <= IDLE_TURNS + 2
        assert len(rows(path, LEASES)) == len(books._blocks)
        assert spent_cents(path) == 60
        await books.close()
        assert rows(path, LEASES) == []


async def test_what_is_settled_after_its_block_was_given_back_is_booked(tmp_path: Path) -> None:
    """A call that was thought to be free holds nothing, so its block goes; it is booked, and so is its balance told."""
    path, account = tmp_path / "stores.db", dollars_of("k")
    async with a_database(path) as database:
        books = books_in(database)
        await spend(books, "first", account, 1, most=1)
        late = (await books.reserve("late", (account,), Amount(), NOW, CallFacts())).unwrap()
        assert isinstance(late, Reservation)
        (await books.bring_up_to_date(turn=True, trim=True)).unwrap()
        (await books.bring_up_to_date(turn=True, trim=True)).unwrap()
        assert len(books._blocks) == 0
        ((_, balance),) = (await books.settle(late, Amount(3 * CENT, 1), NOW, recorded=False)).unwrap()
        assert balance.spent.picodollars == 4 * CENT
        await books.close()
        assert spent_cents(path) == 4
