"""What the dialect does with each kind of content, against the table that says so."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.anthropic import CONTENT
from pointsman.adapters.dialects.dialect import CONTENT_KINDS, ContentKind, WireRequest
from pointsman.core.chat.message import Message, assistant, tool, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ProviderTool, ResponseSchema, Tool
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import dumps_text
from tests.adapters.dialects.anthropic_wire import CHAT, MODEL, SIGNED, TARGET, WEATHER

PNG = Bytes(b"\x89PNG\r\n\x1a\n", "image/png")
CALL, OTHER = ToolCall("c1", "get_weather", '{"city":"Kyiv"}'), ToolCall("c2", "get_weather", '{"city":"Lviv"}')
CITED = Opaque("anthropic", "citations", dumps_text([{"type": "web_search_result_location", "url": "https://quoted"}]))


def _saying(*parts: Part) -> dict[str, Any]:
    return {"messages": (user(*parts),)}


def _answering(content: tuple[ResultPart, ...], *, is_error: bool = False) -> dict[str, Any]:
    result = ToolResult("c1", "get_weather", content, is_error)
    return {"messages": (user("q"), assistant(CALL), Message("tool", (result,)))}


def _searching(kind: Any) -> dict[str, Any]:
    return {"tools": (ProviderTool("openai-responses", {"type": kind}, kind),)}


SAMPLES: dict[ContentKind, tuple[dict[str, Any], str]] = {
    "image bytes": (_saying(Image(PNG)), "iVBORw0KGgo="),
    "image url": (_saying(Image(Url("https://e.org/a.png"))), "https://e.org/a.png"),
    "image file id": (_saying(Image(FileId("file_9"))), "file_9"),
    "audio bytes": (_saying(Audio(Bytes(b"RIFF", "audio/wav"))), ""),
    "audio url": (_saying(Audio(Url("https://e.org/a.wav"))), ""),
    "file bytes": (_saying(File(Bytes(b"%PDF-1", "application/pdf"))), "JVBERi0x"),
    "file url": (_saying(File(Url("https://e.org/a.pdf"))), "https://e.org/a.pdf"),
    "file id": (_saying(File(FileId("file_9"))), "file_9"),
    "tool call": ({"messages": (user("q"), assistant(CALL), tool(CALL, "r"))}, "Kyiv"),
    "tool result": (_answering((Text("eight degrees"),)), "eight degrees"),
    "image in a tool result": (_answering((Image(PNG),)), "iVBORw0KGgo="),
    "file in a tool result": (_answering((File(Bytes(b"%PDF-1", "application/pdf")),)), "JVBERi0x"),
    "failed tool result": (_answering((Text("no"),), is_error=True), '"is_error":true'),
    "parallel tool results": (
        {"messages": (user("q"), assistant(CALL, OTHER), tool(CALL, "one"), tool(OTHER, "two"))},
        '"tool_use_id":"c2","content":"two"',
    ),
    "reasoning": ({"messages": (user("q"), assistant(Reasoning("hm", SIGNED), Text("a")), user("b"))}, '"hm"'),
    "refusal": ({"messages": (user("q"), assistant(Refusal("never")), user("b"))}, "never"),
    "cache control": (_saying(Text("x", cache_control=CacheControl("1h"))), '"ttl":"1h"'),
    "citations": ({"messages": (user("q"), assistant(Text("a", CITED, citations=(Citation(),))))}, "https://quoted"),
    "message name": ({"messages": (Message("user", (Text("x"),), name="ann"),)}, ""),
    "freeform tool": ({"tools": (Tool("patch", freeform=True),)}, '"required":["input"]'),
    "web search": (_searching("web_search"), "web_search_20250305"),
    "code execution": (_searching("code_execution"), "code_execution_20250825"),
    "file search": (_searching("file_search"), ""),
    "response schema": (
        {"response_schema": ResponseSchema({"type": "object", "additionalProperties": False})},
        "json_schema",
    ),
    "json mode": ({"json_mode": True}, "JSON object"),
    "forced tool": ({"tools": (WEATHER,), "tool_choice": ForcedTool("get_weather")}, '"type":"tool"'),
    "allowed tools": (
        {"tools": (WEATHER, Tool("other")), "tool_choice": AllowedTools(("get_weather",), True)},
        '"type":"any"',
    ),
}


def test_every_kind_stands_in_the_table_and_here() -> None:
    assert CONTENT.keys() == SAMPLES.keys() == set(CONTENT_KINDS)


@pytest.mark.parametrize("kind", CONTENT_KINDS)
def test_each_kind_of_content_is_carried_warned_of_or_refused_as_the_table_says(kind: ContentKind) -> None:
    given, trace = SAMPLES[kind]
    request = attrs.evolve(ChatRequest(MODEL, (user("q"),)), **given)
    sent = unwrap_or_failure(CHAT.write_request(request, TARGET, False))
    match CONTENT[kind]:
        case "refused":
            assert isinstance(sent, UnsupportedFeature)
        case "dropped":
            assert isinstance(sent, WireRequest)
            assert len(sent.warnings) == 1
        case _:
            assert isinstance(sent, WireRequest)
            assert trace in dumps_text(sent.body)
            assert [warning.subject for warning in sent.warnings] == (["refusal"] if kind == "refusal" else [])


@pytest.mark.parametrize(
    ("parts", "subject"),
    [
        ((Reasoning("of another"), Text("a")), "reasoning"),
        ((Text("a", citations=(Citation(url="https://e.org"),)),), "citations"),
    ],
)
def test_what_another_vendor_said_of_its_thoughts_and_sources_is_warned_of(
    parts: tuple[Part, ...], subject: str
) -> None:
    request = ChatRequest(MODEL, (user("q"), Message("assistant", parts), user("r")))
    sent = unwrap_or_failure(CHAT.write_request(request, TARGET, False))
    assert isinstance(sent, WireRequest)
    assert [warning.subject for warning in sent.warnings] == [subject]
