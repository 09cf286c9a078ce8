"""Checks of fingerprints."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from folder_digest import changes, fingerprint, load, look, save


def folder(name: str, files: dict[str, bytes]) -> Path:
    root = Path(name)
    for path, data in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


def check_fingerprints() -> object:
    root = folder("prints", {"empty": b"", "small": b"abc", "large": bytes(range(256)) * 40})
    return [fingerprint(root / name) for name in ("empty", "small", "large")] + [fingerprint(root / "large", 7)]


def check_look() -> object:
    files = {"b.txt": b"1", "a/c.TXT": b"1", "a/d.md": b"2", ".git/x.txt": b"3", "a/.hidden": b"4", "z": b""}
    return list(look(folder("tree", files)).items())


def check_suffixes() -> object:
    files = {"b.txt": b"1", "a/c.TXT": b"1", "a/d.md": b"2", "txt": b"", "e.txt2": b""}
    root = folder("kinds", files)
    return [list(look(root, suffixes)) for suffixes in ((".txt",), (".md", ".txt2"), (".py",))]


def check_no_folder() -> object:
    found = []
    for path in (Path("nowhere"), folder("one", {"f": b""}) / "f"):
        try:
            found.append(str(look(path)))
        except OSError as error:
            found.append(type(error).__name__)
    return found


def check_changes() -> object:
    old = {"same": "1", "other": "1", "z gone": "1", "a gone": "2"}
    new = {"same": "1", "other": "2", "y new": "1", "b new": "1"}
    return [changes(old, new), changes({}, {}), changes(old, old)]


def check_saved_text() -> object:
    path = Path("saved.json")
    save({"größe €": "00", "a": "ff"}, path)
    return [path.read_bytes().decode("utf-8"), load(path)]


def check_loaded() -> object:
    found = []
    for text in (b"{}", b"[1]", b"{", '{"Zoë": "1"}'.encode(), b"null"):
        path = Path("loaded.json")
        path.write_bytes(text)
        try:
            found.append(str(load(path)))
        except ValueError as error:
            found.append(type(error).__name__)
    return [*found, load(Path("missing.json"))]


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
    root = folder("open", {"f": b"abc"})
    path = Path("open.json")
    return [leaks(lambda: fingerprint(root / "f")), leaks(lambda: save({}, path)), leaks(lambda: load(path))]
