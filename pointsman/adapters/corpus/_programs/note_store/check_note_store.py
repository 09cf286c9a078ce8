"""Checks of notes."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from note_errors import BrokenStore, NoSuchNote
from note_store import Notes


def fresh(name: str, data: bytes = b"") -> Notes:
    path = Path(name)
    path.write_bytes(data)
    return Notes(path)


def check_numbers() -> object:
    notes = fresh("a")
    first = [notes.add(text) for text in ("x", "y", "z")]
    notes.remove(3)
    return [first, notes.add("w"), notes.all()]


def check_file() -> object:
    notes = fresh("b")
    notes.add("5 € für Zoë", ["größe"])
    notes.remove(1)
    return Path("b").read_bytes()


def check_no_file() -> object:
    notes = Notes(Path("nowhere"))
    return [notes.all(), notes.tagged("a"), notes.add("first"), notes.all()]


def check_a_folder() -> object:
    Path("folder").mkdir(exist_ok=True)
    try:
        return Notes(Path("folder")).all()
    except OSError:
        return "OSError"


def check_removed() -> object:
    notes = fresh("c")
    notes.add("x")
    found: list[object] = []
    for number in (2, 1, 1, 0):
        try:
            notes.remove(number)
            found.append("removed")
        except NoSuchNote as error:
            found.append(error.number)
    return found


def check_broken() -> object:
    found: list[object] = []
    for data in (b'{"number": 1, "text": "a"}\n{"num', b"\n", '{"number": 4, "text": "ü"}'.encode()):
        try:
            found.append(fresh("d", data).all())
        except BrokenStore as error:
            found.append((error.line, type(error.__cause__).__name__))
    return found


def check_tags() -> object:
    notes = fresh("e")
    for tags in (["a", "b"], ["b"], [], ["a"]):
        notes.add("text", tags)
    notes.remove(4)
    return [notes.tagged(tag) for tag in ("a", "b", "any", "c")]


def check_every_note_has_its_own_tags() -> object:
    notes = fresh("f")
    notes.add("x", mine := [])
    mine.append("later")
    for text in ("y", "z"):
        notes.add(text)
    return [mine, Path("f").read_text(encoding="utf-8")]


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
    notes = fresh("g")
    notes.add("x")
    return [leaks(notes.all), leaks(lambda: notes.add("y"))]
