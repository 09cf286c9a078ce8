"""What the user keeps as files of their own beside the database: prompt templates and schemas, a file each.

They are plain files, so that they can be read, changed and put under version control by hand.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.core.error import InvalidRequest, StorageError, invalid_request
from pointsman.core.settings import Settings
from pointsman.layers.stores import data_folder

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_SUFFIXES = {"prompts": ".toml", "schemas": ".json"}


@attrs.frozen
class KeptFiles:
    """Texts by name, in `folder`; where there is none, nothing is kept and nothing can be."""

    folder: Path | None
    suffix: str

    def names(self) -> tuple[str, ...]:
        """The names that are kept, in order; none where the folder cannot be read."""
        try:
            found = [] if self.folder is None else sorted(path.name for path in self.folder.iterdir())
        except OSError:
            return ()
        kept = [name for name in found if name.endswith(self.suffix) and not name.startswith(".")]
        return tuple(name.removesuffix(self.suffix) for name in kept)

    def read(self, name: str) -> str | None:
        """What is kept under `name`; None where nothing is, or nothing that can be read."""
        if self.folder is None or not _NAME.fullmatch(name):
            return None
        try:
            return (self.folder / f"{name}{self.suffix}").read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self, name: str, text: str) -> Result[str, InvalidRequest | StorageError]:
        """Write `text` under `name`, whole or not at all, over what was there; gives the path."""
        if not _NAME.fullmatch(name):
            problem = f"{name!r} is no name to keep it under; use letters, digits, - and _"
            return Failure(invalid_request(problem))
        if self.folder is None:
            return Failure(StorageError(detail="there is no data folder that can be written to"))
        path = self.folder / f"{name}{self.suffix}"
        beside = self.folder / f".{name}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(text, "utf-8")
            beside.replace(path)
        except OSError as problem:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            return Failure(StorageError(detail=f"{path} cannot be written: {_why(problem)}"))
        return Success(str(path))

    def drop(self, name: str) -> Result[bool, StorageError]:
        """Delete what is kept under `name`; False where nothing was."""
        if self.folder is None or not _NAME.fullmatch(name):
            return Success(False)
        try:
            (self.folder / f"{name}{self.suffix}").unlink()
        except FileNotFoundError:
            return Success(False)
        except OSError as problem:
            return Failure(StorageError(detail=f"{name} cannot be deleted: {_why(problem)}"))
        return Success(True)


def kept_files(settings: Settings, kind: str) -> KeptFiles:
    """The `prompts` or `schemas` of the user; templates are where the settings say, if they do."""
    if kind == "prompts" and settings.prompts is not None:
        return KeptFiles(expand_home(settings.prompts), _SUFFIXES[kind])
    beside = data_folder(settings)
    folder = None if beside is None else beside / kind
    return KeptFiles(folder, _SUFFIXES[kind])


def _why(problem: OSError) -> str:
    return (problem.strerror or "error").lower()
