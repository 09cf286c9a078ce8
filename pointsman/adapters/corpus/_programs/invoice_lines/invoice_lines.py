"""Invoices: lines are rounded one by one, tax is summed by rate, a discount is given on what is large enough.

Topics: money, reports
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from tax_rates import rate_of


@dataclass(frozen=True)
class Line:
    """So many of one thing at a price without tax."""

    name: str
    price: Decimal
    count: int = 1
    group: str = "goods"


@dataclass
class Invoice:
    """What a customer is to pay."""

    number: int
    lines: list[Line] = field(default_factory=list)

    def net(self) -> Decimal:
        """The sum without tax."""
        return sum((cents(line.price * line.count) for line in self.lines), Decimal(0))

    def taxes(self) -> dict[str, Decimal]:
        """The tax by group, rounded once a group."""
        nets: dict[str, Decimal] = {}
        for line in self.lines:
            nets[line.group] = nets.get(line.group, Decimal(0)) + cents(line.price * line.count)
        return {group: cents(net * rate_of(group)) for group, net in nets.items()}

    def total(self, discount: Decimal = Decimal(0), above: Decimal = Decimal(0)) -> Decimal:
        """Net and taxes, less `discount` percent if that is more than `above`."""
        gross = self.net() + sum(self.taxes().values())
        return cents(gross * (100 - discount) / 100) if gross > above else gross


def cents(amount: Decimal) -> Decimal:
    """Rounded to cents, halves away from zero."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def bill(number: int, lines: Iterable[Line], book: dict[int, Invoice] | None = None) -> dict[int, Invoice]:
    """The book with a new invoice in it; a number that is there raises KeyError."""
    book = {} if book is None else book
    if number in book:
        raise KeyError(number)
    book[number] = Invoice(number, list(lines))
    return book
