from decimal import Decimal

from money_split import MoneyError, split, to_money, write_money


def test_a_bill_is_split() -> None:
    assert split(Decimal("10.00"), [1, 1, 1]) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


def test_text_and_back() -> None:
    assert write_money(to_money("1'234.5")) == "1 234.50 €"


def refusal(text: str) -> str:
    try:
        return str(to_money(text))
    except MoneyError as error:
        return type(error.__cause__).__name__


def test_what_is_no_amount() -> None:
    assert [refusal(text) for text in ("abc", "1.234")] == ["InvalidOperation", "NoneType"]
