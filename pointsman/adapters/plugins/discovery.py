"""Which plug-ins are installed. It reads metadata and imports nothing of them; `load_plugin` imports one.

    [project.entry-points."pointsman.tools"]
    platforms = "timetables:platforms"

Packages are foreign: one whose metadata cannot be read is passed over, and one that fails while it is imported, by
whatever it raises, is a failure that names it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import lru_cache
from inspect import signature
from threading import Thread
from typing import TYPE_CHECKING

from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError
from pointsman.core.plugin import (
    PLUGIN_GROUPS,
    Plugin,
    PluginGroup,
    entry_points_of,
    load_fault,
    plugin_fault,
    same_package,
)

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint


LONGEST_IMPORT = 20.0
"""Seconds. A large package takes a few."""
_NOUNS: dict[PluginGroup, str] = {
    "providers": "the kind",
    "engines": "the engine",
    "tools": "the tool",
    "middleware": "the middleware",
    "stores": "the store",
    "extractors": "the extractor",
}


def installed_plugins() -> tuple[Plugin, ...]:
    """All of them, by group and name."""
    return _look_up(tuple(sys.path))[0]


def unreadable_packages() -> tuple[str, ...]:
    """Packages whose metadata cannot be read, so that what they bring is not known."""
    return _look_up(tuple(sys.path))[1]


def plugins_called(group: PluginGroup, name: str) -> tuple[Plugin, ...]:
    """Those of the group that have the name; more than one where several packages bring it."""
    return tuple(one for one in installed_plugins() if one.group == group and one.name == name)


def load_plugin(
    group: PluginGroup, name: str, disabled: tuple[str, ...] = ()
) -> Result[tuple[Plugin, object], ConfigurationError]:
    """The object of the plug-in `name`; or why there is none: nobody brings it, two do, it is off, it does not load."""
    found = plugins_called(group, name)
    if len(found) != 1:
        return Failure(plugin_fault(f"{_NOUNS[group]} {name!r} is installed by {packages_of(found)}"))
    (plugin,) = found
    if plugin.is_among(disabled):
        return Failure(off_fault(plugin))
    return load_object(plugin).map(lambda loaded: (plugin, loaded))


def load_object(plugin: Plugin) -> Result[object, ConfigurationError]:
    """What stands at the target of `plugin`, imported."""
    from importlib.metadata import EntryPoint

    point = EntryPoint(plugin.name, plugin.target, entry_points_of(plugin.group))
    return _import_in_time(point).alt(lambda reason: load_fault(plugin, reason))


def _import_in_time(point: EntryPoint) -> Result[object, str]:
    """The object of `point`. An import cannot be ended: one that hangs is left to a thread that keeps nobody waiting.

    What it prints goes to standard error: standard output is the answer of the command that is at work.
    """
    from pointsman.services.tasks.user_code import describe

    done: list[Result[object, str]] = []

    def load() -> None:
        try:
            done.append(Success(point.load()))
        except BaseException as problem:  # a stranger's code: nothing that it raises is meant for this thread
            done.append(Failure(describe(problem)))

    importer = Thread(target=load, name=f"import of {point.value}", daemon=True)
    with redirect_stdout(sys.stderr):
        importer.start()
        importer.join(LONGEST_IMPORT)
    return done[0] if done else Failure(f"its import was not over within {LONGEST_IMPORT:g} s")


def made_by(plugin: Plugin, loaded: object, argument: object) -> Result[object, ConfigurationError]:
    """The object that a plug-in is; if it can be called what it gives, without parameters, or with one, `argument`."""
    from pointsman.services.tasks.user_code import call_user_code

    def make() -> object:
        if not callable(loaded):
            return loaded
        return loaded(argument) if signature(loaded).parameters else loaded()

    made: Result[object, str] = call_user_code(make)
    return made.alt(lambda reason: load_fault(plugin, reason))


def packages_of(plugins: tuple[Plugin, ...]) -> str:
    """Who brings them, in words."""
    return ", ".join(sorted(f"the package {one.package}" for one in plugins)) or "no package"


def off_fault(plugin: Plugin) -> ConfigurationError:
    """That it is there, and switched off."""
    return plugin_fault(f"{plugin.place} of the package {plugin.package} is switched off by plugins.disabled")


@lru_cache(maxsize=8)
def _look_up(path: tuple[str, ...]) -> tuple[tuple[Plugin, ...], tuple[str, ...]]:
    """Looking takes some milliseconds; `path` is there so that what is kept is looked up again when that changes."""
    from importlib.metadata import distributions

    found: list[Plugin] = []
    unreadable: list[str] = []
    seen: list[str] = []
    for package in distributions():
        try:
            plugins = tuple(_plugins_of(package))
        except Exception:  # a stranger's metadata: it must not keep the other packages from being found
            unreadable.append(_name_of(package))
            continue
        if plugins and not any(same_package(plugins[0].package, name) for name in seen):
            seen.append(plugins[0].package)  # the first on the path is the one that is imported
            found += plugins
    ordered = sorted(found, key=lambda one: (PLUGIN_GROUPS.index(one.group), one.name, one.package))
    return tuple(ordered), tuple(sorted(set(unreadable)))


def _plugins_of(package: Distribution) -> Iterator[Plugin]:
    groups: dict[str, PluginGroup] = {entry_points_of(group): group for group in PLUGIN_GROUPS}
    for point in package.entry_points:
        if point.group in groups:
            yield Plugin(
                group=groups[point.group],
                name=point.name,
                package=_name_of(package),
                version=package.version or "",
                target=point.value,
            )


def _name_of(package: Distribution) -> str:
    try:
        return str(package.metadata["Name"] or "without a name")
    except Exception:  # likewise
        return "without a name"
