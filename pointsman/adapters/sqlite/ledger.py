"""A ledger in a SQLite file: atomic across all processes that open it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

import attrs
from returns.result import Result, Success

from pointsman.adapters.sqlite.database import Database
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.core.money.budget import Account, Amount, Balance
from pointsman.services.ports.ledger import LEASE, Refused, Reservation, refusal

_READ = "SELECT key, picodollars, tokens, held_picodollars, held_tokens FROM account WHERE key IN"
"""What is held back is summed up by triggers on the reservations."""
_NOTHING = Balance()
_Value = TypeVar("_Value")
_AT_ONCE = 500
"""Keys in one query: SQLite may be built with a limit of 999."""


@attrs.define
class _Moment:
    """When the ledger is asked; whether a reservation may have lapsed by then, and before when none will then lapse."""

    now: float
    due: bool
    next: float


@attrs.define
class SqliteLedger:
    """A `Ledger` in `database`."""

    database: Database
    _next: float = attrs.field(default=-inf, repr=False)
    """No reservation lapses before: there was none that does, and one made later, by whomever, lapses later."""

    @effect
    async def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float
    ) -> Result[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        asked = Reservation(id, tuple(accounts))
        return await self._run(lambda connection, moment: _reserve(connection, asked, amount, moment), now)

    @effect
    async def settle(
        self, reservation: Reservation, amount: Amount, now: float
    ) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        return await self._run(lambda connection, moment: _settle(connection, reservation, amount, moment), now)

    @effect
    async def balances(self, keys: Sequence[str], now: float) -> Result[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""
        return await self._run(lambda connection, moment: _balances(connection, keys, moment), now)

    async def _run(
        self, work: Callable[[sqlite3.Connection, _Moment], _Value], now: float
    ) -> Result[_Value, StorageError]:
        moment = _Moment(now, now >= self._next, self._next)
        done = await self.database.run(lambda connection: work(connection, moment), brief=True)
        if isinstance(done, Success):
            self._next = moment.next if moment.due else min(moment.next, self._next)
        return done


def _reserve(
    connection: sqlite3.Connection, asked: Reservation, amount: Amount, moment: _Moment
) -> Reservation | Refused:
    refused = refusal(_accounts(connection, asked, moment), amount)
    if refused is not None:
        return refused
    until = moment.now + LEASE
    moment.next = min(moment.next, until)  # the clock may have been set back
    connection.executemany(
        "INSERT INTO reservation VALUES (?, ?, ?, ?, ?)",
        [(asked.id, account.key, amount.picodollars, amount.tokens, until) for account in asked.accounts],
    )
    return asked


def _settle(
    connection: sqlite3.Connection, reservation: Reservation, amount: Amount, moment: _Moment
) -> tuple[tuple[Account, Balance], ...]:
    gone = connection.execute("DELETE FROM reservation WHERE id = ?", (reservation.id,))
    if gone.rowcount > 0:
        connection.executemany(
            "INSERT INTO account (key, picodollars, tokens) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " picodollars = picodollars + excluded.picodollars, tokens = tokens + excluded.tokens",
            [(account.key, amount.picodollars, amount.tokens) for account in reservation.accounts],
        )
    return _accounts(connection, reservation, moment)


def _accounts(
    connection: sqlite3.Connection, reservation: Reservation, moment: _Moment
) -> tuple[tuple[Account, Balance], ...]:
    keys = [account.key for account in reservation.accounts]
    return tuple(zip(reservation.accounts, _balances(connection, keys, moment), strict=True))


def _balances(connection: sqlite3.Connection, keys: Sequence[str], moment: _Moment) -> tuple[Balance, ...]:
    if moment.due:
        connection.execute("DELETE FROM reservation WHERE until <= ?", (moment.now,))
        first = connection.execute("SELECT min(until) FROM reservation").fetchone()[0]
        moment.next = min(inf if first is None else first, moment.now + LEASE)
    found: dict[str, Balance] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        rows = connection.execute(f"{_READ} ({', '.join('?' * len(some))})", some)
        found |= {row[0]: Balance(Amount(row[1], row[2]), Amount(row[3], row[4])) for row in rows}
    return tuple(found.get(key, _NOTHING) for key in keys)
