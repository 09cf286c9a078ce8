"""What went wrong while a server was opened, as one of our errors. Pure; imports the SDK's exceptions."""

from __future__ import annotations

from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED
from pydantic import ValidationError

from pointsman.core.error import ConfigurationError, InvalidResponse, NetworkError, TimeoutError, configuration_error
from pointsman.core.mcp_server import McpFailure, McpServer
from pointsman.core.security.secret import redact


def blame(server: McpServer, problem: BaseException, last_words: str, *, garbled: bool) -> McpFailure:
    """Why `server` could not be opened; `last_words` are the last line it wrote to its standard error, and `garbled`
    says that what it wrote to its standard output was not JSON-RPC."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if isinstance(problem, OSError) and server.command is not None:
        return _wrong(f"the MCP server {server.name!r} cannot be started: {_spawning(problem, server.command)}")
    if isinstance(problem, ValidationError) or (garbled and is_closed(problem)):
        return _garbage(server, last_words)
    if not is_closed(problem):
        said = str(problem) if isinstance(problem, (MCPError, RuntimeError)) else type(problem).__name__
        detail = f"the MCP server {server.name!r} gave no tools: {redact(short(said), server.secrets)}"
        return InvalidResponse(detail=detail + _describe_end(server, last_words))
    if server.command is not None:
        return _wrong(
            f"the MCP server {server.name!r} ended before it gave its tools{_describe_end(server, last_words)}"
        )
    return NetworkError(detail=f"the MCP server {server.name!r} closed the connection")


def late(server: McpServer, last_words: str, *, garbled: bool) -> McpFailure:
    """It has not given its tools in time."""
    if garbled:
        return _garbage(server, last_words)
    detail = (
        f"the MCP server {server.name!r} gave no tools within {server.timeout:g} s{_describe_end(server, last_words)}"
    )
    return TimeoutError(detail=detail, timeout_ms=server.timeout * 1000, phase="first_byte")


def is_closed(problem: BaseException) -> bool:
    """Whether it says that the connection is over. A server may send the same code with words of its own."""
    return isinstance(problem, MCPError) and (problem.code, problem.message) == (CONNECTION_CLOSED, "Connection closed")


def short(text: str) -> str:
    """The first line of `text`, at most 300 characters of it."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 300 else line[:299] + "…"


def _garbage(server: McpServer, last_words: str) -> McpFailure:
    detail = f"what the MCP server {server.name!r} writes is not the Model Context Protocol"
    return InvalidResponse(detail=detail + _describe_end(server, last_words))


def _describe_end(server: McpServer, last_words: str) -> str:
    return f"; it said: {redact(last_words, server.secrets)}" if last_words else ""


def _wrong(problem: str) -> ConfigurationError:
    return configuration_error(problem)


def _spawning(problem: OSError, command: str) -> str:
    match problem:
        case FileNotFoundError():
            return f"there is no command {command!r}; install it, or give its whole path"
        case PermissionError():
            return f"{command!r} is not a program that may be run"
        case _:
            return f"{command!r}: {problem.strerror or type(problem).__name__}"
