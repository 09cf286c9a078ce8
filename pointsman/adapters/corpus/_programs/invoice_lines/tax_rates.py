"""Tax by group of goods."""

from decimal import Decimal

RATES = {"goods": Decimal("0.19"), "books": Decimal("0.07"), "post": Decimal(0)}


def rate_of(group: str) -> Decimal:
    """The rate of a group; raises LookupError for an unknown one."""
    try:
        return RATES[group.lower()]
    except KeyError as error:
        raise LookupError(f"no rate for {group}; known are {', '.join(sorted(RATES))}") from error
