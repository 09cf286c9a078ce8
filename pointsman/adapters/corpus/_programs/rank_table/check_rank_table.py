"""Checks of tables."""

from rank_table import Row, places, read_result, show, table


def check_results() -> object:
    return [
        read_result(line) for line in ("A - B 1:2", "  Home FC  -  The Guests 10:0 ", "A-B - C 0:0", "A - B - C 1:0")
    ]


def check_refused() -> object:
    found = []
    for line in ("", "A - B", "A B 1:2", "A - A 1:1", "A - B 1", "A - B 1:2:3", "A - B x:1", "A - B 1:1"):
        try:
            found.append(str(read_result(line)))
        except ValueError:
            found.append("ValueError")
    return found


def check_points() -> object:
    rows = []
    for scored, received in ((2, 1), (1, 1), (0, 1), (0, 0)):
        row = Row("x")
        row.add(scored, received)
        row.add(1, 0)
        row.add(2, 2)
        rows.append((row.points, row.balance, row.scored, row.received, row.games))
    return rows


def check_order() -> object:
    lines = ["a - X 1:0", "B - Y 2:1", "c - Z 3:2", "D - W 3:2", "e - V 0:0", "f - U 5:0", "ß - T 1:0", "st - S 1:0"]
    return [row.team for row in table(lines)]


def check_every_table_is_new() -> object:
    mine = {"Z": Row("Z", 9)}
    first = [row.team for row in table(["a - b 1:0"])]
    return [
        first,
        [row.team for row in table(["c - d 1:0"])],
        [row.team for row in table(["Z - y 0:1"], mine)],
        sorted(mine),
    ]


def check_places() -> object:
    rows = [Row("a", 6, 5, 1), Row("b", 6, 4, 0), Row("c", 6, 1, 0), Row("d", 3, 1, 1), Row("e", 3, 2, 2), Row("f", 0)]
    return [places(rows), places([]), places(rows[:1])]


def check_shown() -> object:
    rows = [Row("Long Name", 12, 10, 2, 4), Row("b", 12, 9, 1, 4), Row("c", 0, 0, 18, 12)]
    return [show(rows), show([])]
