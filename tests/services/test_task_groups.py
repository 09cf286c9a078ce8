"""What is raised in a task comes out as itself, wherever tasks are started: `except KeyError` around it works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from returns.result import Result

import pointsman
from pointsman import ChatError, ask, settle
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import Tool
from pointsman.services.health import health
from pointsman.services.middleware.tool_loop import Tooled
from pointsman.services.ports.client import Ping
from pointsman.services.ports.tools import Content, ToolFunction
from pointsman.testing import ScriptedClient, VirtualClock

ROOT = Path(pointsman.__file__).parent
PLAIN = {
    "services/tasks/together.py",  # where it is done
    "adapters/http1/dial.py",  # knows nothing of us; its tasks catch what a socket raises
    "adapters/simulator/http_connection.py",  # the simulator is another server: its bugs may look as they like
    "adapters/simulator/listener.py",
}


def test_no_plain_task_group_stands_in_the_product() -> None:
    files = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in ROOT.rglob("*.py")}
    found = {name for name, text in files.items() if re.search(r"\bcreate_task_group\(", text)}
    assert {name for name in found if not name.startswith("testing/")} == PLAIN


class Raising(ScriptedClient):
    async def call_ping(self, nothing: None) -> Result[Ping, ChatError]:
        raise KeyError("a bug")


async def test_a_ping_that_raises_comes_out_of_health_as_it_is() -> None:
    with pytest.raises(KeyError, match="a bug"):
        await settle(health({"a": Raising(), "b": ScriptedClient()}, VirtualClock()))


class BrokenClock(VirtualClock):
    def limit(self, seconds: float) -> Any:
        raise KeyError("a bug")


async def test_a_bug_beside_a_tool_comes_out_of_the_loop_as_it_is() -> None:
    async def run(arguments: str) -> Result[Content, str]:
        raise AssertionError("nobody comes so far")

    tool = ToolFunction(Tool("look", "", {"type": "object"}), run)
    calls = ChatResponse(parts=(ToolCall("1", "look", "{}"), ToolCall("2", "look", "{}")))
    with pytest.raises(KeyError, match="a bug"):
        await settle(Tooled(ScriptedClient([calls]), (tool,), BrokenClock()).chat(ask("m", "Look.")))
