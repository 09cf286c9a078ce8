"""A cart whose prices come from a catalogue, with a discount for many and for coupons.

Topics: money, classes
"""

from decimal import ROUND_HALF_UP, Decimal

from shop_prices import Catalogue

CENT = Decimal("0.01")


class Cart:
    """Pieces by article."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pieces: dict[str, int] = {}
        self._coupons: list[Decimal] = []

    def add(self, article: str, pieces: int = 1) -> int:
        """Put pieces in, or take them out where `pieces` is negative; how many there are then."""
        self._catalogue.price(article)
        left = self._pieces.get(article, 0) + pieces
        if left < 0:
            raise ValueError("there are not so many in the cart")
        if left == 0:
            self._pieces.pop(article, None)
        else:
            self._pieces[article] = left
        return left

    def use_coupon(self, percent: Decimal) -> None:
        """Take `percent` off the whole; several are taken off one after the other."""
        if not 0 < percent <= 50:
            raise ValueError("no such coupon")
        self._coupons.append(percent)

    def lines(self) -> list[tuple[str, int, Decimal]]:
        """Article, pieces and price of each line, by article."""
        return [
            (article, pieces, self._catalogue.price_of_many(article, pieces))
            for article, pieces in sorted(self._pieces.items())
        ]

    def total(self) -> Decimal:
        """What is to be paid, in whole cents."""
        total = sum((price for _, _, price in self.lines()), Decimal(0))
        for percent in self._coupons:
            total -= total * percent / 100
        return total.quantize(CENT, rounding=ROUND_HALF_UP)
