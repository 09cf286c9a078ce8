"""Port: the ledger of the budgets. What is reserved is held back until it is settled or released."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs
from returns.future import FutureResult

from pointsman.core.effect import Pending
from pointsman.core.error import StorageError
from pointsman.core.money.budget import Account, Balance, Unit, find_overspent
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import NO_FACTS, CallFacts


@attrs.frozen
class Refused:
    """An account has not enough left. `later` is True where only reservations of calls under way stand against it."""

    account: Account
    balance: Balance
    unit: Unit
    later: bool


@attrs.frozen
class Reservation:
    """What is held back in some accounts for one call, under an id of the caller's."""

    id: str
    accounts: tuple[Account, ...]


class Ledger(Protocol):
    """Keeps accounts, atomically: however many ask at once, spent and reserved together never pass a limit.

    What was reserved and not settled is spent: the call was made. A reservation that stands for `LEASE` seconds lapses
    so, and one whose process has died as soon as another notices it.
    """

    def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float, call: CallFacts = NO_FACTS
    ) -> Pending[Reservation | Refused, StorageError]:
        """Hold `amount` back in all of `accounts`, or in none of them; `call` is what it is for. What stands is not
        made again: a second time gives the reservation that there is.

        Who is cancelled meanwhile does not know whether it was done, and settles it; that comes after it, if it was.
        """
        ...

    def settle(
        self, reservation: Reservation, amount: Amount, now: float, *, recorded: bool = False
    ) -> Pending[tuple[tuple[Account, Balance], ...], StorageError]:
        """The call has cost `amount`: it is spent, the reservation is gone. A second time does nothing.

        Gives the accounts as they then are; `amount` of nothing releases the reservation. Of one that had lapsed the
        difference is booked. Where it is `recorded`, a usage record will name the reservation among its charges: a
        ledger on disk writes both as one, and until then counts the money as held back.
        """
        ...

    def balances(self, keys: Sequence[str], now: float) -> FutureResult[tuple[Balance, ...], StorageError]:
        """What the accounts named `keys` have spent and reserved; an account never used has nothing."""
        ...


LEASE = 3600.0
"""Seconds after which a reservation that nobody settled lapses, and is spent."""


def refusal(balances: Sequence[tuple[Account, Balance]], amount: Amount) -> Refused | None:
    """Which account has not enough left for `amount`, if one has not; first one that waiting would not help."""
    found: Refused | None = None
    for account, balance in balances:
        unit = find_overspent(account.budget, balance, amount)
        if unit is not None:
            later = find_overspent(account.budget, balance, amount, reserved=False) is None
            if not later:
                return Refused(account, balance, unit, later)
            found = found or Refused(account, balance, unit, later)
    return found
