"""Money without lost cents: split by shares, converted, written with a currency.

Topics: money, numbers
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

CENT = Decimal("0.01")


class MoneyError(ValueError):
    """An amount or a share that makes no sense."""


def to_money(text: str) -> Decimal:
    """The amount in a text, with thousands set apart by blanks or apostrophes; at most two decimals."""
    try:
        value = Decimal(text.strip().replace("'", "").replace(" ", ""))
        if value != value.quantize(CENT):
            raise MoneyError(f"more than two decimals: {text}")
    except InvalidOperation as error:
        raise MoneyError(f"not an amount: {text}") from error
    return value.quantize(CENT)


def split(amount: Decimal, shares: Sequence[int]) -> list[Decimal]:
    """Parts in proportion to the shares that sum up to the amount; left-over cents go to the largest remainders."""
    whole = sum(shares)
    if whole <= 0 or min(shares) < 0:
        raise MoneyError("shares must be positive")
    cents = int(amount / CENT)
    parts = [cents * share // whole for share in shares]
    remainders = [cents * share % whole for share in shares]
    order = sorted(range(len(shares)), key=lambda place: (-remainders[place], place))
    for place in order[: cents - sum(parts)]:
        parts[place] += 1
    return [part * CENT for part in parts]


def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """The amount in another currency, halves of a cent to the even cent."""
    return (amount * rate).quantize(CENT, rounding=ROUND_HALF_EVEN)


def write_money(amount: Decimal, currency: str = "€") -> str:
    """As `1 234.50 €`; a debt with the sign in front."""
    return f"{amount:,.2f} {currency}".replace(",", " ")
