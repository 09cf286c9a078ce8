"""The tools that come with pointsman, by name. Those that reach out do so only as far as the settings let them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.mcp.toolsets import Toolsets, open_toolsets
from pointsman.adapters.tools.calculator import calculator
from pointsman.adapters.tools.current_time import current_time
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.records.values import near
from pointsman.core.settings import PluginSettings, Settings, ToolSettings
from pointsman.services.ports.tools import ToolFunction


def _fetch(settings: ToolSettings) -> ToolFunction:
    """Where no hosts are named, the person is asked before each call: an address can carry what was said."""
    from pointsman.adapters.tools.fetch import fetch_tool

    given = settings.fetch
    made = fetch_tool(allowed_hosts=given.allowed_hosts, max_bytes=given.max_bytes, timeout=given.timeout)
    return made if given.allowed_hosts else attrs.evolve(made, approval="ask")


def _read_file(settings: ToolSettings) -> ToolFunction:
    from pointsman.adapters.tools.read_file import read_file_tool

    root = settings.read_file.root
    made = read_file_tool(expand_home(root or "."), max_bytes=settings.read_file.max_bytes)
    return made if root else attrs.evolve(made, approval="ask")


_MAKERS: Mapping[str, Callable[[ToolSettings], ToolFunction]] = {
    "calculator": lambda settings: tool_of(calculator).unwrap(),
    "current_time": lambda settings: tool_of(current_time).unwrap(),
    "fetch": _fetch,
    "read_file": _read_file,
}
NAMES = tuple(_MAKERS)
NO_SETTINGS = ToolSettings()


@asynccontextmanager
async def equipment(names: Sequence[str], settings: Settings) -> AsyncIterator[Result[Toolsets, ConfigurationError]]:
    """The tools called `names`, and all tools of the MCP servers of those names; servers are left with the scope."""
    servers = tuple(server for server in settings.mcp if server.name in names)
    own = tools_called([name for name in names if name not in {server.name for server in servers}], settings)
    if isinstance(own, Failure):
        yield Failure(own.failure())
        return
    if not servers:
        yield Success(Toolsets(own.unwrap()))
        return
    async with open_toolsets(servers) as found:
        yield Success(attrs.evolve(found, tools=(*own.unwrap(), *found.tools)))


def tools_called(names: Sequence[str], settings: Settings) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    """The tools called `names`, our own before those of plug-ins; or all that is wrong with the names."""
    tools: tuple[ToolFunction, ...] = ()
    problems: tuple[str, ...] = ()
    for name in names:
        found = built_in([name], settings.tools) if name in _MAKERS else _of_plugin(name, settings.plugins)
        tools += found.value_or(())
        problems += () if isinstance(found, Success) else found.failure().problems
    return Failure(configuration_error(*problems)) if problems else Success(tools)


def _of_plugin(name: str, settings: PluginSettings) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    from pointsman.adapters.plugins.discovery import plugins_called

    if not plugins_called("tools", name):
        return built_in([name])  # which says that there is none, and what is like it
    from pointsman.layers.plugins import plugin_tools

    return plugin_tools(name, settings.disabled)


def built_in(
    names: Sequence[str], settings: ToolSettings = NO_SETTINGS
) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    """The tools called `names`, or which of them there is not.

    `fetch` reaches the public internet, `read_file` one folder (`root`, else the working folder). Where the settings do
    not say how far, the person is asked before each call, and where nobody can be asked it is refused.
    """
    unknown = [name for name in names if name not in _MAKERS]
    if unknown:
        problems = tuple(f"there is no tool {name!r}{near(name, _MAKERS)}" for name in unknown)
        return Failure(configuration_error(*problems))
    return Success(tuple(_MAKERS[name](settings) for name in names))
