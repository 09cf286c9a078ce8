"""What is said to a server before its tools are called: the greeting, and the list of its tools. Imports the SDK."""

from __future__ import annotations

from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError
from mcp_types import METHOD_NOT_FOUND, UNSUPPORTED_PROTOCOL_VERSION, PaginatedRequestParams, Tool
from returns.result import Failure, Result, Success

MOST_PAGES = 1000


async def greet(session: ClientSession, *, program: bool) -> None:
    """Agree on a version of the protocol. A program is greeted in the older way first, as many end at a first message
    that they do not know; over HTTP in the newer, which needs no session that a restart of the server would end."""
    if program:
        await _greet_program(session)
        return
    try:
        await session.discover()
    except (MCPError, RuntimeError, ValueError):
        await session.initialize()


async def _greet_program(session: ClientSession) -> None:
    try:
        await session.initialize()
    except MCPError as refusal:
        if refusal.code not in (UNSUPPORTED_PROTOCOL_VERSION, METHOD_NOT_FOUND):
            raise
        await session.discover()


async def list_tools(session: ClientSession) -> Result[list[Tool], str]:
    """All tools, page by page, each name once; or what is wrong with the list."""
    tools, cursors, cursor = dict[str, Tool](), set[str](), None
    while True:
        try:
            page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        except MCPError as refusal:
            if refusal.code == METHOD_NOT_FOUND and not tools:
                return Success([])
            raise
        for tool in page.tools:
            tools.setdefault(tool.name, tool)
        cursor = page.next_cursor
        if not cursor:
            return Success(list(tools.values()))
        if cursor in cursors or len(cursors) == MOST_PAGES:
            return Failure("lists its tools without an end")
        cursors.add(cursor)
