"""Plug-ins as data: which groups there are, what is known of one, which of them the user has switched off. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import attrs

from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.one_line import one_line

PluginGroup: TypeAlias = Literal["providers", "engines", "tools", "middleware", "stores", "extractors"]
PLUGIN_GROUPS: tuple[PluginGroup, ...] = get_args(PluginGroup)
PluginState: TypeAlias = Literal["ready", "off", "broken", "hidden", "doubled"]
"""`ready`: it loads, and is what its group needs; `off`: the settings say so; `broken`: it does not load, or is
something else; `hidden`: pointsman has one of its own under that name; `doubled`: two packages bring the name."""
_LONGEST_REASON = 300
"""Characters of what foreign code says of itself."""


def entry_points_of(group: PluginGroup) -> str:
    """What the group is called in the metadata of a package."""
    return f"pointsman.{group}"


@attrs.frozen(kw_only=True)
class Plugin:
    """One entry of a package that is installed. `target` is where its object stands, as `module:name`."""

    group: PluginGroup
    name: str
    """What settings and command lines call it."""
    package: str
    version: str = ""
    target: str = ""

    @property
    def place(self) -> str:
        """`group.name`, as `plugins.disabled` takes it."""
        return f"{self.group}.{self.name}"

    def is_among(self, disabled: tuple[str, ...]) -> bool:
        """Whether `disabled` names it, or its package as a whole."""
        return self.place in disabled or any(same_package(self.package, name) for name in disabled)


@attrs.frozen(kw_only=True)
class PluginReport:
    """A plug-in, and how it stands with it; `detail` says what is wrong, in a clause."""

    plugin: Plugin
    state: PluginState
    detail: str = ""


def same_package(one: str, other: str) -> bool:
    """Whether two names are those of one package (`Foo.Bar`, `foo-bar`), as the packaging standard (PEP 503) has it."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def load_fault(plugin: Plugin, reason: str) -> ConfigurationError:
    """That a plug-in is of no use, and why."""
    return plugin_fault(f"{plugin.target!r} of the package {plugin.package} did not load: {reason}")


def plugin_fault(problem: str) -> ConfigurationError:
    """What is wrong with plug-ins, which was found here."""
    told = one_line(problem, _LONGEST_REASON)
    return configuration_error(told, local=True)
