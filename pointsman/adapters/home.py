"""Folders of the user who runs this: there may be none, as in a container whose user has no name and no HOME."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def expand_home(path: str | os.PathLike[str]) -> Path:
    """`path` with a leading `~` or `~user` as that one's home; as it stands where there is no such home.

    `Path.expanduser` raises there, and a file may well be called `~$report.docx`.
    """
    return Path(os.path.expanduser(path))


def expand_known_home(path: str | os.PathLike[str]) -> Path:
    """As `expand_home`, for who makes the folders that lack; raises `ValueError` where they would be called `~user`."""
    expanded = expand_home(path)
    first, *rest = expanded.parts or ("",)
    if first.startswith("~") and rest and not Path(first).is_dir():
        raise ValueError(f"there is no home {first}")
    return expanded


def user_home() -> Path:
    """The home of who runs this; where there is none a place in which nothing can be found or put."""
    home = expand_home("~")
    return home if home.is_absolute() else Path(os.devnull)


def find_config_folder() -> Path | None:
    """Where the user's settings stand; None where no such place is known."""
    import platformdirs

    return _absolute(lambda: platformdirs.user_config_dir("pointsman", appauthor=False))


def find_data_folder() -> Path | None:
    """Where what is kept stands; None where no such place is known."""
    import platformdirs

    return _absolute(lambda: platformdirs.user_data_dir("pointsman", appauthor=False))


def _absolute(find: Callable[[], str]) -> Path | None:
    try:
        found = find()
    except RuntimeError:
        return None
    return Path(found) if Path(found).is_absolute() else None
