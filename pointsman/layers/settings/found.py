"""Where settings are found: the file that was named, the project's or the user's own; and the database beside it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home, find_config_folder, find_data_folder
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.settings import Settings

if TYPE_CHECKING:
    from pointsman.layers.settings.sources import Arguments
    from pointsman.services.ports.settings_store import StoredSettings

_LOG = logging.getLogger("pointsman.settings")


def load_settings(
    arguments: Arguments | None = None,
    config: str | None = None,
    environment: Mapping[str, str] | None = None,
    stored: StoredSettings | None = None,
) -> Result[Settings, ConfigurationError]:
    """Settings from environment, settings file, what was `stored`, and `arguments`, in that order of rising weight.

    `config` is the path of a TOML or JSON file that must exist; without it `POINTSMAN_CONFIG`, `pointsman.toml` in
    the working directory and the user's own are looked for. Files of other programs are read, too; what has another
    name there goes to the log `pointsman.settings`.
    """
    from pointsman.layers.settings.parse import parse_settings
    from pointsman.layers.settings.sources import Arguments

    given = os.environ if environment is None else environment
    read = _read_file(config, given)
    if isinstance(read, Failure):
        return Failure(read.failure())
    notes: list[str] = []
    parsed = parse_settings(given, read.unwrap(), arguments or Arguments(), stored, notes)
    for note in notes:
        _LOG.info("%s", note)
    return parsed


def places_of_settings(config: str | None, stored: StoredSettings) -> dict[str, str]:
    """Where each setting comes from, by its whole name; what is said nowhere is left out."""
    from pointsman.layers.settings.parse import settings_places

    return settings_places(os.environ, _read_file(config, os.environ).value_or(()), stored)


def settings_notes(config: str | None = None, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What the settings file calls otherwise than we do, because it is of another program: a line each."""
    from pointsman.core.records.values import Problems
    from pointsman.layers.settings.sources import from_file

    given = os.environ if environment is None else environment
    files = _read_file(config, given).map(tuple).value_or(())
    return tuple(note for name, content in files for note in from_file(name, content, given, Problems()).notes)


def _read_file(
    config: str | None, environment: Mapping[str, str]
) -> Result[tuple[tuple[str, bytes], ...], ConfigurationError]:
    from pointsman.layers.settings.sources import find_settings_file

    named, folder = config or environment.get("POINTSMAN_CONFIG"), find_config_folder()
    candidates = [named] if named else find_settings_file(environment, _working_folder(), folder)
    for candidate in candidates:
        path = expand_home(candidate)
        try:
            data = path.read_bytes()
            if not named and path.parent == folder:
                _close_to_others(path)
            return Success(((str(path), data),))
        except (FileNotFoundError, NotADirectoryError):
            if named:
                return _unreadable(candidate, "there is no such file")
        except OSError as problem:
            return _unreadable(candidate, (problem.strerror or "it cannot be read").lower())
    return Success(())


def _close_to_others(path: Path) -> None:
    """Take away what others were allowed of the user's own settings, where keys may stand.

    Not of a file that was named, or lies in a project: others may be meant to read it, such as a service.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(mode & 0o700)


def _unreadable(name: str, why: str) -> Failure[ConfigurationError]:
    problem = f"the settings file {name!r}: {why}"
    return Failure(configuration_error(problem, remedy="Check the path and its permissions."))


def _working_folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:  # somebody has deleted it
        return None


def own_database() -> str | None:
    """The database in the user's data folder; None where it cannot be made."""
    folder = find_data_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return str(folder / "pointsman.db") if os.access(folder, os.W_OK) else None
