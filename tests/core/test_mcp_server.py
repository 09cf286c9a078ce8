"""What a user may say of an MCP server: every problem at once, and no secret shown."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.core.mcp_server import McpServer, mcp_problems
from pointsman.core.security.secret import Secret, redact


@pytest.mark.parametrize(
    "fields",
    [
        {"command": "npx", "arguments": ("-y", "server"), "environment": {"TOKEN": Secret("…ü")}},
        {"url": "https://example.com/mcp", "headers": {"Authorization": Secret("Bearer x")}},
        {"url": "https://example.com/mcp?tools=a"},
        {"url": "http://127.0.0.1:8000/mcp"},
        {"url": "http://[::1]:8000/mcp"},
        {"url": "http://localhost/mcp"},
        {"command": "x", "timeout": 0.1, "allow": ("read",), "approval": "never"},
    ],
)
def test_a_server_that_can_be_opened_has_no_problem(fields: dict[str, Any]) -> None:
    assert mcp_problems(McpServer(name="s-1", **fields)) == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "it needs a command or a url, and not both"),
        ({"command": "x", "url": "https://example.com"}, "it needs a command or a url, and not both"),
        ({"name": "a_b", "command": "x"}, "the name 'a_b' is not a letter with"),
        ({"name": "", "command": "x"}, "the name '' is not"),
        ({"name": "x" * 33, "command": "x"}, "is not a letter with up to 31"),
        ({"command": " "}, "the command is empty"),
        ({"command": "a\0b"}, "a NUL"),
        ({"command": "a", "arguments": ("a\0b",)}, "a NUL"),
        ({"command": "a", "environment": {"A=B": Secret("x")}}, "'A=B' is not the name of an environment variable"),
        ({"command": "a", "environment": {"": Secret("x")}}, "'' is not the name of an environment variable"),
        ({"command": "a", "environment": {"A": Secret("\0")}}, "variable A has a NUL in its value"),
        ({"command": "a", "headers": {"A": Secret("x")}}, "headers are for a url"),
        ({"url": "https://a", "arguments": ("x",)}, "arguments and environment are for a command"),
        ({"url": "https://a", "environment": {"A": Secret("x")}}, "arguments and environment are for a command"),
        ({"url": "example.com"}, "is not an address"),
        ({"url": "ftp://example.com"}, "is not an address"),
        ({"url": "https://exa mple.com"}, "is not an address"),
        ({"url": "https://[::1"}, "is not an address"),
        ({"url": "https://a:99999"}, "is not an address"),
        ({"url": "https://user:word@example.com"}, "a user name or password"),
        ({"url": "https://example.com/#x"}, "a fragment"),
        ({"url": "http://example.com"}, "is not https"),
        ({"url": "http://10.0.0.1"}, "is not https"),
        ({"url": "https://a", "headers": {"A b": Secret("x")}}, "'A b' is not the name of a header"),
        ({"url": "https://a", "headers": {"A": Secret("x\r\nB: y")}}, "the header A has characters"),
        ({"command": "a", "timeout": 0.0}, "the timeout 0 is not"),
        ({"command": "a", "timeout": float("inf")}, "the timeout inf is not"),
        ({"command": "a", "timeout": float("nan")}, "the timeout nan is not"),
        ({"command": "a", "allow": ("",)}, "has no name"),
        ({"command": "a", "approval": "maybe"}, "'maybe' is not one of always, ask, never"),
    ],
)
def test_each_thing_that_is_wrong_is_told(fields: dict[str, Any], said: str) -> None:
    (problem,) = mcp_problems(McpServer(**{"name": "s", **fields}))
    assert said in problem


def test_everything_that_is_wrong_is_told_at_once() -> None:
    server = McpServer(name="?", url="http://example.com", headers={"": Secret("x")}, timeout=-1, allow=(" ",))
    assert len(mcp_problems(server)) == 5


def test_no_secret_is_shown() -> None:
    program = McpServer(name="s", command="x", environment={"TOKEN": Secret("hunter22")})
    remote = McpServer(
        name="s", url="https://me:hunter22@example.com/mcp?key=hunter22", headers={"A": Secret("hunter22")}
    )
    assert "hunter22" not in f"{program!r}{program}{remote!r}{remote}{mcp_problems(remote)}"
    assert "example.com/mcp" in repr(remote)


def test_what_must_not_be_shown_is_known_with_its_words() -> None:
    remote = McpServer(name="s", url="https://a/?key=in-the-query", headers={"Authorization": Secret("Bearer token-1")})
    text = redact("in-the-query and token-1 and Bearer token-1", remote.secrets)
    assert text == "*** and *** and ***"
    assert McpServer(name="s", url="https://[").secrets == ()
