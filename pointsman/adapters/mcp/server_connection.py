"""One MCP server while it is open: the SDK's session in a task of its own. Imports the SDK.

The SDK's task groups stand in that task alone: when they break, the user's code is not cancelled, its exceptions are
not wrapped, and calls are told that the server is gone.
"""

from __future__ import annotations

import logging
import math
import os
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module

import anyio
import attrs
import mcp_types as wire
from anyio.abc import TaskStatus
from mcp.client.session import ClientSession, IncomingMessage
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.mcp.blame import blame, is_closed, late, short
from pointsman.adapters.mcp.http_client import MOST_BYTES, HttpClient, Way, way_to
from pointsman.adapters.mcp.last_words import LastWords
from pointsman.adapters.mcp.result import content_of
from pointsman.adapters.mcp.session import greet, listed
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.tool import Tool
from pointsman.core.error import ConfigurationError, InvalidResponse
from pointsman.core.mcp_names import mcp_names
from pointsman.core.mcp_server import McpFailure, McpServer
from pointsman.core.security.secret import redact
from pointsman.services.ports.tools import Content, ToolFunction

Tools = tuple[ToolFunction, ...]

for _name in ("mcp", "client"):  # the SDK's loggers: where nobody listens they must not write to the terminal
    logging.getLogger(_name).addHandler(logging.NullHandler())

_US = wire.Implementation(name="pointsman", version=str(import_module("pointsman").__version__))
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
"""What a program gets of our environment besides the SDK's HOME, LOGNAME, PATH, SHELL, TERM and USER."""
_GOODBYE = 5.0
"""Seconds for taking leave of a server over HTTP; the SDK bounds the end of a program by itself."""


@attrs.define(eq=False)
class Connection:
    """`serve` opens the server, gives its tools by `task_status`, and keeps it open until `close`."""

    server: McpServer
    _closing: anyio.Event = attrs.field(factory=anyio.Event)
    _session: ClientSession | None = None
    _client: HttpClient | None = None
    _garbled: bool = False

    def close(self) -> None:
        """Let `serve` come to its end."""
        self._closing.set()

    async def serve(self, *, task_status: TaskStatus[Result[Tools, McpFailure]]) -> None:
        """Run in a task of its own, by `TaskGroup.start`. Never raises but for cancellation."""
        failure: McpFailure | None = None
        with LastWords() as words:
            async with anyio.create_task_group() as group:
                group.start_soon(words.keep)
                try:
                    failure = await self._live(words, task_status)
                finally:
                    words.stop()
        if failure is not None:
            task_status.started(Failure(failure))

    async def _live(self, words: LastWords, status: TaskStatus[Result[Tools, McpFailure]]) -> McpFailure | None:
        """The life of the session; the failure if it has not come as far as having tools."""
        failure: McpFailure | None = None
        with anyio.move_on_after(self.server.timeout) as limit:
            try:
                async with AsyncExitStack() as stack:
                    session = await self._connect(stack, words)
                    if not isinstance(session, ClientSession):
                        return session
                    found = await self._tools(session)
                    if isinstance(found, Success):
                        self._session, limit.deadline = session, math.inf
                        status.started(found)
                        await self._closing.wait()
                    else:
                        failure = found.failure()
                    limit.deadline = anyio.current_time() + _GOODBYE
            # the SDK may raise anything at what a server does, and its task groups wrap it
            except* Exception as problems:
                failure = self._refused() or blame(self.server, problems, words.line(), garbled=self._garbled)
        if self._session is not None:
            return None
        return failure or late(self.server, words.line(), garbled=self._garbled)

    def _refused(self) -> McpFailure | None:
        return self._client.failure if self._client is not None else None

    async def _connect(self, stack: AsyncExitStack, words: LastWords) -> ClientSession | McpFailure:
        server = self.server
        if server.command is not None:
            told = StdioServerParameters(
                command=server.command,
                args=list(server.arguments),
                env=_environment(server),
                encoding_error_handler="replace",
            )
            streams = await stack.enter_async_context(stdio_client(told, errlog=words.pipe))
        else:
            way = unwrap_or_failure(way_to(server))
            if not isinstance(way, Way):
                return way
            self._client = await stack.enter_async_context(HttpClient(server, way))
            url = server.url or ""
            streams = await stack.enter_async_context(
                streamable_http_client(url, http_client=self._client, max_sse_event_size=MOST_BYTES)
            )
        words.pipe.close()  # only the child holds it now: its end can be seen
        session = ClientSession(*streams, message_handler=self._heard, client_info=_US)
        return await stack.enter_async_context(session)

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, Exception):
            self._garbled = True

    async def _tools(self, session: ClientSession) -> Result[Tools, McpFailure]:
        await greet(session, program=self.server.command is not None)
        found = await listed(session)
        if isinstance(found, Failure):
            return Failure(InvalidResponse(detail=f"the MCP server {self.server.name!r} {found.failure()}"))
        tools = found.unwrap()
        missing = set(self.server.allow) - {tool.name for tool in tools}
        if missing:
            problem = f"the MCP server {self.server.name!r} has no tool {', '.join(map(repr, sorted(missing)))}"
            return Failure(ConfigurationError(detail=problem, problems=(problem,)))
        names = mcp_names(self.server.name, [tool.name for tool in tools])
        return Success(
            tuple(
                self._tool(name, tool)
                for name, tool in zip(names, tools, strict=True)
                if not self.server.allow or tool.name in self.server.allow
            )
        )

    def _tool(self, name: str, tool: wire.Tool) -> ToolFunction:
        parameters = {"type": "object", "properties": {}, **tool.input_schema}
        spec = Tool(name, tool.description or tool.title or "", parameters)
        return ToolFunction(spec, partial(self._call, tool.name), self.server.timeout, self.server.approval)

    async def _call(self, tool: str, text: str) -> Result[Content, str]:
        arguments = ToolCall("", tool, text).parsed()
        if isinstance(arguments, Failure):
            return Failure(f"The arguments cannot be read: {arguments.failure()}.")
        if self._session is None:
            return Failure(self._gone())
        try:
            return content_of(await self._session.call_tool(tool, arguments.unwrap()))
        except MCPError as problem:
            return Failure(self._gone() if is_closed(problem) else self._failed(problem.message))
        except Exception as problem:  # a server may answer what makes the SDK raise anything; the model is told
            return Failure(self._failed(f"{type(problem).__name__}: {problem}"))

    def _gone(self) -> str:
        return f"The MCP server {self.server.name!r} is gone; its tools cannot be used any more."

    def _failed(self, said: str) -> str:
        return redact(f"The MCP server {self.server.name!r} did not run it: {short(said)}", self.server.secrets)


def _environment(server: McpServer) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {name: value.reveal() for name, value in server.environment.items()}
