"""Tools of all kinds and the choice among them: read, written as they came, and translated from other vendors."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.tool import AllowedTools, ForcedTool, Namespace, ProviderTool, Tool
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from tests.adapters.dialects.openai_responses.wire import EMPTY, SAID, ask, read, read_any, warnings, write, write_any

FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "look",
    "description": "Look.",
    "parameters": EMPTY,
    "strict": False,
}
PATCH: dict[str, Any] = {
    "type": "custom",
    "name": "patch",
    "description": "A patch",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: /x/"},
}
HOSTED: list[dict[str, Any]] = [
    {"type": "web_search", "search_context_size": "low"},
    {"type": "web_search_preview"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "mcp", "server_label": "yard", "server_url": "https://mcp.example"},
    {"type": "computer_use_preview", "display_width": 1},
    {"type": "local_shell"},
    {"type": "image_generation"},
    {"type": "brand_new", "field": 1},
]
GROUP: dict[str, Any] = {"type": "namespace", "name": "mcp__docs", "description": "d", "tools": [FUNCTION, PATCH]}


def test_tools_of_every_kind_are_written_as_they_came_and_in_their_order() -> None:
    tools = [FUNCTION, *HOSTED, PATCH, GROUP]
    call = read(tools=tools)
    assert call.untranslated == ()
    assert write(call.request)["tools"] == tools


def test_hosted_tools_have_the_kind_that_other_vendors_have_too() -> None:
    kinds = [tool.kind for tool in read(tools=HOSTED).request.tools if isinstance(tool, ProviderTool)]
    assert kinds == ["web_search", "web_search", "file_search", "code_execution", None, None, None, None, None]


def test_a_freeform_tool_is_one_with_its_grammar() -> None:
    assert read(tools=[PATCH]).request.tools == (
        Tool(
            "patch", "A patch", freeform=True, grammar={"type": "grammar", "syntax": "lark", "definition": "start: /x/"}
        ),
    )
    assert write(read(tools=[PATCH]).request)["tools"] == [PATCH]


def test_the_tools_of_a_namespace_are_functions_with_names_that_any_vendor_takes() -> None:
    call = read(tools=[GROUP])
    assert [tool.name for tool in call.request.tools] == ["mcp__docs__look", "mcp__docs__patch"]
    assert Namespace("mcp__docs__").qualify("look") == "mcp__docs__look"


def test_calls_of_a_namespaced_tool_keep_their_namespace() -> None:
    items = [
        SAID,
        {"type": "function_call", "call_id": "c1", "name": "look", "namespace": "mcp__docs", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "green"},
    ]
    call = read(tools=[GROUP], input=items)
    assert call.request.messages[1].parts == (ToolCall("c1", "mcp__docs__look", "{}"),)
    assert call.untranslated == ()
    assert write(call.request)["input"] == items


def test_tools_that_codex_declares_in_the_input_are_tools_and_are_written_there_again() -> None:
    item = {"type": "additional_tools", "role": "developer", "tools": [GROUP, PATCH, {"type": "web_search"}]}
    call = read(input=[item, SAID], tools=[FUNCTION])
    assert call.untranslated == ()
    assert [tool.name for tool in call.request.tools] == [
        "mcp__docs__look",
        "mcp__docs__patch",
        "patch",
        "web_search",
        "look",
    ]
    body = write(call.request)
    assert body["input"] == [item, SAID]
    assert body["tools"] == [FUNCTION]


def test_a_later_declaration_of_tools_stays_in_its_place() -> None:
    item = {"type": "additional_tools", "role": "developer", "tools": [FUNCTION]}
    call = read(input=[SAID, item, SAID])
    assert call.request.tools == ()
    assert write(call.request)["input"] == [SAID, item, SAID]


def test_two_tools_of_one_name_are_refused() -> None:
    assert isinstance(read_any(tools=[FUNCTION, FUNCTION]), InvalidRequest)


@pytest.mark.parametrize(
    ("wire", "choice"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "function", "name": "look"}, ForcedTool("look")),
        ({"type": "custom", "name": "patch"}, ForcedTool("patch")),
        ({"type": "web_search_preview"}, ForcedTool("web_search_preview")),
        ({"type": "image_generation"}, ForcedTool("image_generation")),
        ({"type": "mcp", "server_label": "yard"}, ForcedTool("mcp")),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "look"}, {"type": "image_generation"}],
            },
            AllowedTools(("look", "image_generation"), required=True),
        ),
    ],
)
def test_choices_are_read_and_written(wire: Any, choice: Any) -> None:
    call = read(tools=[FUNCTION, PATCH, *HOSTED], tool_choice=wire)
    assert call.request.tool_choice == choice
    assert write(call.request)["tool_choice"] == wire


def test_a_choice_means_the_tool_of_its_kind() -> None:
    call = read(tools=[{"type": "web_search"}], tool_choice={"type": "web_search_preview"})
    assert call.request.tool_choice == ForcedTool("web_search")


def test_a_tool_that_is_required_must_exist() -> None:
    assert isinstance(write_any(ask(tool_choice="required")), InvalidRequest)
    assert isinstance(read_any(tool_choice={"type": "function", "name": "look"}), InvalidRequest)


def test_another_vendors_search_becomes_openais_with_what_both_have() -> None:
    wire: dict[str, Any] = {
        "type": "web_search_20250305",
        "name": "web_search",
        "max_uses": 3,
        "allowed_domains": ["a.b"],
        "user_location": {"type": "approximate", "city": "Bern"},
    }
    request = ask(tools=(ProviderTool("anthropic", wire, "web_search"),), tool_choice=ForcedTool("web_search"))
    body = write(request)
    assert body["tools"] == [
        {
            "type": "web_search",
            "filters": {"allowed_domains": ["a.b"]},
            "user_location": {"type": "approximate", "city": "Bern"},
        }
    ]
    assert (body["max_tool_calls"], body["tool_choice"]) == (3, {"type": "web_search"})
    assert warnings(request) == set()
    blocked = ProviderTool("anthropic", {**wire, "blocked_domains": ["c.d"]}, "web_search")
    assert warnings(ask(tools=(blocked,))) == {"tools.web_search.blocked_domains"}


def test_another_vendors_code_execution_becomes_openais() -> None:
    tool = ProviderTool("gemini", {"codeExecution": {}}, "code_execution")
    assert write(ask(tools=(tool,)))["tools"] == [{"type": "code_interpreter", "container": {"type": "auto"}}]


@pytest.mark.parametrize(
    "tool",
    [
        ProviderTool("gemini", {"fileSearch": {"fileSearchStoreNames": ["a"]}}, "file_search"),
        ProviderTool("anthropic", {"type": "computer_20250124", "name": "computer"}),
    ],
)
def test_a_foreign_tool_that_openai_lacks_is_refused_by_name(tool: ProviderTool) -> None:
    failure = write_any(ask(tools=(tool,)))
    assert isinstance(failure, UnsupportedFeature)
    assert tool.name in failure.detail
