"""The table of kinds of content is true: each is written, translated, dropped with a warning, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.adapters.dialects.dialect import CONTENT_KINDS, ContentKind, WireRequest
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ProviderTool, ResponseSchema, Tool
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import dumps_text
from tests.adapters.dialects.ollama.wire import EMPTY, ask, read, write, write_any

LOOK = Tool("look", "Look.", EMPTY)
CALL = ToolCall("c1", "look", "{}")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(9)


def _result(*content: Any, is_error: bool = False) -> ChatRequest:
    return ask(user("?"), assistant(CALL), Message("tool", (ToolResult("c1", "look", content, is_error),)))


def _hosted(kind: Any) -> ChatRequest:
    return ask(tools=(ProviderTool("gemini", {kind: {}}, kind),))


HOLDING: dict[ContentKind, ChatRequest] = {
    "image bytes": ask(user(Image(Bytes(PNG, "image/png")))),
    "image url": ask(user(Image(Url("https://a.b")))),
    "image file id": ask(user(Image(FileId("f")))),
    "audio bytes": ask(user(Audio(Bytes(b"RIFF\0\0\0\0WAVE", "audio/wav")))),
    "audio url": ask(user(Audio(Url("https://a.b")))),
    "file bytes": ask(user(File(Bytes(b"%PDF-", "application/pdf"), "a.pdf"))),
    "file url": ask(user(File(Url("https://a.b")))),
    "file id": ask(user(File(FileId("f")))),
    "tool call": ask(user("?"), assistant(CALL), tools=(LOOK,)),
    "tool result": _result(Text("green")),
    "image in a tool result": _result(Image(Bytes(PNG, "image/png"))),
    "file in a tool result": _result(File(FileId("f"))),
    "failed tool result": _result(Text("red"), is_error=True),
    "parallel tool results": ask(
        assistant(CALL, ToolCall("c2", "look", "{}")),
        Message("tool", (ToolResult("c1", "look", (Text("a"),)), ToolResult("c2", "look", (Text("b"),)))),
    ),
    "reasoning": ask(assistant(Reasoning("Hm."), "Yes.")),
    "refusal": ask(assistant(Refusal("No."))),
    "cache control": ask(user(Text("a", cache_control=CacheControl()))),
    "citations": ask(assistant(Text("a", citations=(Citation("https://a.b", "A", start=0, end=1),)))),
    "message name": ask(Message("user", (Text("a"),), "ann")),
    "freeform tool": ask(assistant(ToolCall("c", "patch", "x", freeform=True)), tools=(Tool("patch", freeform=True),)),
    "web search": _hosted("web_search"),
    "code execution": _hosted("code_execution"),
    "file search": _hosted("file_search"),
    "response schema": ask(response_schema=ResponseSchema({"type": "object"})),
    "json mode": ask(json_mode=True),
    "forced tool": ask(tools=(LOOK,), tool_choice=ForcedTool("look")),
    "allowed tools": ask(tools=(LOOK, Tool("leap")), tool_choice=AllowedTools(("look",))),
}


def test_there_is_an_entry_and_an_example_of_every_kind() -> None:
    assert set(OLLAMA.content) == set(CONTENT_KINDS) == set(HOLDING)


@pytest.mark.parametrize("kind", CONTENT_KINDS)
def test_a_kind_is_treated_as_the_table_says(kind: ContentKind) -> None:
    outcome = write_any(HOLDING[kind])
    match OLLAMA.content[kind]:
        case "refused":
            assert isinstance(outcome, UnsupportedFeature)
        case "dropped":
            assert isinstance(outcome, WireRequest)
            assert outcome.warnings
        case _:
            assert isinstance(outcome, WireRequest)
            assert outcome.warnings == ()


@pytest.mark.parametrize("kind", [kind for kind in CONTENT_KINDS if OLLAMA.content[kind] == "native"])
def test_what_the_api_has_comes_back_as_it_was(kind: ContentKind) -> None:
    request = HOLDING[kind]
    again = read(**write(request)).request
    assert (again.messages, again.tools) == (request.messages, request.tools)
    assert (again.response_schema, again.json_mode) == (request.response_schema, request.json_mode)


def test_what_is_translated_is_there_in_other_words() -> None:
    tool, call = write(HOLDING["freeform tool"])["tools"][0], write(HOLDING["freeform tool"])["messages"][0]
    assert tool["function"]["parameters"]["required"] == ["input"]
    assert call["tool_calls"][0]["function"]["arguments"] == {"input": "x"}
    assert write(HOLDING["failed tool result"])["messages"][2]["content"] == "Error: red"
    assert write(HOLDING["refusal"])["messages"][0]["content"] == "No."


@pytest.mark.parametrize("dialect", ["anthropic", "ollama"])
def test_content_of_a_dialect_is_refused_by_its_kind(dialect: str) -> None:
    part = ProviderPart(dialect, {"type": "brand_new", "secret": "x"})
    for request in (ask(assistant(part)), _result(part)):
        outcome = write_any(request)
        assert isinstance(outcome, UnsupportedFeature)
        assert f"brand_new of {dialect}" in outcome.feature


def test_tools_of_ollama_that_we_do_not_know_go_back_as_they_are() -> None:
    wire: dict[str, Any] = {"type": "brand_new", "config": {"a": 1}}
    request = read(tools=[wire]).request
    assert write(request)["tools"] == [wire]
    assert "brand_new" in dumps_text(write(request)["tools"])
