from decimal import Decimal

from bank_ledger import Ledger


def test_money_is_booked() -> None:
    ledger = Ledger()
    ledger.open("ann", "10.00")
    ledger.open("bob")
    assert ledger.book("ann", "bob", "2.50") == Decimal("7.50")
    assert ledger.balance("bob") == Decimal("2.50")
    assert ledger.statement("ann") == ["-2.50 7.50", "+10.00 10.00"]
