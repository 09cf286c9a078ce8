"""What Gemini's dialect does with each kind of content, against the table that says so."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import CONTENT_KINDS, ContentKind, Target, WireRequest
from pointsman.adapters.dialects.gemini import CONTENT, GEMINI
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
from pointsman.core.json import as_object, dumps_text

TARGET = Target("gemini", "gemini-3-pro")
PNG = Bytes(b"\x89PNG\r\n\x1a\n", "image/jpeg")
CALL, OTHER = ToolCall("c1", "look", '{"at":"N"}'), ToolCall("c2", "look", '{"at":"S"}')
SIGNED = Opaque("gemini", "thought_signature", "sig==")


def _saying(*parts: Part) -> dict[str, Any]:
    return {"messages": (user(*parts),)}


def _answering(content: tuple[ResultPart, ...], *, is_error: bool = False) -> dict[str, Any]:
    result = ToolResult("c1", "look", content, is_error)
    return {"messages": (user("q"), assistant(CALL), Message("tool", (result,)))}


def _searching(kind: Any) -> dict[str, Any]:
    return {"tools": (ProviderTool("openai-responses", {"type": kind}, kind),)}


TWO = (Tool("look"), Tool("other"), Tool("third"))
SAMPLES: dict[ContentKind, tuple[dict[str, Any], str]] = {
    "image bytes": (_saying(Image(PNG)), '{"mimeType":"image/png","data":"iVBORw0KGgo="}'),
    "image url": (_saying(Image(Url("https://e.org/a.webp"))), '"mimeType":"image/webp"'),
    "image file id": (_saying(Image(FileId("files/9"))), '{"fileUri":"files/9"}'),
    "audio bytes": (_saying(Audio(Bytes(b"RIFF", "audio/x-wav"))), '"mimeType":"audio/wav"'),
    "audio url": (_saying(Audio(Url("https://e.org/a.mp3"))), '"mimeType":"audio/mpeg"'),
    "file bytes": (_saying(File(Bytes(b"%PDF-1", "application/pdf"))), "JVBERi0x"),
    "file url": (_saying(File(Url("https://e.org/a.pdf"))), "https://e.org/a.pdf"),
    "file id": (_saying(File(FileId("files/9"))), '{"fileUri":"files/9"}'),
    "tool call": ({"messages": (user("q"), assistant(CALL), tool(CALL, "r"))}, '"args":{"at":"N"}'),
    "tool result": (_answering((Text("green"),)), '"response":{"result":"green"}'),
    "image in a tool result": (_answering((Image(PNG),)), '"parts":[{"inlineData"'),
    "file in a tool result": (_answering((File(Bytes(b"%PDF-1", "application/pdf")),)), '"parts":[{"inlineData"'),
    "failed tool result": (_answering((Text("no"),), is_error=True), '"response":{"error":"no"}'),
    "parallel tool results": (
        {"messages": (user("q"), assistant(CALL, OTHER), tool(CALL, "one"), tool(OTHER, "two"))},
        '{"result":"one"}}},{"functionResponse":{"id":"c2"',
    ),
    "reasoning": (
        {"messages": (user("q"), assistant(Reasoning("hm", SIGNED), Text("a")), user("b"))},
        '"thought":true',
    ),
    "refusal": ({"messages": (user("q"), assistant(Refusal("never")), user("b"))}, "never"),
    "cache control": (_saying(Text("x", cache_control=CacheControl("1h"))), ""),
    "citations": ({"messages": (user("q"), assistant(Text("a", citations=(Citation("https://e.org"),))))}, ""),
    "message name": ({"messages": (Message("user", (Text("x"),), name="ann"),)}, ""),
    "freeform tool": ({"tools": (Tool("patch", freeform=True),)}, '"required":["input"]'),
    "web search": (_searching("web_search"), '[{"googleSearch":{}}]'),
    "code execution": (_searching("code_execution"), '[{"codeExecution":{}}]'),
    "file search": (_searching("file_search"), ""),
    "response schema": (
        {"response_schema": ResponseSchema({"type": "object", "properties": {"a": {"type": "string"}}})},
        "responseJsonSchema",
    ),
    "json mode": ({"json_mode": True}, '{"responseMimeType":"application/json"}'),
    "forced tool": (
        {"tools": TWO, "tool_choice": ForcedTool("look")},
        '{"mode":"ANY","allowedFunctionNames":["look"]}',
    ),
    "allowed tools": (
        {"tools": TWO, "tool_choice": AllowedTools(("look", "other"))},
        '{"mode":"VALIDATED","allowedFunctionNames":["look","other"]}',
    ),
}


def test_every_kind_stands_in_the_table_and_here() -> None:
    assert CONTENT.keys() == SAMPLES.keys() == set(CONTENT_KINDS)


@pytest.mark.parametrize("kind", CONTENT_KINDS)
def test_each_kind_of_content_is_carried_warned_of_or_refused_as_the_table_says(kind: ContentKind) -> None:
    given, trace = SAMPLES[kind]
    request = attrs.evolve(ChatRequest("gemini-3-pro", (user("q"),)), **given)
    sent = unwrap_or_failure(GEMINI.chat.write_request(request, TARGET, False))
    match CONTENT[kind]:
        case "refused":
            assert isinstance(sent, UnsupportedFeature)
        case "dropped":
            assert isinstance(sent, WireRequest)
            assert len(sent.warnings) == 1
        case _:
            assert isinstance(sent, WireRequest)
            assert trace in dumps_text(sent.body)
            assert sent.warnings == ()


def test_media_in_results_go_beside_them_to_models_that_take_none_there() -> None:
    given, _ = SAMPLES["image in a tool result"]
    request = attrs.evolve(ChatRequest("m", (user("q"),)), **given)
    sent = unwrap_or_failure(GEMINI.chat.write_request(request, Target("gemini", "gemini-2.5-flash"), False))
    assert isinstance(sent, WireRequest)
    contents: Any = as_object(sent.body)["contents"]
    *_, result, beside = contents
    assert "parts" not in dumps_text(result["parts"][0])
    assert "inlineData" in dumps_text(beside["parts"][1])
    assert "call c1" in beside["parts"][0]["text"]


def test_a_gif_is_refused_with_what_is_taken() -> None:
    request = ChatRequest("m", (user(Image(Bytes(b"GIF89a", "image/png"))),))
    refused = unwrap_or_failure(GEMINI.chat.write_request(request, TARGET, False))
    assert isinstance(refused, UnsupportedFeature)
    assert "image/gif (Gemini takes PNG, JPEG, WEBP, HEIC and HEIF)" in refused.detail


def test_calls_that_another_model_made_get_the_mark_that_gemini_3_demands() -> None:
    request = ChatRequest("m", (user("q"), assistant(CALL, OTHER), tool(CALL, "1"), tool(OTHER, "2")))
    for model, marked in (
        ("gemini-3-pro", ["skip_thought_signature_validator", None]),
        ("gemini-2.5-pro", [None, None]),
    ):
        sent = unwrap_or_failure(GEMINI.chat.write_request(request, Target("gemini", model), False))
        assert isinstance(sent, WireRequest)
        contents: Any = as_object(sent.body)["contents"]
        assert [part.get("thoughtSignature") for part in contents[1]["parts"]] == marked
