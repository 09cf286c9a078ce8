"""Where prompt templates come from: those that come with pointsman, and a folder of TOML files, `NAME.toml` each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.prompts.built_in import BUILT_IN
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.prompts.prompt import PromptBook, PromptTemplate, problems_of
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, with_places
from pointsman.core.settings import Settings
from pointsman.layers.kept_files import kept_files


def prompt_book(settings: Settings) -> Result[PromptBook, ConfigurationError]:
    """All templates; or everything that is wrong with the files in the folder that the settings name.

    Where the settings name none, that is `prompts` beside the database, if it is there.
    A file `NAME.toml` holds `text` and may hold `system`, `description`, `version`, `[variables.X]` and `[[examples]]`;
    `NAME@2.toml` is version 2 of NAME.
    """
    folder = kept_files(settings, "prompts").folder
    saved = saved_templates(settings)
    if folder is None or (settings.prompts is None and not folder.is_dir()):
        return Success(PromptBook((*BUILT_IN, *saved)))
    problems = Problems()
    found = _folder(folder, problems)
    if problems.found:
        listed = tuple(problems.found)
        return Failure(configuration_error(*listed))
    return Success(PromptBook((*BUILT_IN, *found, *saved)))


def saved_templates(settings: Settings) -> tuple[PromptTemplate, ...]:
    """Those that stand in the settings themselves."""
    return tuple(
        one.as_template(name, version)
        for name, versions in settings.templates.items()
        for version, one in enumerate(versions, 1)
    )


def _folder(folder: Path, problems: Problems) -> list[PromptTemplate]:
    if not folder.is_dir():
        problems.add("prompts", f"there is no folder {str(folder)!r}; make it, or leave the setting out")
        return []
    read = (_file(path, problems) for path in sorted(folder.glob("*.toml")))
    return [template for template in read if template is not None]


def _file(path: Path, problems: Problems) -> PromptTemplate | None:
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        problems.add(path.name, f"it cannot be read as TOML ({problem})")
        return None
    name, mark, version = path.stem.partition("@")
    if mark and not version.isdecimal():
        problems.add(path.name, "what follows the @ is not a version such as 2")
        return None
    template = read_record(PromptTemplate, with_places(table, path.name), problems, name=name)
    if template is None:
        return None
    if mark:
        template = attrs.evolve(template, version=int(version))
    for wrong in problems_of(template):
        problems.add(path.name, wrong)
    return template
