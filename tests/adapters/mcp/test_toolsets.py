"""Several MCP servers at once, without the SDK, and under a model."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest

from pointsman import ChatResponse, ConfigurationError
from pointsman.adapters.mcp.toolsets import open_mcp, open_toolsets
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.mcp_server import McpServer
from tests.adapters.mcp.servers import SUM, program, shell
from tests.managed import answer, chat
from tests.patience import GUARD
from tests.services.test_tooled import QUESTION, calls, results, tooled


async def test_a_server_that_fails_does_not_take_the_others_away() -> None:
    servers = (
        program(allow=("add",)),
        shell("echo broken >&2; exit 1"),
        McpServer(name="second", command=sys.executable, arguments=program().arguments, allow=("pid", "add")),
        program(),
    )
    async with open_toolsets(servers) as found:
        assert [tool.spec.name for tool in found.tools] == ["real_add", "second_add", "second_pid"]
        assert [name for name, _ in found.failed] == ["shell", "real"]
        assert "it said: broken" in str(found.failed[0][1])
        assert "there are two MCP servers named 'real'" in str(found.failed[1][1])
        assert (await found.tools[1].run(SUM)).unwrap() == ("5",)
    async with open_toolsets(()) as found:
        assert (found.tools, found.failed) == ((), ())


async def test_everything_that_is_wrong_with_a_server_is_told_at_once() -> None:
    async with open_mcp(McpServer(name="a_b", timeout=0)) as opened:
        error = opened.failure()
    assert isinstance(error, ConfigurationError)
    assert len(error.problems) == 3
    assert all("the MCP server 'a_b': " in problem for problem in error.problems)


async def test_a_model_calls_the_tools_of_a_server() -> None:
    async with open_mcp(program(approval="always", timeout=GUARD)) as opened:
        tools = opened.unwrap()
        hasty = tuple(attrs.evolve(tool, timeout=0.05) if tool.spec.name == "real_slow" else tool for tool in tools)
        asked = calls(("real_add", SUM), ("real_slow", ""), ("real_error", "{}"), ("real_image", ""))
        client, inner = tooled(asked, calls(("real_add", SUM)), answer("5"), tools=hasty, clock=SystemClock())
        response = await chat(client, QUESTION)
    assert isinstance(response, ChatResponse)
    assert response.text == "5"
    assert "real_add" in [tool.name for tool in inner.requests[0].tools]
    assert results(inner.requests[2]) == [
        ("5", False),
        ("real_slow did not answer within 0.05 s.", True),
        ("there is no such train", True),
        ("a pixel", False),
        ("5", False),
    ]


async def test_a_tool_of_a_server_asks_unless_it_is_said_otherwise() -> None:
    async with open_mcp(program()) as opened:
        client, inner = tooled(calls(("real_add", SUM)), answer(), tools=opened.unwrap())
        await chat(client, QUESTION)
    assert results(inner.requests[1]) == [("The user has not allowed real_add.", True)]


def test_importing_it_does_not_import_the_sdk() -> None:
    code = "import sys, pointsman.adapters.mcp.toolsets; print({'mcp', 'httpx2', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


async def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    async with open_mcp(program()) as opened:
        error = opened.failure()
    assert isinstance(error, ConfigurationError)
    assert "install pointsman[mcp]" in str(error)
