"""Whole answers: every item is read, and what is written is what OpenAI's own SDK takes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from openai.types.responses import Response
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import ChatCall, InboundCall, Target
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.message import assistant, system, user
from pointsman.core.chat.original import OriginalRequest
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    Citation,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.response import ChatResponse, Finish, TokenLogprob
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidResponse, RateLimitExceeded
from tests.adapters.dialects.openai_responses.test_tools import FUNCTION, GROUP, PATCH
from tests.adapters.dialects.openai_responses.wire import TARGET, answer, ask, read, write

MESSAGE: dict[str, Any] = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
SEARCH: dict[str, Any] = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}
CALL: ChatCall = InboundCall(ChatRequest("asked/model", (user("hi"),)), id="c0ffee", at=1_700_000_000.5)


def saying(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**MESSAGE, "content": [*blocks], **fields}


def written(response: ChatResponse, call: ChatCall = CALL) -> dict[str, Any]:
    """The Response object, once OpenAI's SDK has taken it with all its types."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(OPENAI_RESPONSES.chat.write_response(response, call)))
    Response.model_validate(document, strict=False)
    return document


def test_all_items_are_parts_in_their_order() -> None:
    response = answer(
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        SEARCH,
        saying({"type": "output_text", "text": "Green.", "annotations": []}),
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c1", "name": "patch", "input": "*** Begin"},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "c2",
            "name": "look",
            "namespace": "yard",
            "arguments": "{}",
        },
        service_tier="flex",
    )
    assert response.parts == (
        Reasoning("Hm."),
        ProviderPart("openai-responses", SEARCH),
        Text("Green."),
        ToolCall("c1", "patch", "*** Begin", freeform=True),
        ToolCall("c2", "yard__look", "{}"),
    )
    assert (response.finish_reason, response.service_tier) == (Finish.TOOL_CALLS, "flex")
    assert response.warnings == ()


def test_annotations_are_citations_and_phases_are_state() -> None:
    annotation = {"type": "url_citation", "url": "https://a.b", "title": "A", "start_index": 0, "end_index": 3}
    of_file = {"type": "file_citation", "file_id": "f", "filename": "a.pdf", "index": 3}
    block = {"type": "output_text", "text": "Green.", "annotations": [annotation, of_file]}
    (part,) = answer(saying(block, phase="commentary")).parts
    assert part == Text(
        "Green.",
        Opaque("openai", "phase", "commentary"),
        citations=(Citation("https://a.b", "A", start=0, end=3), Citation(title="a.pdf")),
    )


def test_log_probabilities_are_read_and_written() -> None:
    entry = {"token": "Hi", "logprob": -0.1, "bytes": [72, 105]}
    block = {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": [{**entry, "top_logprobs": [entry]}]}
    response = answer(saying(block))
    token = TokenLogprob("Hi", -0.1, b"Hi")
    assert response.logprobs == (TokenLogprob("Hi", -0.1, b"Hi", (token,)),)
    assert written(response)["output"][0]["content"][0]["logprobs"] == block["logprobs"]


def test_a_call_without_an_id_gets_one_of_this_call() -> None:
    call = {"type": "function_call", "name": "look", "arguments": "{}"}
    ids = [made.id for made in answer(call, call, target=Target("p", "m", nonce="7f")).tool_calls]
    assert ids == ["call_7f_0", "call_7f_1"]
    assert answer(call).tool_calls[0].id == "call_0"


@pytest.mark.parametrize(
    ("document", "finish"),
    [
        ({"status": "completed"}, Finish.STOP),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, Finish.LENGTH),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, Finish.CONTENT_FILTER),
    ],
)
def test_the_status_says_how_it_ended(document: dict[str, Any], finish: Finish) -> None:
    assert answer(saying({"type": "output_text", "text": "x"}), **document).finish_reason is finish


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_failed_answer_is_a_failure(status: str) -> None:
    outcome = OPENAI_RESPONSES.chat.read_response({"status": status, "output": []}, TARGET)
    assert isinstance(unwrap_or_failure(outcome), InvalidResponse)
    error: dict[str, Any] = {"code": "rate_limit_exceeded", "message": "slow"}
    outcome = OPENAI_RESPONSES.chat.read_response({"status": status, "error": error, "output": []}, TARGET)
    assert isinstance(unwrap_or_failure(outcome), RateLimitExceeded)


PARTS: tuple[Part, ...] = (
    Reasoning("Hm.", Opaque("anthropic", "signature", "sig")),
    ProviderPart("openai-responses", SEARCH),
    Text("Green.", citations=(Citation("https://a.b", "A"),)),
    Text("Grün.", Opaque("openai", "phase", "final_answer")),
    Refusal("No more."),
    ToolCall("c1", "patch", "*** Begin", freeform=True),
    ToolCall("c2", "mcp__docs__look", "{}"),
    Image(Bytes(b"png", "image/png")),
    Audio(Bytes(b"wav", "audio/wav"), "Hello."),
)


def test_an_answer_written_anew_is_one_that_openais_sdk_takes() -> None:
    call = InboundCall(read(tools=[GROUP, FUNCTION, PATCH]).request, id="c0ffee", at=1_700_000_000.5)
    document = written(ChatResponse(parts=PARTS, finish_reason=Finish.STOP, usage=Usage(5, 2)), call)
    assert [item["type"] for item in document["output"]] == [
        "reasoning",
        "web_search_call",
        "message",
        "message",
        "message",
        "custom_tool_call",
        "function_call",
        "image_generation_call",
        "message",
    ]
    ids = [item["id"] for item in document["output"]]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert (document["id"], document["created_at"], document["model"]) == ("resp_c0ffee", 1_700_000_000, "m")
    assert document["usage"] == {
        "input_tokens": 5,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 7,
    }
    assert document["output"][6]["namespace"] == "mcp__docs"
    assert document["output"][3]["phase"] == "final_answer"


def test_an_answer_repeats_the_settings_of_its_request() -> None:
    request = ask(
        temperature=0.5,
        thinking=Thinking("low"),
        response_schema=ResponseSchema({"type": "object"}, strict=False),
        metadata={"a": "b"},
        verbosity="low",
        max_tokens=64,
        tool_choice="none",
    )
    request = ChatRequest("m", (system("Be brief."), *request.messages), **_settings(request))
    document = written(ChatResponse(parts=(Text("x"),)), InboundCall(request))
    assert document["instructions"] == "Be brief."
    assert document["reasoning"] == {"effort": "low", "summary": None}
    assert document["text"]["verbosity"] == "low"
    assert document["text"]["format"]["type"] == "json_schema"
    assert (document["temperature"], document["metadata"], document["max_output_tokens"]) == (0.5, {"a": "b"}, 64)
    assert (document["tool_choice"], document["tools"], document["truncation"]) == ("none", [], "disabled")


def _settings(request: ChatRequest) -> dict[str, Any]:
    names = ("temperature", "thinking", "response_schema", "metadata", "verbosity", "max_tokens", "tool_choice")
    return {name: getattr(request, name) for name in names}


def test_what_the_client_wrote_in_this_dialect_is_repeated_as_it_wrote_it() -> None:
    body: dict[str, Any] = {"model": "m", "input": "hi", "truncation": "auto", "prompt_cache_key": "k", "store": True}
    original = OriginalRequest("openai-responses", "chat", body, b"", None)
    request = ChatRequest("m", (user("hi"),), original=original)
    document = written(ChatResponse(parts=(Text("x"),)), InboundCall(request))
    assert (document["truncation"], document["prompt_cache_key"], document["store"]) == ("auto", "k", True)


def test_reasoning_of_another_vendor_comes_back_from_the_client_whole() -> None:
    thought = Reasoning("Hm.", Opaque("anthropic", "signature", "sig=="))
    hidden = Reasoning("", Opaque("anthropic", "redacted_thinking", "x"), redacted=True)
    document = written(ChatResponse(parts=(thought, hidden, Text("Green."))))
    call = read(input=[{"role": "user", "content": "hi"}, *document["output"]])
    assert call.request.messages[1] == assistant(thought, hidden, "Green.")
    assert call.untranslated == ()
    assert [item["type"] for item in write(call.request)["input"]] == ["message", "message"]
