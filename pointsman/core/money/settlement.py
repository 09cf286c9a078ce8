"""What a call is booked at, and why: one value for the ledger and for the usage record. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.usage import Usage
from pointsman.core.money.cost import Cost, from_picodollars

Basis: TypeAlias = Literal["told", "estimated", "reserved", "none"]
"""What an amount rests on: what the provider told, an estimate of the text that came, the most that the call could
cost (it was sent, and nobody told what it cost), or nothing, since nothing was asked."""

WhenLeft: TypeAlias = Literal["stops", "goes_on", "unknown"]
"""What a provider does when the client of a stream leaves: it writes no more, so that only what came was made; it goes
on to the end, and bills it; or nobody says."""

MOST = 2**62
"""Picodollars or tokens: no amount is larger, so that several fit 64 bits."""


@attrs.frozen
class Amount:
    """Money in 10^-12 dollars, and tokens: integers, so that sums are exact."""

    picodollars: int = 0
    tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.picodollars + other.picodollars, self.tokens + other.tokens)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.picodollars - other.picodollars, self.tokens - other.tokens)

    @property
    def cost(self) -> Cost:
        """The money as a `Cost`."""
        return from_picodollars(self.picodollars)


NO_AMOUNT = Amount()


@attrs.frozen
class Settlement:
    """What one try at a provider is booked at. Where it is not `complete`, the money is not known for certain."""

    amount: Amount = NO_AMOUNT
    basis: Basis = "none"
    complete: bool = True

    @property
    def cost(self) -> Cost:
        """The money as a `Cost`, with the mark of what is not known."""
        return from_picodollars(self.amount.picodollars, self.complete)


NOTHING_ASKED = Settlement()
_WEAKEST: tuple[Basis, ...] = ("reserved", "estimated", "told", "none")


@attrs.frozen
class Charge:
    """A try at a provider, under the id of its reservation, and what it was booked at."""

    id: str
    provider: str
    model: str
    settlement: Settlement


@attrs.define(eq=False)
class Bill:
    """What all tries of one call have cost so far: each is put on it when it has ended.

    It travels with the request's options, so that whoever asks a provider finds it, and is written into one record.
    A try whose caller has left may be put on it later: until then it is awaited, and so is the record.
    """

    charges: list[Charge] = attrs.field(factory=list)
    late_usage: Usage | None = None
    """What a try used whose caller had left, where its provider told."""
    write: Callable[[], Awaitable[None]] | None = None
    """Writes the record, once nothing is awaited any more."""
    _awaited: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether no try is awaited."""
        return self._awaited == 0

    def expect(self) -> None:
        """A try will be put on it later."""
        self._awaited += 1

    async def add_late(self, charge: Charge, usage: Usage | None) -> None:
        """Put a try on it that was expected; the last one has the record written."""
        self.charges.append(charge)
        self.late_usage = usage or self.late_usage
        self._awaited -= 1
        if self.is_complete and self.write is not None:
            await self.write()

    def total(self) -> Settlement:
        """The sum; its basis is the weakest of what it is made of."""
        return total_of(self.charges)


def total_of(charges: list[Charge] | tuple[Charge, ...]) -> Settlement:
    """The sum of `charges`; its basis is the weakest of theirs."""
    if len(charges) == 1:
        return charges[0].settlement
    amount, complete = NO_AMOUNT, True
    for charge in charges:
        amount, complete = amount + charge.settlement.amount, complete and charge.settlement.complete
    return Settlement(amount, _weakest_of({charge.settlement.basis for charge in charges}), complete)


def _weakest_of(bases: set[Basis]) -> Basis:
    for basis in _WEAKEST:
        if basis in bases:
            return basis
    return "none"
