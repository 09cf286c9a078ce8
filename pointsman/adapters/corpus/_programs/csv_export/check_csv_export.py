"""Checks of written tables."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from csv_export import export, write_cell, write_row

PATH = Path("table.csv")


def check_cells() -> object:
    return [write_cell(value) for value in (None, True, False, 0, 1.5, "", "a", "a b", " a", "a ", "a;b", "a,b")]


def check_quotes() -> object:
    return [write_cell(value) for value in ('"', 'a"b', "a\nb", "a\rb", "\t", "'")] + [write_cell("a,b;c", ";")]


def check_formulas() -> object:
    return [write_cell(value) for value in ("=1+1", "+a", "-", "=", "-5", -5, "@x", "a=1", "=a,b", -0.5)]


def check_rows() -> object:
    return [write_row([]), write_row([None, None]), write_row(["a", "b,c"], ";"), write_row(["a;", 2], ";")]


def check_file() -> object:
    count = export(PATH, ["größe", "€"], [["Zoë\nB", 1], ["😀", None]], ";")
    return [count, PATH.read_bytes()]


def check_no_rows() -> object:
    return [export(PATH, ["a"], []), PATH.read_bytes(), Path("table.part").exists()]


def check_bad_rows() -> object:
    PATH.write_bytes(b"old")
    found: list[object] = []
    tables: list[list[list[int]]] = [[[1], [1, 2]], [[]], [[1, 2]]]
    for rows in tables:
        try:
            found.append(export(PATH, ["a"], rows))
        except ValueError as error:
            found.append(str(error))
        found.append((PATH.read_bytes(), Path("table.part").exists()))
    return found


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
    return leaks(lambda: export(PATH, ["a"], [[1]]))
