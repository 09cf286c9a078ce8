"""Several books on one file in one process, each as if it were a process of its own; and how they are killed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from pointsman.adapters.sql.books import Books
from pointsman.adapters.sql.journal import Journal
from pointsman.adapters.sqlite.database import Database
from pointsman.core.money.budget import Account, Budget
from pointsman.core.money.settlement import Amount, Charge, Settlement
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from pointsman.services.ports.ledger import Refused, Reservation

NOW = 1000.0
CENT = 10**10
"""In picodollars."""


def dollars_of(key: str, usd: str = "1") -> Account:
    """An account named `key` with a limit of `usd`."""
    return Account(key, Budget(name=key, usd=Decimal(usd)), None)


def books_in(database: Database) -> Books:
    """Books that nobody keeps up to date but the test."""
    return Books(database, Journal(database.path.with_name(f"{database.path.name}-calls")))


async def reserve(books: Books, id: str, account: Account, cents: int) -> Reservation:
    """Of `account`, which has enough."""
    granted = (await books.reserve(id, (account,), Amount(cents * CENT, 10), NOW, CallFacts())).unwrap()
    assert isinstance(granted, Reservation)
    return granted


async def spend(books: Books, id: str, account: Account, cents: int, *, most: int) -> Refused | None:
    """Make a whole call that costs `cents` and could have cost `most`."""
    granted = (await books.reserve(id, (account,), Amount(most * CENT, 10), NOW, CallFacts())).unwrap()
    if isinstance(granted, Refused):
        return granted
    (await books.settle(granted, Amount(cents * CENT, 10), NOW, recorded=True)).unwrap()
    (await books.add(record_of_call(id, cents))).unwrap()
    return None


def record_of_call(id: str, cents: int) -> UsageRecord:
    """The usage record that tells of the call `id`."""
    charge = Charge(id, "p", "m", Settlement(Amount(cents * CENT, 10), "told"))
    return UsageRecord(id=f"record of {id}", time=NOW, charges=(charge,))


def kill(books: Books) -> None:
    """As the end of its process would: its locks are gone, and it does nothing more."""
    for descriptor in books.journal._files:
        os.close(descriptor)
    books.journal._files = []


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    """What is in the file."""
    with closing(sqlite3.connect(path)) as file:
        return file.execute(question).fetchall()


def spent_cents(path: Path) -> float:
    """Of all accounts together."""
    (total,) = rows(path, "SELECT coalesce(sum(picodollars), 0) FROM account")[0]
    assert isinstance(total, int)
    return total / CENT


def outcomes(path: Path) -> dict[object, object]:
    """Of the usage records, by their ids."""
    return {id: outcome for id, outcome in rows(path, "SELECT id, outcome FROM usage")}  # noqa: C416
