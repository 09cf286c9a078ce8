"""A ledger in a SQLite file: atomic across all processes that open it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import attrs
from returns.result import Result

from pointsman.adapters.sqlite.database import Database
from pointsman.core.budget import Account, Amount, Balance
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ledger import LEASE, Refused, Reservation, refusal

_READ = "SELECT picodollars, tokens, held_picodollars, held_tokens FROM account WHERE key = ?"
"""What is held back is summed up by triggers on the reservations."""


@attrs.frozen
class SqliteLedger:
    """A `Ledger` in `database`."""

    database: Database

    @effect
    async def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float
    ) -> Result[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        return await self.database.run(
            lambda connection: _reserve(connection, id, tuple(accounts), amount, now), brief=True
        )

    @effect
    async def settle(
        self, reservation: Reservation, amount: Amount, now: float
    ) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        return await self.database.run(lambda connection: _settle(connection, reservation, amount, now), brief=True)

    @effect
    async def balances(self, keys: Sequence[str], now: float) -> Result[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""

        def read(connection: sqlite3.Connection) -> tuple[Balance, ...]:
            _lapse(connection, now)
            return tuple(_balance(connection, key) for key in keys)

        return await self.database.run(read, brief=True)


def _reserve(
    connection: sqlite3.Connection, id: str, accounts: tuple[Account, ...], amount: Amount, now: float
) -> Reservation | Refused:
    _lapse(connection, now)
    refused = refusal([(account, _balance(connection, account.key)) for account in accounts], amount)
    if refused is not None:
        return refused
    connection.executemany(
        "INSERT INTO reservation VALUES (?, ?, ?, ?, ?)",
        [(id, account.key, amount.picodollars, amount.tokens, now + LEASE) for account in accounts],
    )
    return Reservation(id, accounts)


def _settle(
    connection: sqlite3.Connection, reservation: Reservation, amount: Amount, now: float
) -> tuple[tuple[Account, Balance], ...]:
    gone = connection.execute("DELETE FROM reservation WHERE id = ?", (reservation.id,))
    if gone.rowcount > 0:
        connection.executemany(
            "INSERT INTO account (key, picodollars, tokens) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " picodollars = picodollars + excluded.picodollars, tokens = tokens + excluded.tokens",
            [(account.key, amount.picodollars, amount.tokens) for account in reservation.accounts],
        )
    _lapse(connection, now)
    return tuple((account, _balance(connection, account.key)) for account in reservation.accounts)


def _balance(connection: sqlite3.Connection, key: str) -> Balance:
    row = connection.execute(_READ, (key,)).fetchone() or (0, 0, 0, 0)
    return Balance(Amount(row[0], row[1]), Amount(row[2], row[3]))


def _lapse(connection: sqlite3.Connection, now: float) -> None:
    connection.execute("DELETE FROM reservation WHERE until <= ?", (now,))
