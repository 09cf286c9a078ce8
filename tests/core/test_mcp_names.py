"""Names of tools of MCP servers: what every provider takes, each once, and the same every time."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.mcp_server import mcp_names

SERVERS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,31}", fullmatch=True)
TOOLS = st.text(max_size=80) | st.sampled_from(["a.b", "a_b", "a b", "x" * 70, "x" * 71, "a_b_" + "0" * 8])


@given(SERVERS, st.lists(TOOLS, unique=True))
def test_every_name_is_plain_short_and_given_once(server: str, tools: list[str]) -> None:
    names = mcp_names(server, tools)
    assert len(set(names)) == len(tools)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names)
    assert all(name.startswith(f"{server}_") for name in names)


@given(SERVERS, st.lists(TOOLS, unique=True))
def test_the_order_of_the_tools_does_not_matter(server: str, tools: list[str]) -> None:
    there = dict(zip(tools, mcp_names(server, tools), strict=True))
    back = dict(zip(tools[::-1], mcp_names(server, tools[::-1]), strict=True))
    assert there == back


def test_a_name_that_is_plain_already_is_kept_and_two_that_become_the_same_are_marked() -> None:
    assert mcp_names("files", ["read", "read-all"]) == ("files_read", "files_read-all")
    assert mcp_names("s", ["a.b"]) == ("s_a_b",)
    first, second = mcp_names("s", ["a.b", "a b"])
    assert re.fullmatch(r"s_a_b_[0-9a-f]{8}", first)
    assert first != second


def test_a_tool_cannot_take_the_name_that_another_was_given() -> None:
    first, _ = mcp_names("s", ["a.b", "a b"])
    names = mcp_names("s", ["a.b", "a b", first.removeprefix("s_")])
    assert len(set(names)) == 3
