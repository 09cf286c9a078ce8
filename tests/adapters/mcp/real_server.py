"""A program: an MCP server made with the SDK, over its standard streams, or with `http` over a port that it prints.

It imports nothing of pointsman, and is no test.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import sys
from typing import Any

import anyio
import mcp_types as wire
import uvicorn
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server

PIXEL = base64.b64encode(b"\x89PNG pixel").decode()
ARGUMENTS = {
    "type": "object",
    "properties": {"first": {"type": "integer"}, "second": {"type": "integer"}},
    "required": ["first", "second"],
}
NONE: dict[str, Any] = {"type": "object", "properties": {}}
COUNT = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
TOOLS = [
    wire.Tool(name="add", description="Add two numbers.", input_schema=ARGUMENTS),
    wire.Tool(name="slow", title="Waits for ever", input_schema=NONE),
    wire.Tool(name="meet", input_schema=NONE),
    wire.Tool(name="crash", input_schema=NONE),
    wire.Tool(name="image", input_schema=NONE),
    wire.Tool(name="error", input_schema=NONE),
    wire.Tool(name="structured", input_schema=NONE, output_schema=COUNT),
    wire.Tool(name="lie", input_schema=NONE, output_schema=COUNT),
    wire.Tool(name="everything", input_schema=NONE),
    wire.Tool(name="environment", input_schema=NONE),
    wire.Tool(name="pid", input_schema=NONE),
    wire.Tool(name="long", input_schema={"type": "object", "properties": {"mebibytes": {"type": "integer"}}}),
    wire.Tool(name="with.dots and spaces", input_schema={"type": "object"}),
]
MANY = [wire.Tool(name=f"many{number}", input_schema=NONE) for number in range(30)]
waiting: list[anyio.Event] = []


async def list_tools(_: Any, params: wire.PaginatedRequestParams | None) -> wire.ListToolsResult:
    """Five tools a page."""
    every = [*TOOLS, *MANY] if "many" in sys.argv else TOOLS
    start = int(params.cursor) if params is not None and params.cursor else 0
    if "endless" in sys.argv:
        return wire.ListToolsResult(tools=every, next_cursor="1")
    following = str(start + 5) if start + 5 < len(every) else None
    return wire.ListToolsResult(tools=every[start : start + 5], next_cursor=following)


def said(*blocks: wire.ContentBlock | str, **more: Any) -> wire.CallToolResult:
    """A result of texts and other blocks."""
    content = [wire.TextContent(text=block) if isinstance(block, str) else block for block in blocks]
    return wire.CallToolResult(content=content, **more)


async def call_tool(_: Any, params: wire.CallToolRequestParams) -> wire.CallToolResult:
    """Run one of `TOOLS`."""
    given = params.arguments or {}
    match params.name:
        case "add":
            return said(str(given["first"] + given["second"]))
        case "slow":
            await anyio.sleep_forever()
            raise AssertionError
        case "meet":
            return await meet()
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
            await anyio.sleep_forever()
            raise AssertionError
        case "image":
            return said("a pixel", wire.ImageContent(data=PIXEL, mime_type="image/png"))
        case "error":
            return said("there is no such train", is_error=True)
        case "structured":
            return said(structured_content={"count": 3})
        case "lie":
            return said(structured_content={"count": "three"})
        case "everything":
            return everything()
        case "environment":
            return said(*sorted(os.environ))
        case "pid":
            return said(str(os.getpid()))
        case "long":
            return said("x" * (given["mebibytes"] * 2**20))
        case other:
            raise wire_error(f"there is no tool {other}")


async def meet() -> wire.CallToolResult:
    """Answers when two calls are under way."""
    waiting.append(anyio.Event())
    if len(waiting) % 2 == 0:
        for event in waiting:
            event.set()
    await waiting[-1].wait()
    return said("met")


def everything() -> wire.CallToolResult:
    """A block of every kind."""
    text = wire.TextResourceContents(uri="note://1", text="a note")
    blob = wire.BlobResourceContents(uri="pixel://1", blob=PIXEL, mime_type="image/png")
    return said(
        "",
        wire.ResourceLink(uri="file:///a", name="a", description="a file"),
        wire.EmbeddedResource(resource=text),
        wire.EmbeddedResource(resource=blob),
        wire.AudioContent(data=base64.b64encode(b"sound").decode(), mime_type="audio/wav"),
        wire.ImageContent(data="?", mime_type="image/png"),
    )


def wire_error(message: str) -> Exception:
    """An error of the protocol."""
    from mcp.shared.exceptions import MCPError

    return MCPError(wire.INVALID_PARAMS, message)


async def over_streams(server: Server[Any]) -> None:
    """Until the standard input ends."""
    print(os.environ.get("GREETING", "ready"), file=sys.stderr, flush=True)
    if "flood" in sys.argv:
        print("x" * 500_000, file=sys.stderr, flush=True)
    if "banner" in sys.argv:
        print("Welcome to the server!", flush=True)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def over_http(server: Server[Any]) -> None:
    """Until it is killed."""
    app = server.streamable_http_app(json_response="json" in sys.argv, stateless_http=False)

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] == "http" and headers.get(b"authorization") != b"Bearer open-sesame":
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"who are you?"})
            return
        if "old" in sys.argv and (b"mcp-method", b"server/discover") in scope.get("headers", ()):
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"no session"})
            return
        await app(scope, receive, send)

    listening = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(guarded, log_level="critical")).run(sockets=[listening])


if __name__ == "__main__":
    made: Server[Any] = Server("real", version="1", on_list_tools=list_tools, on_call_tool=call_tool)
    if "toolless" in sys.argv:
        made = Server("real", version="1")
    if "http" in sys.argv:
        over_http(made)
    else:
        anyio.run(over_streams, made)
