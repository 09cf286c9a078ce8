"""Checks of folders for a while."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

from temp_workspace import Invalid, publish, working_in, workspace


def published(name: str, texts: dict[str, str], longest: int = 100) -> object:
    target = Path(name)
    try:
        before: object = publish(target, texts, longest)
    except (ValueError, OSError) as error:
        before = [type(error).__name__, str(error) if isinstance(error, Invalid) else ""]
    files = sorted(target.iterdir()) if target.is_dir() else []
    return [before, {path.name: path.read_bytes() for path in files}, left()]


def left() -> int:
    return len(list(Path().glob("work-*")))


def check_gone() -> object:
    with workspace(Path("near")) as folder:
        inside = (
            folder.is_dir(),
            list(folder.iterdir()),
            folder.resolve().parent == Path.cwd().resolve(),
            folder.name[:5],
        )
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(b"x")
    return [inside, folder.exists()]


def check_gone_after_an_error() -> object:
    seen: list[Path] = []
    try:
        with workspace(Path("near")) as folder:
            seen.append(folder)
            raise LookupError
    except LookupError:
        return [[folder.exists() for folder in seen], left()]


def check_two_at_once() -> object:
    with workspace(Path("a")) as one, workspace(Path("a")) as other:
        return [one == other, left()]


def check_working_in() -> object:
    start = Path.cwd()
    folder = start / "inner"
    folder.mkdir(exist_ok=True)
    found = []
    try:
        with working_in(folder):
            found.append(Path.cwd() == folder.resolve())
            raise LookupError
    except LookupError:
        found.append(Path.cwd() == start)
    with working_in(folder):
        found.append(Path.cwd() == start)
    return [*found, Path.cwd() == start]


def check_publish() -> object:
    first = published("one", {"b": "Größe €", "a": "1"})
    return [first, published("one", {"b": "2", "c": "3", "a": "4"})]


def check_lengths() -> object:
    found = [published(f"long{size}", {"a": "x" * size}, 3) for size in (0, 1, 3, 4)]
    return [*found, published("letters", {"a": "ü€"}, 4), published("letters", {"a": "ü€"}, 5)]


def check_default_length() -> object:
    return [published(f"default{size}", {"a": "x" * size}) for size in (100, 101)]


def check_all_or_nothing() -> object:
    published("all", {"a": "old"})
    return [published("all", {"a": "new", "b": ""}), published("none", {"x/y": "1"}), published("empty", {})]


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
    return leaks(lambda: publish(Path("leak"), {"a": "1"}))
