"""Totals by group of a table in a CSV file; the column of the amounts holds decimal numbers.

Topics: parsing, files, money
"""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from table_errors import BadCell, MissingColumn


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of the file, by the names in its first line; a byte order mark is no part of the first name."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def amount(cell: str, line: int) -> Decimal:
    """A number with a comma or a point, blanks around it; nothing counts as zero."""
    text = cell.strip().replace(",", ".")
    if not text:
        return Decimal(0)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadCell(line, cell) from error


def totals(rows: Iterable[dict[str, str]], group: str, column: str) -> dict[str, Decimal]:
    """Sum of `column` by the value of `group`, the largest sum first, equal sums by name."""
    sums: dict[str, Decimal] = {}
    for line, row in enumerate(rows, start=2):
        if group not in row or column not in row:
            raise MissingColumn(group if group not in row else column)
        key = row[group].strip()
        sums[key] = sums.get(key, Decimal(0)) + amount(row[column], line)
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def file_totals(path: Path, group: str, column: str) -> dict[str, Decimal]:
    """The totals of a file."""
    return totals(read_rows(path), group, column)
