"""A ledger in a SQLite file: atomic across all processes that open it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.future import FutureResult

from pointsman.adapters.sql.books import Books
from pointsman.core.effect import Pending
from pointsman.core.error import StorageError
from pointsman.core.money.budget import Account, Balance
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import NO_FACTS, CallFacts
from pointsman.services.ports.ledger import Refused, Reservation


@attrs.frozen
class SqlLedger:
    """A `Ledger` in the database of `books`."""

    books: Books

    def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float, call: CallFacts = NO_FACTS
    ) -> Pending[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        return self.books.reserve(id, tuple(accounts), amount, now, call)

    def settle(
        self, reservation: Reservation, amount: Amount, now: float, *, recorded: bool = False
    ) -> Pending[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        return self.books.settle(reservation, amount, now, recorded=recorded)

    def balances(self, keys: Sequence[str], now: float) -> FutureResult[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""
        return FutureResult(self.books.balances(keys, now))
