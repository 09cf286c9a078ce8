"""Old text files to UTF-8: read as they are, rewritten beside, listed with what could not be read.

Topics: files, encodings
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import move
from tempfile import TemporaryDirectory

Report = dict[str, list[str]]
GUESSES = ("utf-8", "cp1252")


def read_text(path: Path, encodings: Sequence[str] = GUESSES) -> tuple[str, str]:
    """The text and the first encoding that fits it; raises UnicodeError if none does."""
    for encoding in encodings:
        try:
            with open(path, encoding=encoding, newline="") as file:
                return file.read(), encoding
        except UnicodeDecodeError:
            continue
    raise UnicodeError(f"{path.name} is in none of {', '.join(encodings)}")


def recode(
    paths: Sequence[Path],
    report: Report | None = None,
    work: Callable[[Path], None] | None = None,
) -> Report:
    """Rewrite the files that are not UTF-8 yet; names by what came of them.

    New texts are made in a folder of their own, which is gone at the end whatever happens. `work` is told of it.
    """
    if report is None:
        report = {}
    with TemporaryDirectory(dir=".") as folder:
        if work:
            work(Path(folder))
        for path in paths:
            try:
                text, encoding = read_text(path)
            except UnicodeError:
                report.setdefault("unreadable", []).append(path.name)
                continue
            except OSError as error:
                report.setdefault(type(error).__name__, []).append(path.name)
                continue
            if encoding == "utf-8":
                report.setdefault("same", []).append(path.name)
                continue
            copy = Path(folder) / path.name
            with open(copy, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            move(copy, path)
            report.setdefault("recoded", []).append(path.name)
    return report
