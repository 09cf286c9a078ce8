"""One MCP server while it is open: the SDK's session in a task of its own. Imports the SDK.

The SDK's task groups stand in that task alone: when they break, the user's code is not cancelled, its exceptions are
not wrapped, and calls are told that the server is gone.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module
from typing import TypeAlias

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
from pointsman.adapters.mcp.http_client import MOST_BYTES, McpHttpClient, Way, way_to
from pointsman.adapters.mcp.last_words import LastWords
from pointsman.adapters.mcp.result import content_of
from pointsman.adapters.mcp.session import greet, list_tools
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.tool import Tool
from pointsman.core.error import InvalidResponse, configuration_error
from pointsman.core.mcp_server import McpFailure, McpServer, mcp_names
from pointsman.core.security.secret import redact
from pointsman.services.ports.tools import Content, ToolFunction
from pointsman.services.tasks.together import tasks_together

Tools = tuple[ToolFunction, ...]

for _name in ("mcp", "client"):  # the SDK's loggers: where nobody listens they must not write to the terminal
    logging.getLogger(_name).addHandler(logging.NullHandler())

_US = wire.Implementation(name="pointsman", version=str(import_module("pointsman").__version__))
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
"""What a program gets of our environment besides the SDK's HOME, LOGNAME, PATH, SHELL, TERM and USER."""
_GOODBYE = 5.0
"""Seconds for taking leave of a server over HTTP; the SDK bounds the end of a program by itself."""


_MOST_STARTS = 5
_SPAN = 60.0
"""Seconds in which a server is started again at most `_MOST_STARTS` times: who ends all the time is left alone."""

Report: TypeAlias = Callable[[Result[Tools, McpFailure]], None]


@attrs.define(eq=False)
class _Start:
    """One more start of a server, for which somebody waits."""

    done: anyio.Event = attrs.field(factory=anyio.Event)
    failure: McpFailure | None = None

    def report(self, outcome: Result[Tools, McpFailure]) -> None:
        """It has come to an outcome."""
        self.failure = outcome.failure() if isinstance(outcome, Failure) else None
        self.done.set()


@attrs.define(eq=False)
class ServerConnection:
    """`serve` opens the server, gives its tools by `task_status`, and keeps it open until `close`.

    Where the server has ended, it is started again for the next call. The call under way is told that it failed, and
    not repeated: it may have been run.
    """

    server: McpServer
    _closing: bool = False
    _turn: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when there is something to do for `serve`: the session is over, it is to be started again, or the end."""
    _start: _Start | None = None
    """What `serve` is to take up."""
    _starting: _Start | None = None
    """What is waited for."""
    _starts: list[float] = attrs.field(factory=list)
    _session: ClientSession | None = None
    _client: McpHttpClient | None = None
    _garbled: bool = False

    def close(self) -> None:
        """Let `serve` come to its end."""
        self._closing = True
        self._turn.set()

    async def serve(self, *, task_status: TaskStatus[Result[Tools, McpFailure]]) -> None:
        """Run in a task of its own, by `TaskGroup.start`. Never raises but for cancellation."""
        failure = await self._live(task_status.started)
        if failure is not None:
            task_status.started(Failure(failure))
            return
        try:
            while not self._closing:
                await self._start_when_wanted()
        finally:
            if self._starting is not None:
                self._starting.done.set()

    async def _start_when_wanted(self) -> None:
        start, self._start = self._start, None
        if start is None:
            await self._turn.wait()
            self._turn = anyio.Event()
            return
        failure = await self._live(start.report)
        if failure is not None:
            start.report(Failure(failure))

    async def _live(self, report: Report) -> McpFailure | None:
        """One life of the server; the failure if it has not come as far as having tools."""
        failure: McpFailure | None = None
        self._garbled = False
        with LastWords() as words:
            async with tasks_together() as group:
                group.start_soon(words.keep)
                try:
                    failure = await self._open(words, report)
                finally:
                    self._session = None
                    words.stop()
        return failure

    async def _open(self, words: LastWords, report: Report) -> McpFailure | None:
        failure: McpFailure | None = None
        was_open = False
        with anyio.move_on_after(self.server.timeout) as limit:
            try:
                async with AsyncExitStack() as stack:
                    session = await self._connect(stack, words)
                    if not isinstance(session, ClientSession):
                        return session
                    found = await self._tools(session)
                    if isinstance(found, Success):
                        was_open, self._session, limit.deadline = True, session, math.inf
                        report(found)
                        while self._session is session and not self._closing:
                            await self._turn.wait()
                            self._turn = anyio.Event()
                    else:
                        failure = found.failure()
                    limit.deadline = anyio.current_time() + _GOODBYE
            # the SDK may raise anything at what a server does, and its task groups wrap it
            except* Exception as problems:
                failure = self._find_refusal() or blame(self.server, problems, words.line(), garbled=self._garbled)
        if was_open:
            return None
        return failure or late(self.server, words.line(), garbled=self._garbled)

    def _find_refusal(self) -> McpFailure | None:
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
            self._client = await stack.enter_async_context(McpHttpClient(server, way))
            url = server.url or ""
            streams = await stack.enter_async_context(
                streamable_http_client(url, http_client=self._client, max_sse_event_size=MOST_BYTES)
            )
        words.pipe.close()  # only the child holds it now: its end can be seen
        session = ClientSession(*streams, message_handler=self._handle_message, client_info=_US)
        return await stack.enter_async_context(session)

    async def _handle_message(self, message: IncomingMessage) -> None:
        if isinstance(message, Exception):
            self._garbled = True

    async def _tools(self, session: ClientSession) -> Result[Tools, McpFailure]:
        await greet(session, program=self.server.command is not None)
        found = await list_tools(session)
        if isinstance(found, Failure):
            return Failure(InvalidResponse(detail=f"the MCP server {self.server.name!r} {found.failure()}"))
        tools = found.unwrap()
        missing = set(self.server.allow) - {tool.name for tool in tools}
        if missing:
            problem = f"the MCP server {self.server.name!r} has no tool {', '.join(map(repr, sorted(missing)))}"
            return Failure(configuration_error(problem))
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
        arguments = ToolCall("", tool, text).parse_arguments()
        if isinstance(arguments, Failure):
            return Failure(f"The arguments cannot be read: {arguments.failure()}.")
        session = self._session or await self._start_again()
        if isinstance(session, str):
            return Failure(session)
        try:
            return content_of(await session.call_tool(tool, arguments.unwrap()))
        except MCPError as problem:
            if not is_closed(problem):
                return Failure(self._explain_failure(problem.message))
            self._lose(session)
            return Failure(f"The MCP server {self.server.name!r} ended while it ran this, which was not repeated.")
        except Exception as problem:  # a server may answer what makes the SDK raise anything; the model is told
            return Failure(self._explain_failure(f"{type(problem).__name__}: {problem}"))

    def _lose(self, session: ClientSession) -> None:
        if self._session is session:
            self._session = None
            self._turn.set()

    async def _start_again(self) -> ClientSession | str:
        """A session of a server that is started once more; or why there is none. Who comes meanwhile waits with."""
        gone = f"The MCP server {self.server.name!r} is gone"
        if self._closing:
            return f"{gone}; its tools cannot be used any more."
        start = self._starting
        if start is None:
            now = anyio.current_time()
            self._starts = [one for one in self._starts if now - one < _SPAN]
            if len(self._starts) >= _MOST_STARTS:
                wait = _SPAN - (now - self._starts[0])
                return f"{gone}: it has ended {_MOST_STARTS} times, and may be started again in {wait:.0f} s."
            self._starts.append(now)
            start = self._starting = self._start = _Start()
            self._turn.set()
        await start.done.wait()
        if self._starting is start:
            self._starting = None
        if self._session is None:
            return f"{gone}: {start.failure.detail}." if start.failure else f"{gone}; call it again later."
        return self._session

    def _explain_failure(self, said: str) -> str:
        return redact(f"The MCP server {self.server.name!r} did not run it: {short(said)}", self.server.secrets)


def _environment(server: McpServer) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {name: value.reveal() for name, value in server.environment.items()}
