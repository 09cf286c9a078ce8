from decimal import Decimal
from pathlib import Path

from csv_totals import file_totals, totals


def test_amounts_are_summed_by_group() -> None:
    rows = [{"who": "ann", "paid": "1.50"}, {"who": "bob", "paid": "2"}, {"who": "ann", "paid": "3"}]
    assert totals(rows, "who", "paid") == {"ann": Decimal("4.50"), "bob": Decimal(2)}


def test_a_file_is_read() -> None:
    path = Path("paid.csv")
    path.write_text("who;paid\nZoë;1\nbob;2\n", encoding="utf-8")
    assert file_totals(path, "who", "paid") == {"bob": Decimal(2), "Zoë": Decimal(1)}
