"""Tools that vendors run, freeform tools and choices among tools, and the blocks that they leave in a conversation."""

from __future__ import annotations

import attrs
import pytest

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import CacheControl, File, FileId, Image, ProviderPart, Text, ToolCall, ToolResult
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.tool import AllowedTools, ProviderTool, Tool
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import Json, JsonObject, as_list, as_object
from tests.adapters.dialects.anthropic_wire import CHAT, MODEL, WEATHER, body, failure, good, subjects, wire

SEARCH: JsonObject = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}


def _read(given: JsonObject) -> ChatRequest:
    asked: JsonObject = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "news?"}]}
    call = good(CHAT.read_request(Inbound({**asked, **given})))
    assert call.untranslated == ()
    return call.request


@pytest.mark.parametrize(
    ("wire_tool", "kind"),
    [
        (SEARCH, "web_search"),
        ({"type": "web_search_20260209", "name": "web_search", "allowed_callers": ["direct"]}, "web_search"),
        ({"type": "code_execution_20250825", "name": "code_execution"}, "code_execution"),
        ({"type": "web_fetch_20250910", "name": "web_fetch"}, None),
        ({"type": "bash_20250124", "name": "bash", "cache_control": {"type": "ephemeral"}}, None),
        ({"type": "mcp_toolset", "mcp_server_name": "x"}, None),
        ({"type": "brand_new", "anything": {"at": "all"}}, None),
    ],
)
def test_a_tool_of_the_vendors_goes_back_as_it_came(wire_tool: JsonObject, kind: str | None) -> None:
    request = _read({"tools": [wire_tool, {"name": "f", "input_schema": {"type": "object"}}]})
    (hosted, own) = request.tools
    assert isinstance(hosted, ProviderTool)
    assert (hosted.dialect, hosted.kind) == ("anthropic", kind)
    assert isinstance(own, Tool)
    assert body(request)["tools"] == [wire_tool, {"name": "f", "input_schema": {"type": "object"}}]


def test_another_vendors_web_search_becomes_our_own_with_what_both_have() -> None:
    theirs: JsonObject = {
        "type": "web_search",
        "filters": {"allowed_domains": ["e.org"]},
        "user_location": {"type": "approximate", "country": "UA", "city": "Kyiv"},
        "search_context_size": "high",
    }
    request = attrs.evolve(ask(MODEL, "x"), tools=(ProviderTool("openai-responses", theirs, "web_search"),))
    assert body(request)["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "allowed_domains": ["e.org"],
            "user_location": {"type": "approximate", "city": "Kyiv", "country": "UA"},
        }
    ]
    assert subjects(request) == ["tools.web_search.search_context_size"]


def test_the_options_of_a_search_are_found_where_openai_chat_has_them() -> None:
    place: JsonObject = {"type": "approximate", "approximate": {"city": "Lviv"}}
    theirs = ProviderTool("openai-chat", {"web_search_options": {"user_location": place}}, "web_search")
    (search,) = map(as_object, as_list(body(attrs.evolve(ask(MODEL, "x"), tools=(theirs,)))["tools"]))
    assert search["user_location"] == {"type": "approximate", "city": "Lviv"}


def test_a_tool_that_only_another_vendor_has_is_refused_by_its_name() -> None:
    refused = failure(
        attrs.evolve(ask(MODEL, "x"), tools=(ProviderTool("openai-responses", {"type": "image_generation"}),))
    )
    assert isinstance(refused, UnsupportedFeature)
    assert refused.feature == "the tool 'image_generation' of openai-responses"


HISTORY: list[Json] = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "mcp_tool_use", "id": "m", "name": "n", "server_name": "s", "input": {}},
    {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False, "content": []},
    {"type": "compaction", "content": "before"},
]


def test_blocks_of_the_vendors_tools_keep_their_places_in_a_conversation() -> None:
    answer: list[Json] = [*HISTORY[:2], {"type": "text", "text": "a"}, *HISTORY[2:]]
    upload: JsonObject = {"type": "container_upload", "file_id": "f"}
    found: JsonObject = {"type": "search_result", "source": "s", "title": "t", "content": []}
    messages: list[Json] = [
        {"role": "user", "content": [upload, {"type": "text", "text": "q"}, found]},
        {"role": "assistant", "content": answer},
        {"role": "user", "content": "more"},
    ]
    request = _read({"messages": messages})
    assert request.messages[1].parts[0] == ProviderPart("anthropic", as_object(HISTORY[0]))
    assert request.messages[1].parts[2] == Text("a")
    assert body(request)["messages"] == messages


def test_a_part_of_another_dialect_is_refused_by_its_kind() -> None:
    part = ProviderPart("gemini", {"executableCode": {"code": "1"}})
    refused = failure(ChatRequest(MODEL, (user("x"), Message("assistant", (part,)))))
    assert isinstance(refused, UnsupportedFeature)
    assert refused.feature == "executableCode of gemini"


def test_results_of_tools_hold_documents_and_search_results() -> None:
    document: JsonObject = {"type": "document", "source": {"type": "file", "file_id": "file_1"}, "title": "t"}
    content: list[Json] = [
        {"type": "text", "text": "r", "cache_control": {"type": "ephemeral"}},
        document,
        {"type": "search_result", "source": "s", "title": "t", "content": []},
        {"type": "tool_reference", "tool_name": "f"},
    ]
    messages: list[Json] = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": content,
                    "is_error": True,
                    "cache_control": {"type": "ephemeral", "ttl": "1h"},
                }
            ],
        },
    ]
    request = _read({"messages": messages})
    result = request.messages[2].parts[0]
    assert isinstance(result, ToolResult)
    assert (result.name, result.is_error, result.cache_control) == ("look", True, CacheControl("1h"))
    assert result.content[0] == Text("r", cache_control=CacheControl())
    assert result.content[1] == File(FileId("file_1"), "t")
    assert [type(part) for part in result.content[2:]] == [ProviderPart, ProviderPart]
    assert body(request)["messages"] == messages


def test_who_called_a_tool_goes_back_with_the_call() -> None:
    call: JsonObject = {
        "type": "tool_use",
        "id": "t",
        "name": "f",
        "input": {},
        "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"},
    }
    messages: list[Json] = [{"role": "user", "content": "q"}, {"role": "assistant", "content": [call]}]
    assert body(_read({"messages": messages}))["messages"] == messages


@pytest.mark.parametrize(
    ("request_", "betas"),
    [
        (ask(MODEL, "x"), None),
        (ChatRequest(MODEL, (user(Image(FileId("f"))),)), "files-api-2025-04-14"),
        (
            ChatRequest(
                MODEL,
                (
                    user("q"),
                    assistant(ToolCall("c", "f", "{}")),
                    Message("tool", (ToolResult("c", "f", (File(FileId("f")),)),)),
                ),
                tools=(ProviderTool("gemini", {"codeExecution": {}}, "code_execution"),),
            ),
            "code-execution-2025-08-25,files-api-2025-04-14",
        ),
        (
            attrs.evolve(ask(MODEL, "x"), tools=(ProviderTool("anthropic", {"type": "computer_20250124"}),)),
            "computer-use-2025-01-24",
        ),
    ],
)
def test_a_request_names_the_betas_that_it_needs(request_: ChatRequest, betas: str | None) -> None:
    assert wire(request_).headers.get("anthropic-beta") == betas


def test_a_freeform_tool_is_a_function_of_one_text() -> None:
    patch = Tool(
        "apply_patch",
        "Edit files.",
        freeform=True,
        grammar={"type": "grammar", "syntax": "lark", "definition": "start: X"},
    )
    call = ToolCall("c1", "apply_patch", "*** Begin", freeform=True)
    request = ChatRequest(MODEL, (user("go"), assistant(call), tool(call, "done")), tools=(patch,))
    sent = body(request)
    (function,) = map(as_object, as_list(sent["tools"]))
    assert (function["name"], as_object(function["input_schema"])["required"]) == ("apply_patch", ["input"])
    assert "start: X" in str(function["description"])
    assert "freeform" not in function
    assert as_list(sent["messages"])[1] == {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "c1", "name": "apply_patch", "input": {"input": "*** Begin"}}],
    }
    assert subjects(request) == []


def test_a_choice_among_some_tools_shows_only_those() -> None:
    choice = AllowedTools(("get_weather",))
    request = attrs.evolve(ask(MODEL, "x"), tools=(WEATHER, Tool("other")), tool_choice=choice)
    assert [as_object(tool)["name"] for tool in as_list(body(request)["tools"])] == ["get_weather"]
    assert body(request)["tool_choice"] == {"type": "auto"}


def test_parameters_without_a_type_are_those_of_an_object() -> None:
    request = attrs.evolve(ask(MODEL, "x"), tools=(Tool("f", "", {"properties": {}}),))
    assert body(request)["tools"] == [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]


def test_json_mode_is_asked_for_at_the_end_of_the_instructions() -> None:
    request = attrs.evolve(ChatRequest(MODEL, (system("Be brief."), user("x"))), json_mode=True)
    assert body(request)["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Answer with one JSON object and nothing else."},
    ]
    assert subjects(request) == []


def test_marks_of_the_cache_stay_on_the_blocks_that_have_them() -> None:
    mark: JsonObject = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    given: JsonObject = {
        "system": [{"type": "text", "text": "a"}, {"type": "text", "text": "b", **mark}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, **mark}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hi", **mark}, {"type": "text", "text": "c"}]}
        ],
    }
    sent = body(_read(given))
    assert {name: sent[name] for name in given} == given


def test_pieces_of_a_document_reach_other_vendors_as_one_text() -> None:
    pieces: list[Json] = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    block: JsonObject = {"type": "document", "source": {"type": "content", "content": pieces}, "title": "t"}
    asked: JsonObject = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": [block]}]}
    call = good(CHAT.read_request(Inbound(asked)))
    (document,) = call.request.messages[0].parts
    assert isinstance(document, File)
    assert getattr(document.source, "data", b"") == b"one\ntwo"
    assert [lost.path for lost in call.untranslated] == ["messages[].content[].source.content[]"]
