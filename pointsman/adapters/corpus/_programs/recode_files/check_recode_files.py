"""Checks of rewritten files."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from recode_files import read_text, recode


def made(name: str, data: bytes) -> Path:
    path = Path(name)
    path.write_bytes(data)
    return path


def check_read() -> object:
    datas = ("5 € für Zoë\r\n".encode(), "5 € für Zoë\r\n".encode("cp1252"), b"", b"plain")
    return [read_text(made("r.txt", data)) for data in datas]


def check_other_encodings() -> object:
    path = made("o.txt", "Жук".encode("koi8-r"))
    return [read_text(path, ["ascii", "koi8-r"]), read_text(path, ["utf-8", "latin-1", "koi8-r"])]


def check_unreadable() -> object:
    path = made("u.txt", b"\x81\x8d")
    found = []
    for encodings in (("utf-8", "cp1252"), ("ascii",), ()):
        try:
            found.append(read_text(path, encodings)[1])
        except UnicodeError as error:
            found.append(type(error).__name__)
    return found


def check_recode() -> object:
    paths = [
        made("a.txt", "Größe\r\n€".encode("cp1252")),
        made("b.txt", "Größe".encode()),
        made("c.txt", b"\x81"),
        Path("missing.txt"),
        made("d.txt", "ß".encode("cp1252")),
    ]
    return [recode(paths), paths[0].read_bytes(), paths[1].read_bytes(), paths[2].read_bytes(), paths[4].read_bytes()]


def check_every_report_is_new() -> object:
    path = made("n.txt", b"x")
    return [recode([path]), recode([path]), recode([path], {"same": ["old"]})]


def check_the_folder_is_gone() -> object:
    seen: list[Path] = []

    def stop(folder: Path) -> None:
        seen.append(folder)
        raise KeyError

    def watch(folder: Path) -> None:
        seen.append(folder)
        there.append(folder.is_dir())

    there: list[bool] = []
    recode([], work=watch)
    try:
        recode([], work=stop)
    except KeyError:
        there.append(seen[1].exists())
    return [there, seen[0].exists(), len(seen)]


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
    path = made("l.txt", "ü".encode("cp1252"))
    return [leaks(lambda: read_text(path)), leaks(lambda: recode([path]))]
