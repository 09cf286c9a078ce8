"""The tools of MCP servers, as long as a scope is open. The SDK is imported only when a server is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import attrs
from anyio.abc import TaskGroup
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.mcp_server import McpFailure, McpServer, mcp_problems
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from pointsman.adapters.mcp.server_connection import ServerConnection


@attrs.frozen
class Toolsets:
    """The tools of the servers that could be opened, and the names of the others with why they could not."""

    tools: tuple[ToolFunction, ...] = ()
    failed: tuple[tuple[str, McpFailure], ...] = ()


@asynccontextmanager
async def open_mcp(server: McpServer) -> AsyncIterator[Result[tuple[ToolFunction, ...], McpFailure]]:
    """The tools of `server`; or why there are none.

    A program is started, started again where it has ended, and ended with the scope. A call of a tool never raises:
    what goes wrong is told to the model. The list of tools is that of the beginning.
    """
    async with open_toolsets((server,)) as opened:
        yield Failure(opened.failed[0][1]) if opened.failed else Success(opened.tools)


@asynccontextmanager
async def open_toolsets(servers: Sequence[McpServer]) -> AsyncIterator[Toolsets]:
    """As `open_mcp` for several servers, opened at the same time; tools in the order of the servers.

    A server that fails does not take the others away. Of two servers of the same name the second fails.
    """
    raised: BaseException | None = None
    connections: list[ServerConnection] = []
    async with tasks_together() as group:
        opened = await _open_all(servers, group, connections)
        try:
            yield opened
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as problem:  # the caller's own: it must not come back wrapped in a group
            raised = problem
        for connection in connections:
            connection.close()
    if raised is not None:
        raise raised


async def _open_all(servers: Sequence[McpServer], group: TaskGroup, connections: list[ServerConnection]) -> Toolsets:
    found: dict[int, Result[tuple[ToolFunction, ...], McpFailure]] = {}

    async def open_one(number: int, server: McpServer) -> None:
        taken = {other.name for other in servers[:number]}
        made = await anyio.to_thread.run_sync(_connection, server, taken)  # the SDK takes long to import
        if isinstance(made, Failure):
            found[number] = Failure(made.failure())
            return
        connections.append(made.unwrap())
        found[number] = await group.start(made.unwrap().serve)

    async with tasks_together() as opening:
        for number, server in enumerate(servers):
            opening.start_soon(open_one, number, server)
    results = [(server.name, found[number]) for number, server in enumerate(servers)]
    return Toolsets(
        tuple(tool for _, result in results for tool in result.value_or(())),
        tuple((name, result.failure()) for name, result in results if isinstance(result, Failure)),
    )


def _connection(server: McpServer, taken: set[str]) -> Result[ServerConnection, ConfigurationError]:
    problems = [f"the MCP server {server.name!r}: {problem}" for problem in mcp_problems(server)]
    if server.name in taken:
        problems.append(f"there are two MCP servers named {server.name!r}")
    if problems:
        return Failure(configuration_error(*problems))
    try:
        import mcp  # noqa: F401  # what is imported next may have been so before

        from pointsman.adapters.mcp.server_connection import ServerConnection
    except ImportError:
        problem = "MCP servers need the package mcp, version 2.3 or later; install pointsman[mcp]"
        return Failure(configuration_error(problem))
    return Success(ServerConnection(server))
