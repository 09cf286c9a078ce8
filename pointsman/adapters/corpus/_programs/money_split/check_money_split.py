"""Checks of money."""

from decimal import Decimal

from money_split import MoneyError, convert, split, to_money, write_money


def parts(amount: str, shares: list[int]) -> list[str]:
    return [str(part) for part in split(Decimal(amount), shares)]


def check_texts() -> object:
    return [str(to_money(text)) for text in ("1", " 2.5 ", "1 000.25", "1'000'000", "-0.10", "3.100", "0")]


def check_refused_texts() -> object:
    found = []
    for text in ("", "abc", "1.234", "1,5", "0.001", "--1"):
        try:
            found.append(str(to_money(text)))
        except MoneyError as error:
            found.append(type(error.__cause__).__name__)
    return found


def check_parts() -> object:
    cases = [
        ("0.01", [1, 1]),
        ("0.05", [3, 7]),
        ("100", [50, 30, 20]),
        ("1", [1, 1, 1, 1, 1, 1]),
        ("7.77", [1]),
        ("0", [1, 2]),
    ]
    return [parts(amount, shares) for amount, shares in cases]


def check_remainders_decide() -> object:
    return [parts("1.00", [1, 2, 3]), parts("0.10", [3, 3, 1]), parts("0.02", [0, 1, 0, 2]), parts("-10.00", [1, 1, 1])]


def check_sum_is_kept() -> object:
    return all(sum(split(Decimal(cents) / 100, [1, 5, 2, 9])) == Decimal(cents) / 100 for cents in range(-50, 50))


def check_refused_shares() -> object:
    found = []
    for shares in ([0, 0], [-1, 2], [3, -3], [0, 1]):
        try:
            found.append(parts("1", shares)[0])
        except MoneyError:
            found.append("refused")
    return found


def check_convert() -> object:
    return [
        str(convert(Decimal(amount), Decimal(rate)))
        for amount, rate in (("0.50", "0.25"), ("1", "0.125"), ("1", "0.135"), ("2", "1.1"), ("-1", "0.125"))
    ]


def check_written() -> object:
    amounts = ("0", "999.99", "1000", "-1234567.5", "0.005", "0.015")
    return [write_money(Decimal(amount)) for amount in amounts] + [write_money(Decimal(12345), "kr")]
