"""Goods in a store: set aside for orders, sent or put back; what is short is ordered anew.

Topics: threads, inventory
"""

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock

from stock_errors import NoSuchOrder, TooFew


class StockRoom:
    """Counts of goods; `pick` is called for each kind that is taken out."""

    def __init__(
        self,
        counts: Mapping[str, int],
        pick: Callable[[str], None] = lambda good: None,
        orders: dict[int, Counter[str]] | None = None,
    ) -> None:
        self.counts = Counter(counts)
        self.pick = pick
        self.orders = {} if orders is None else orders
        self.lock = Lock()

    def reserve(self, number: int, wanted: Mapping[str, int]) -> None:
        """Set all of it aside for an order, or nothing; raises TooFew."""
        with self.lock:
            missing = {good: count - self.counts[good] for good, count in wanted.items() if count > self.counts[good]}
            if missing:
                raise TooFew(missing)
            for good, count in wanted.items():
                left = self.counts[good] - count
                self.pick(good)
                self.counts[good] = left
            self.orders.setdefault(number, Counter()).update(wanted)

    def release(self, number: int) -> None:
        """Put back what was set aside for the order; raises NoSuchOrder."""
        with self.lock:
            try:
                goods = self.orders.pop(number)
            except KeyError as error:
                raise NoSuchOrder(number) from error
            self.counts.update(goods)

    def send(self, number: int) -> list[str]:
        """What is sent, sorted, as lines `count good`."""
        with self.lock:
            if number not in self.orders:
                raise NoSuchOrder(number)
            goods = self.orders.pop(number)
        return [f"{count} {good}" for good, count in sorted(goods.items()) if count]

    def short(self, limits: Mapping[str, int]) -> dict[str, int]:
        """What must be ordered to have at least twice the limit again, for all that is below the limit."""
        return {good: 2 * limit - self.counts[good] for good, limit in limits.items() if self.counts[good] < limit}
