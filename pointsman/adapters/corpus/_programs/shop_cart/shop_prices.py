"""Prices of articles, and what is taken off for many."""

from collections.abc import Mapping
from decimal import Decimal

DISCOUNTS = ((100, Decimal("0.15")), (10, Decimal("0.05")))
"""From how many pieces on, and which part of the price is taken off; the largest number first."""


class Catalogue:
    """Articles with their prices."""

    def __init__(self, prices: Mapping[str, str]) -> None:
        self._prices = {article: Decimal(price) for article, price in prices.items()}

    def price(self, article: str) -> Decimal:
        """The price of one piece; LookupError for what is not sold."""
        if article not in self._prices:
            raise LookupError(f"{article} is not sold here")
        return self._prices[article]

    def price_of_many(self, article: str, pieces: int) -> Decimal:
        """The price of so many pieces."""
        off = next((part for least, part in DISCOUNTS if pieces >= least), Decimal(0))
        return self.price(article) * pieces * (1 - off)
