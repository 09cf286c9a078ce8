from rank_table import places, show, table

RESULTS = ["Reds - Blues 2:1", "Blues - Greens 0:0", "Greens - Reds 1:1"]


def test_a_table() -> None:
    rows = table(RESULTS)
    assert [(row.team, row.points) for row in rows] == [("Reds", 4), ("Greens", 2), ("Blues", 1)]
    assert places(rows) == [(1, "Reds"), (2, "Greens"), (3, "Blues")]


def test_shown() -> None:
    assert show(table(["A - B 1:0"])) == " 1. A  1 1:0 +1   3\n 2. B  1 0:1 -1   0"
