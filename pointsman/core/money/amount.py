"""Amounts of dollars as they come in from outside: bounded, so that no sum, text or column can overflow. Pure."""

from __future__ import annotations

from decimal import Decimal

from returns.result import Failure, Result, Success

from pointsman.core.money.cost import QUANTUM

MOST_DOLLARS = Decimal(1_000_000)
"""The largest budget, and the largest price of a million tokens: in 10^-12 dollars several fit a 64-bit integer."""

_MOST_DECIMALS = 30
_MOST_LENGTH = 60
_SAID = f"is not an amount of dollars from 0 to {MOST_DOLLARS:,}, such as 5.00"


def read_amount(value: object) -> Result[Decimal, str]:
    """`value`, a number or text, as dollars; or why not: it is no number, below 0, above `MOST_DOLLARS` or too long.

    A number is taken as it is written: `0.1` is a tenth.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return Failure(f"{str(value)[:_MOST_LENGTH]!r} {_SAID}")
    if isinstance(value, int) and not 0 <= value <= MOST_DOLLARS:  # before it is a text: a long one cannot be written
        return Failure(f"it {_SAID}")
    text = str(value).strip()
    shown = text if len(text) <= _MOST_LENGTH else f"{text[:_MOST_LENGTH]}…"
    shown = repr(shown) if isinstance(value, str) else shown
    try:
        amount = Decimal(text.removeprefix("$")) if len(text) <= _MOST_LENGTH else Decimal("nan")
    except ArithmeticError:
        return Failure(f"{shown} {_SAID}")
    exponent = amount.as_tuple().exponent
    if not amount.is_finite() or not 0 <= amount <= MOST_DOLLARS:
        return Failure(f"{shown} {_SAID}")
    if not isinstance(exponent, int) or not -_MOST_DECIMALS <= exponent <= _MOST_DECIMALS:
        return Failure(f"{shown} has more than {_MOST_DECIMALS} decimals")
    return Success(amount)


def within_bounds(amount: Decimal) -> Decimal:
    """The nearest amount that `read_amount` takes: what was kept before there were bounds can still be read."""
    if not amount.is_finite() or amount > MOST_DOLLARS:
        return MOST_DOLLARS
    if amount <= 0:
        return Decimal(0)
    return amount if read_amount(format(amount, "E")).value_or(None) is not None else max(QUANTUM, _round(amount))


def _round(amount: Decimal) -> Decimal:
    """Of what is too long or too small, as much as is told apart."""
    return amount.quantize(QUANTUM) if amount >= QUANTUM else QUANTUM
