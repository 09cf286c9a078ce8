"""Checks of the settings."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from ini_reader import parse_ini, read_ini, unquote


def check_text() -> object:
    return parse_ini("A=1\n\n; no\n# no = no\n[ One ]\nkey = a = b\n  Other=\n[two]\nx = y\n[ONE]\nkey = 2")


def check_every_call_begins_anew() -> object:
    first = parse_ini("a = 1\n[s]\nb = 2")
    second = parse_ini("c = 3")
    return [first, second]


def check_into() -> object:
    base = {"s": {"a": "1", "b": "2"}}
    return [parse_ini("[s]\nb = 3\n[t]\nc=4", base), base]


def check_errors() -> object:
    found = []
    for text in ("[open", "word", "= value", "[s]\n a b c", "ok = 1"):
        try:
            found.append(str(parse_ini(text)))
        except ValueError as error:
            found.append(str(error).split(":")[0])
    return found


def check_quotes() -> object:
    return [unquote(text) for text in ('"a"', '""', '"', "", '"a', 'a"', '" a "', '""a""')]


def check_files() -> object:
    Path("a.ini").write_bytes("name = Zoë\n[größe]\nmaß = 5 µm\n".encode())
    Path("b.ini").write_bytes("[größe]\nmaß = 6 µm\n".encode())
    return read_ini(Path("a.ini"), Path("missing.ini"), Path("b.ini"))


def check_a_folder_is_no_file() -> object:
    Path("folder").mkdir(exist_ok=True)
    try:
        return read_ini(Path("folder"))
    except OSError:
        return "OSError"


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


def check_files_are_closed() -> object:
    Path("c.ini").write_text("a = 1", encoding="utf-8")
    return leaks(lambda: read_ini(Path("c.ini")))
