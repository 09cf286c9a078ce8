"""A ledger with two entries for each booking; balances never fall below what an account may owe.

Topics: money, threads, ledgers
"""

from collections.abc import Callable
from decimal import Decimal
from threading import Lock

from ledger_errors import NotCovered, NotOpen, WrongAmount


def no_pause() -> None:
    """Goes on at once."""


class Ledger:
    """Accounts and their entries; `pause` is called between the check and the booking."""

    def __init__(self, pause: Callable[[], None] = no_pause, credit: dict[str, Decimal] | None = None) -> None:
        self.pause = pause
        self.credit = {} if credit is None else credit
        self.entries: dict[str, list[Decimal]] = {}
        self.lock = Lock()

    def open(self, name: str, amount: str = "0") -> None:
        """A new account; one that is there stays as it is."""
        self.entries.setdefault(name, [Decimal(amount)])
        self.credit.setdefault(name, Decimal(0))

    def balance(self, name: str) -> Decimal:
        """The sum of the entries; raises NotOpen for an unknown name."""
        try:
            return sum(self.entries[name], Decimal(0))
        except KeyError as error:
            raise NotOpen(name) from error

    def book(self, source: str, target: str, amount: str) -> Decimal:
        """Move money; the new balance of the source."""
        value = Decimal(amount)
        if value <= 0 or value != value.quantize(Decimal("0.01")):
            raise WrongAmount(amount)
        with self.lock:
            left = self.balance(source) - value
            self.balance(target)
            if left < -self.credit[source]:
                raise NotCovered(source, -self.credit[source] - left)
            self.pause()
            self.entries[source].append(-value)
            self.entries[target].append(value)
        return left

    def statement(self, name: str, last: int = 3) -> list[str]:
        """The last entries with the balance after each, newest first."""
        balance = self.balance(name)
        lines = []
        for entry in reversed(self.entries[name][-last:]):
            lines.append(f"{entry:+} {balance}")
            balance -= entry
        return lines
