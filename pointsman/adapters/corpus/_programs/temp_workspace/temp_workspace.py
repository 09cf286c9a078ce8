"""A folder for a while: files are made in it, checked, moved to their place all together, or thrown away.

Topics: files, resources, transactions
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp


class Invalid(ValueError):
    """A file is not as it should be."""


@contextmanager
def workspace(near: Path) -> Iterator[Path]:
    """A new empty folder beside another, gone at the end with all in it."""
    folder = Path(mkdtemp(prefix="work-", dir=near.parent))
    try:
        yield folder
    finally:
        rmtree(folder)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Relative paths begin in that folder for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def publish(target: Path, texts: dict[str, str], longest: int = 100) -> list[str]:
    """Write all files into the target, or none: an empty or too long text raises Invalid.

    Gives the names that were there before.
    """
    with workspace(target) as folder:
        for name, text in texts.items():
            with open(folder / name, "w", encoding="utf-8") as file:
                file.write(text)
        for path in sorted(folder.iterdir()):
            if not 0 < path.stat().st_size <= longest:
                raise Invalid(path.name)
        target.mkdir(exist_ok=True)
        before = sorted(name for name in texts if (target / name).exists())
        for path in sorted(folder.iterdir()):
            copyfile(path, target / path.name)
    return before
