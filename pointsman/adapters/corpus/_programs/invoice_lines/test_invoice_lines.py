from decimal import Decimal

from invoice_lines import Invoice, Line, bill
from tax_rates import rate_of


def test_an_invoice_is_summed() -> None:
    invoice = Invoice(1, [Line("pen", Decimal("1.50"), 2), Line("novel", Decimal(10), group="books")])
    assert invoice.net() == Decimal("13.00")
    assert invoice.taxes() == {"goods": Decimal("0.57"), "books": Decimal("0.70")}


def test_a_number_is_used_once() -> None:
    assert list(bill(7, [], bill(5, []))) == [5, 7]


def refusal(group: str) -> str:
    try:
        return str(rate_of(group))
    except LookupError as error:
        return f"{type(error).__name__} of {type(error.__cause__).__name__}"


def test_rates() -> None:
    assert [refusal("Books"), refusal("food")] == ["0.07", "LookupError of KeyError"]
