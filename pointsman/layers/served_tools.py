"""The tools of a server: opened again when the settings that they are made of change."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anyio
import attrs

from pointsman.adapters.mcp.toolsets import open_toolsets
from pointsman.core.mcp_server import McpServer
from pointsman.core.one_line import one_line
from pointsman.core.settings import PluginSettings, Settings, ToolSettings
from pointsman.layers.running import RunningApp
from pointsman.layers.tools import NAMES, built_in
from pointsman.services.app import App
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import background_tasks

_LOG = logging.getLogger("pointsman.server")


@attrs.frozen
class _Wanted:
    """What tools are made of."""

    tools: ToolSettings
    plugins: PluginSettings
    servers: tuple[McpServer, ...]


@asynccontextmanager
async def served_tools(running: RunningApp) -> AsyncIterator[Mapping[str, ToolFunction]]:
    """Those that run without a person being asked: on a server nobody could be. They follow the settings.

    The servers of the beginning have answered, or failed, when the scope begins.
    """
    opened = _OpenedTools(running)
    async with background_tasks() as group:
        running.follow(opened.follow)
        group.start_soon(run_guarded, "the tools", opened.keep_open)
        await opened.ready.wait()
        yield opened.tools


@attrs.define(eq=False)
class _OpenedTools:
    """`tools` is one mapping for as long as the server runs; what is in it changes."""

    running: RunningApp
    tools: dict[str, ToolFunction] = attrs.field(factory=dict)
    ready: anyio.Event = attrs.field(factory=anyio.Event)
    _wanted: _Wanted | None = None
    _changed: anyio.Event = attrs.field(factory=anyio.Event)

    def follow(self, app: App) -> None:
        wanted = _wanted_of(app.settings)
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def keep_open(self) -> None:
        try:
            while self._wanted is not None:
                self._changed = anyio.Event()
                await self._open(self._wanted)
        finally:
            self.ready.set()

    async def _open(self, wanted: _Wanted) -> None:
        """Until something else is wanted."""
        own = (*built_in(NAMES, wanted.tools).unwrap(), *_plugin_tools(wanted.plugins))
        async with open_toolsets(wanted.servers) as found:
            for name, error in found.failed:
                told = one_line(name), one_line(error)
                _LOG.warning("the MCP server %s has no tools to give: %s", *told)
            self.tools.clear()
            self.tools.update({tool.spec.name: tool for tool in (*own, *found.tools) if tool.approval == "always"})
            self.ready.set()
            await self._changed.wait()


def _wanted_of(settings: Settings) -> _Wanted:
    servers = tuple(server for server in settings.mcp if server.approval == "always")
    return _Wanted(settings.tools, settings.plugins, servers)


def _plugin_tools(settings: PluginSettings) -> tuple[ToolFunction, ...]:
    if not settings.tools:
        return ()
    from pointsman.layers.plugins import tools_for_serving

    return tools_for_serving(settings)
