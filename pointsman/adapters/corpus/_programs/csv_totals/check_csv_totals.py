"""Checks of the totals of a table."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from csv_totals import amount, file_totals, totals
from table_errors import BadCell, MissingColumn


def sums(text: str, encoding: str = "utf-8", group: str = "who", column: str = "paid") -> list[tuple[str, str]]:
    path = Path("table.csv")
    path.write_text(text, encoding=encoding, newline="")
    return [(key, str(value)) for key, value in file_totals(path, group, column).items()]


def check_order() -> object:
    return sums("who;paid\nb;2\na;2\nc;5\nd;-1\nc;0,5\n")


def check_letters() -> object:
    return sums("größe;zahl\nÄpfel;1,25\nCrème €;3\n ÄPFEL ;1\nÄpfel ;0.05\n", "utf-8", "größe", "zahl")


def check_byte_order_mark() -> object:
    return sums("who;paid\nünal;1\n", "utf-8-sig")


def check_quotes() -> object:
    return sums('who;paid\r\n"a;b";1\r\n"a;b"; 2 \r\n"two\r\nlines";\r\n')


def check_amounts() -> object:
    return [str(amount(cell, 1)) for cell in ("", "  ", "1,5", " 2.50 ", "-3", "1e2")]


def check_bad_cell() -> object:
    try:
        totals([{"a": "x", "b": "1"}, {"a": "y", "b": "one"}], "a", "b")
    except BadCell as error:
        return [error.line, error.cell, type(error.__cause__).__name__]
    return "accepted"


def check_missing_column() -> object:
    found = []
    for group, column in (("z", "b"), ("a", "z"), ("y", "z")):
        try:
            totals([{"a": "x", "b": "1"}], group, column)
        except MissingColumn as error:
            found.append(error.column)
    return found


def check_empty() -> object:
    return [sums(""), sums("who;paid\n")]


def leaks(run: Callable[[], object]) -> int:
    """How many files `run` left open."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            run()
        except Exception:
            seen.clear()
        gc.collect()
    return sum(issubclass(one.category, ResourceWarning) for one in seen)


def check_file_is_closed() -> object:
    return leaks(lambda: sums("who;paid\na;1\n"))
