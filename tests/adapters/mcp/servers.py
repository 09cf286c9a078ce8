"""Servers of the tests: real processes, over their standard streams or over a port of this machine."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import attrs
from anyio.streams.buffered import BufferedByteReceiveStream
from returns.result import Result

from pointsman.adapters.mcp.toolsets import open_mcp
from pointsman.core.mcp_server import McpServer
from pointsman.core.security.secret import Secret
from pointsman.services.ports.tools import Content, ToolFunction

PROGRAM = str(Path(__file__).with_name("real_server.py"))
SUM = '{"first": 2, "second": 3}'


def program(*how: str, **fields: Any) -> McpServer:
    """The real server as a child."""
    return McpServer(name="real", command=sys.executable, arguments=(PROGRAM, *how), **fields)


def shell(line: str, **fields: Any) -> McpServer:
    """A child that runs `line`."""
    return McpServer(name="shell", command="sh", arguments=("-c", line), **fields)


@attrs.frozen
class Toolbox:
    """The tools of an open server by the server's own names."""

    tools: Mapping[str, ToolFunction]

    async def call(self, name: str, arguments: str = "") -> Result[Content, str]:
        """Run the tool `name`."""
        return await self.tools[name].run(arguments)

    async def said(self, name: str, arguments: str = "") -> str | None:
        """The text that the tool `name` answers."""
        (text,) = (await self.call(name, arguments)).unwrap()
        return text if isinstance(text, str) else None


@asynccontextmanager
async def opened(server: McpServer) -> AsyncIterator[Toolbox]:
    """The tools of a server that can be opened."""
    async with open_mcp(server) as tools:
        yield Toolbox({tool.spec.name.removeprefix(f"{server.name}_"): tool for tool in tools.unwrap()})


@attrs.frozen
class Remote:
    """A server that listens on `port`; `kill` ends it at once."""

    process: anyio.abc.Process
    port: int

    def server(self, path: str = "/mcp", token: str = "open-sesame", **fields: Any) -> McpServer:
        """How it is reached."""
        headers = {"Authorization": Secret(f"Bearer {token}")}
        return McpServer(name="remote", url=f"http://127.0.0.1:{self.port}{path}", headers=headers, **fields)

    async def kill(self) -> None:
        """End it and wait until it has ended."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def listening(*how: str, port: int = 0) -> AsyncIterator[Remote]:
    """The real server in a process of its own, on a port of this machine."""
    command = [sys.executable, PROGRAM, "http", str(port), *how]
    async with await anyio.open_process(command, stdin=None, stderr=None) as process:
        try:
            assert process.stdout is not None
            line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", 100)
            yield Remote(process, int(line))
        finally:
            if process.returncode is None:
                process.kill()
