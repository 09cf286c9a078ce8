"""What a call costs, in US dollars. What is unknown is never zero, and sums keep the mark."""

from __future__ import annotations

from decimal import Decimal

import attrs

QUANTUM = Decimal("1e-12")
"""The smallest amount told apart: a millionth of a dollar for a million tokens, exact also as an integer."""

_ZERO = Decimal(0)


@attrs.frozen
class Cost:
    """An amount in US dollars; where `complete` is False a part is unknown, and `amount` is the least it can be."""

    amount: Decimal = _ZERO
    complete: bool = True

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.amount + other.amount, self.complete and other.complete)

    @property
    def usd(self) -> Decimal | None:
        """The exact amount, or None where it is not known."""
        return self.amount if self.complete else None

    @property
    def picodollars(self) -> int:
        """The amount as an integer of 10^-12 dollars, in which sums are exact."""
        return int(self.amount.scaleb(12).to_integral_value())

    def __str__(self) -> str:
        if self.complete:
            return dollars(self.amount)
        return f"at least {dollars(self.amount)}" if self.amount else "unknown"


def from_picodollars(value: int, complete: bool = True) -> Cost:
    """The cost whose `picodollars` are `value`."""
    return Cost(value * QUANTUM, complete)


def dollars(amount: Decimal) -> str:
    """`$0`, `$0.000041`, `$1.50`: at least two decimals, and as many as four figures need, twelve at most."""
    if not amount:
        return "$0"
    places = min(12, max(2, 3 - amount.adjusted()))
    whole, _, decimals = f"{amount:,.{places}f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


FREE = Cost()
UNKNOWN_COST = Cost(_ZERO, False)
