"""Writes a new plug-in: a small typed package, with a test that runs pointsman's laws. The texts: `templates/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.plugin import PluginGroup, entry_points_of
from pointsman.core.records.values import near

_TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
_OBJECTS: dict[PluginGroup, str] = {
    "tools": "$function",
    "providers": "make",
    "middleware": "Brief",
    "extractors": "LinesExtractor",
}
"""The groups that are written, and what the module of each brings. Engines and stores are whole programs, whose ports
and laws the documentation names."""


def write_plugin(folder: Path, name: str, groups: tuple[str, ...]) -> Result[Path, InvalidRequest]:
    """Write the plug-in `name` into a new folder in `folder`; gives that. `groups` are what it adds."""
    wrong = _what_is_wrong(folder, name, groups)
    if wrong:
        return Failure(invalid_request(wrong))
    home = folder / name
    try:
        for place, text in _files(name, [group for group in _OBJECTS if group in groups]):
            path = home / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as problem:
        wrong = f"{home} cannot be written: {problem.strerror or problem}"
        return Failure(invalid_request(wrong))
    return Success(home)


def _what_is_wrong(folder: Path, name: str, groups: tuple[str, ...]) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        return f"{name!r} is not a name of small letters, digits and -, such as train-times"
    for group in groups:
        if group not in _OBJECTS:
            return f"{group!r} is not a group that can be written{near(group, _OBJECTS)}"
    return f"{name!r} is there already; choose another name, or remove it" if (folder / name).exists() else ""


def _files(name: str, groups: list[PluginGroup]) -> Iterator[tuple[str, str]]:
    """The path and the text of each file."""
    function = name.replace("-", "_")
    words = {"name": name, "function": function, "package": f"pointsman-{name}", "module": f"pointsman_{function}"}
    points = "\n".join(_entry_point(group, name) for group in groups)
    words["entry_points"] = Template(points).substitute(words)
    module = words["module"]
    yield "pyproject.toml", _fill("pyproject.toml.txt", words)
    yield "README.md", _fill("README.md.txt", words)
    yield f"{module}/__init__.py", f'"""The plug-in {name} for pointsman: {", ".join(groups)}."""\n'
    yield f"{module}/py.typed", ""
    for group in groups:
        yield f"{module}/{group}.py", _fill(f"{group}.py.txt", words)
        yield f"tests/test_{group}.py", _fill(f"{group}_test.py.txt", words)


def _entry_point(group: PluginGroup, name: str) -> str:
    return f'[project.entry-points."{entry_points_of(group)}"]\n{name} = "$module.{group}:{_OBJECTS[group]}"\n'


def _fill(template: str, words: dict[str, str]) -> str:
    return Template((_TEMPLATES / template).read_text("utf-8")).substitute(words)
