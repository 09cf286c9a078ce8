from contextlib import suppress
from decimal import Decimal
from threading import Thread

from bank_ledger import Ledger
from ledger_errors import NotCovered


def test_money_is_booked() -> None:
    ledger = Ledger()
    ledger.open("ann", "10.00")
    ledger.open("bob")
    assert ledger.book("ann", "bob", "2.50") == Decimal("7.50")
    assert ledger.balance("bob") == Decimal("2.50")
    assert not Ledger().credit
    assert ledger.statement("ann") == ["-2.50 7.50", "+10.00 10.00"]


def test_two_bookings_at_the_same_time() -> None:
    def book() -> None:
        with suppress(NotCovered):
            ledger.book("ann", "bob", "8")

    def pause() -> None:
        if not others:
            others.append(Thread(target=book, daemon=True))
            others[0].start()
            others[0].join(0.1)

    others: list[Thread] = []
    ledger = Ledger(pause)
    ledger.open("ann", "10")
    ledger.open("bob")
    book()
    others[0].join()
    assert ledger.balance("ann") == Decimal(2)
