"""Checks of merged files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from merge_logs import by_day, entries, merged, open_text


def files(**texts: str) -> list[Path]:
    paths = []
    for name, text in texts.items():
        path = Path(f"{name}.log")
        path.write_bytes(text.encode())
        paths.append(path)
    return paths


def check_entries() -> object:
    texts: tuple[list[str], ...] = (
        ["1 a\n", " b \n", "\tc\n", "2 d \n", "3\n"],
        [" x\n", "1 y"],
        [],
        ["\n", "1 z z\n", "4  y\t"],
    )
    return [list(entries("f", lines)) for lines in texts]


def check_merged() -> object:
    return merged(files(a="1 a\n3 b\n 4 c\n5 d", b="2 e\n3 f\n", c="", d="0 Zoë €\n3 g\n"))


def check_equal_times() -> object:
    return merged(files(b="1 x\n1 y\n", a="1 z\n1 a\n"))


def check_count() -> object:
    paths = files(a="1 a\n3 b\n", b="2 c\n4 d\n")
    return [[text for _, _, text in merged(paths, count)] for count in (0, 1, 3, 4, 9, None)]


def check_no_files() -> object:
    return merged([])


def check_closed() -> object:
    opened: list[TextIO] = []

    def opener(path: Path) -> TextIO:
        if path.stem == "bad":
            raise FileNotFoundError(path)
        opened.append(open_text(path))
        return opened[-1]

    paths = files(a="1 a\n", b="2 b\n3 c\n")
    merged(paths, 1, opener)
    found = [file.closed for file in opened]
    try:
        merged([*paths, Path("bad.log")], None, opener)
    except FileNotFoundError:
        found.append(False)
    return [found, [file.closed for file in opened]]


def check_not_read_whole() -> object:
    taken: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield f"{number:03} x\n"

    source = entries("f", lines())
    return [next(source), len(taken), next(source), len(taken)]


def check_days() -> object:
    found = [("2026-03-01T1", "b", ""), ("2026-03-01T2", "a", ""), ("2026-03-01T3", "b", ""), ("2026-03-02T1", "a", "")]
    return [list(by_day(found).items()), by_day([])]
