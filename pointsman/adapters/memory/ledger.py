"""A ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import attrs
from returns.future import FutureResult
from returns.result import Result, Success

from pointsman.core.error import StorageError
from pointsman.core.money.budget import Account, Balance
from pointsman.core.money.settlement import NO_AMOUNT, Amount
from pointsman.core.money.usage_record import NO_FACTS, CallFacts
from pointsman.services.ports.ledger import LEASE, Refused, Reservation, refusal

_TIDY_FROM = 1000
_MOST_LAPSED = 10_000
"""Reservations that lapsed and may still be settled; of more the oldest stay booked as they are."""


@attrs.define
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
    _lapsed: dict[str, Amount] = attrs.field(factory=dict, repr=False)
    _next: float = inf
    """No reservation lapses before."""
    _ends: dict[str, float] = attrs.field(factory=dict, repr=False)
    """When the periods of the accounts end: what is spent in them is then of no more use."""

    async def reserve(
        self, id: str, accounts: Sequence[Account], amount: Amount, now: float, call: CallFacts = NO_FACTS
    ) -> Result[Reservation | Refused, StorageError]:
        """As `Ledger.reserve`."""
        self._lapse(now)
        there = self._held.get(id)
        if there is not None:
            return Success(Reservation(id, there.accounts))
        refused = refusal([(account, self._balance(account.key)) for account in accounts], amount)
        if refused is not None:
            return Success(refused)
        for account in accounts:
            self._reserved[account.key] = self._reserved.get(account.key, NO_AMOUNT) + amount
        self._held[id] = _Held(tuple(accounts), amount, now + LEASE)
        self._next = min(self._next, now + LEASE)
        return Success(Reservation(id, tuple(accounts)))

    async def settle(
        self, reservation: Reservation, amount: Amount, now: float, *, recorded: bool = False
    ) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
        """As `Ledger.settle`."""
        self._lapse(now)
        if self._release(reservation.id):
            self._spend(reservation.accounts, amount)
            if len(self._ends) >= _TIDY_FROM:
                self._forget(now)
        elif reservation.id in self._lapsed:
            self._spend(reservation.accounts, amount - self._lapsed.pop(reservation.id))
        return Success(tuple([(one, self._balance(one.key)) for one in reservation.accounts]))

    def balances(self, keys: Sequence[str], now: float) -> FutureResult[tuple[Balance, ...], StorageError]:
        """As `Ledger.balances`."""
        self._lapse(now)
        return FutureResult.from_value(tuple(self._balance(key) for key in keys))

    def _spend(self, accounts: Sequence[Account], amount: Amount) -> None:
        for account in accounts:
            self._spent[account.key] = self._spent.get(account.key, NO_AMOUNT) + amount
            if account.resets_at is not None:
                self._ends[account.key] = account.resets_at

    def _balance(self, key: str) -> Balance:
        return Balance(self._spent.get(key, NO_AMOUNT), self._reserved.get(key, NO_AMOUNT))

    def _release(self, id: str) -> bool:
        held = self._held.pop(id, None)
        if held is None:
            return False
        for account in held.accounts:
            left = self._reserved.pop(account.key, NO_AMOUNT) - held.amount
            if left.picodollars or left.tokens:
                self._reserved[account.key] = left
        return True

    def _forget(self, now: float) -> None:
        for key in [key for key, end in self._ends.items() if end <= now]:
            del self._ends[key]
            self._spent.pop(key, None)

    def _lapse(self, now: float) -> None:
        if now < self._next:
            return
        for id, held in [(id, held) for id, held in self._held.items() if held.until <= now]:
            self._release(id)
            self._spend(held.accounts, held.amount)
            self._lapsed[id] = held.amount
            if len(self._lapsed) > _MOST_LAPSED:
                del self._lapsed[next(iter(self._lapsed))]
        self._next = min((held.until for held in self._held.values()), default=inf)
