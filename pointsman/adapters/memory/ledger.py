"""A ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError
from pointsman.core.money.budget import NO_AMOUNT, Account, Amount, Balance
from pointsman.services.ports.ledger import LEASE, Refused, Reservation, refusal

_TIDY_FROM = 1000


@attrs.frozen
class _Held:
    accounts: tuple[Account, ...]
    amount: Amount
    until: float


@attrs.define
class MemoryLedger:
    """A `Ledger` of this process. Nothing awaits between looking and writing, so every operation is atomic."""

    _spent: dict[str, Amount] = attrs.field(factory=dict, repr=False)
    _reserved: dict[str, Amount] = attrs.field(factory=dict, repr=False)
    _held: dict[str, _Held] = attrs.field(factory=dict, repr=False)
    _next: float = inf
    """No reservation lapses before."""
    _ends: dict[str, float] = attrs.field(factory=dict, repr=False)
    """When the periods of the accounts end: what is spent in them is then of no more use."""

    def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float
    ) -> FutureResult[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        self._lapse(now)
        refused = refusal([(account, self._balance(account.key)) for account in accounts], amount)
        if refused is not None:
            return FutureResult.from_value(refused)
        for account in accounts:
            self._reserved[account.key] = self._reserved.get(account.key, NO_AMOUNT) + amount
        self._held[id] = _Held(tuple(accounts), amount, now + LEASE)
        self._next = min(self._next, now + LEASE)
        return FutureResult.from_value(Reservation(id, tuple(accounts)))

    def settle(
        self, reservation: Reservation, amount: Amount, now: float
    ) -> FutureResult[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        if self._release(reservation.id):
            for account in reservation.accounts:
                self._spent[account.key] = self._spent.get(account.key, NO_AMOUNT) + amount
                if account.resets_at is not None:
                    self._ends[account.key] = account.resets_at
            if len(self._ends) >= _TIDY_FROM:
                self._forget(now)
        self._lapse(now)
        return FutureResult.from_value(tuple((account, self._balance(account.key)) for account in reservation.accounts))

    def balances(self, keys: Sequence[str], now: float) -> FutureResult[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""
        self._lapse(now)
        return FutureResult.from_value(tuple(self._balance(key) for key in keys))

    def _balance(self, key: str) -> Balance:
        return Balance(self._spent.get(key, NO_AMOUNT), self._reserved.get(key, NO_AMOUNT))

    def _release(self, id: str) -> bool:
        held = self._held.pop(id, None)
        if held is None:
            return False
        for account in held.accounts:
            left = self._reserved.pop(account.key, NO_AMOUNT) - held.amount
            if left != NO_AMOUNT:
                self._reserved[account.key] = left
        return True

    def _forget(self, now: float) -> None:
        for key in [key for key, end in self._ends.items() if end <= now]:
            del self._ends[key]
            self._spent.pop(key, None)

    def _lapse(self, now: float) -> None:
        if now < self._next:
            return
        for id in [id for id, held in self._held.items() if held.until <= now]:
            self._release(id)
        self._next = min((held.until for held in self._held.values()), default=inf)
