"""Checks of invoices."""

from decimal import Decimal

from invoice_lines import Invoice, Line, bill, cents
from tax_rates import rate_of


def lines(*prices: str, group: str = "goods") -> list[Line]:
    return [Line("x", Decimal(price), group=group) for price in prices]


def check_cents() -> object:
    return [str(cents(Decimal(text))) for text in ("0.005", "0.0049", "1.995", "-0.005", "2", "0.015")]


def check_lines_are_rounded_first() -> object:
    invoice = Invoice(1, lines("0.005", "0.005", "0.005"))
    return [str(invoice.net()), str(Invoice(2, [Line("x", Decimal("0.005"), 3)]).net()), str(Invoice(3).net())]


def check_taxes() -> object:
    invoice = Invoice(1, lines("0.10", "0.10", "0.13") + lines("9.99", group="books") + lines("5", group="post"))
    return [(group, str(tax)) for group, tax in invoice.taxes().items()]


def check_rates() -> object:
    found = []
    for group in ("goods", "BOOKS", "post", "food"):
        try:
            found.append(str(rate_of(group)))
        except LookupError as error:
            found.append(f"{type(error).__name__} {type(error.__cause__).__name__}")
    return found


def check_total() -> object:
    invoice = Invoice(1, [Line("x", Decimal("33.33"), 3)])
    return [
        str(invoice.total()),
        str(invoice.total(Decimal("2.5"))),
        str(invoice.total(Decimal(10), Decimal("118.99"))),
    ]


def check_bound_of_the_discount() -> object:
    invoice = Invoice(1, lines("100"))
    return [str(invoice.total(Decimal(10), Decimal(text))) for text in ("118.99", "119", "119.01")]


def check_every_book_is_new() -> object:
    one, other = bill(1, lines("1")), bill(2, [])
    one[1].lines.append(Line("y", Decimal(1)))
    fresh = Invoice(8)
    fresh.lines.append(Line("z", Decimal(1)))
    return [sorted(one), sorted(other), len(one[1].lines), len(Invoice(9).lines)]


def check_a_number_twice() -> object:
    book = bill(1, lines("1"))
    try:
        bill(1, [], book)
    except KeyError:
        return ["KeyError", len(book[1].lines), sorted(bill(2, [], book)), book is bill(3, [], book)]
    return "accepted"
