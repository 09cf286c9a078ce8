"""Literal bodies of OpenAI chat requests and answers, as the providers document them."""

from __future__ import annotations

from typing import Any

import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest, Thinking, ask
from pointsman.core.chat.response import ChatResponse, Choice, Finish, FinishReason, Other
from pointsman.core.chat.tool import ForcedTool, ResponseSchema, Tool
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import ContentFiltered, InvalidRequest, InvalidResponse, UnsupportedFeature
from pointsman.core.json import Json

CHAT = OPENAI_CHAT.chat
TARGET = Target("openai", "gpt-x")
SCHEMA: dict[str, Json] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CLOSED: dict[str, Json] = {**SCHEMA, "additionalProperties": False}
CALL = ToolCall("call_9", "weather", '{"city":"Ulm"}')


def wired(request: ChatRequest, *, stream: bool = False, **quirks: Any) -> WireRequest:
    return CHAT.write_request(request, Target("acme", "gpt-x", Quirks(**quirks)), stream).unwrap()


def body_of(request: ChatRequest, *, stream: bool = False, **quirks: Any) -> dict[str, Any]:
    return dict(wired(request, stream=stream, **quirks).body or {})


def messages_of(*messages: Message, **quirks: Any) -> list[Any]:
    found = body_of(ChatRequest("gpt-x", messages), **quirks)["messages"]
    assert isinstance(found, list)
    return found


def test_a_plain_question_has_no_field_that_nobody_set() -> None:
    wire = wired(ask("acme/gpt-x", "Hi"))
    assert (wire.method, wire.path) == ("POST", "/chat/completions")
    assert wire.body == {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}


def test_every_parameter_stands_in_its_field() -> None:
    request = ChatRequest(
        "gpt-x",
        (system("Be brief."), user("Weather?")),
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        stop=("END",),
        seed=7,
        tools=(Tool("weather", "Tells it.", SCHEMA, strict=True),),
        tool_choice=ForcedTool("weather"),
        parallel_tools=False,
        response_schema=ResponseSchema(SCHEMA, "place", strict=True),
        thinking=Thinking("low"),
        metadata={"run": "1"},
        extra={"temperature": 0.7, "repetition_penalty": 1.1},
    )
    assert body_of(request, stream=True) == {
        "model": "gpt-x",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "stop": ["END"],
        "seed": 7,
        "tools": [
            {
                "type": "function",
                "function": {"name": "weather", "description": "Tells it.", "parameters": CLOSED, "strict": True},
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "place", "schema": CLOSED, "strict": True}},
        "reasoning_effort": "low",
        "metadata": {"run": "1"},
        "stream": True,
        "stream_options": {"include_usage": True},
        "repetition_penalty": 1.1,
    }


def test_content_of_every_kind() -> None:
    message = user(
        "See:",
        Image(Bytes(b"\x89PNG", "image/png"), "low"),
        Image(Url("https://example.com/a.png")),
        Audio(Bytes(b"RIFF", "audio/wav")),
        File(Bytes(b"%PDF", "application/pdf"), "a.pdf"),
        File(FileId("file-1")),
    )
    assert messages_of(message)[0]["content"] == [
        {"type": "text", "text": "See:"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw==", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]


def test_tool_turns() -> None:
    other = ToolCall("call_10", "clock", "{}")
    picture = Image(Bytes(b"\x89PNG", "image/png"))
    results = Message(
        "tool", (ToolResult("call_9", "weather", (Text("rain"), picture)), ToolResult("call_10", "clock", ()))
    )
    sent = messages_of(user("?"), assistant(CALL, other), results, tool(CALL, "no net", is_error=True))
    assert sent[1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_9", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Ulm"}'}},
            {"id": "call_10", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
        ],
    }
    assert [message["role"] for message in sent[2:]] == ["tool", "tool", "tool", "user"]
    assert sent[2] == {"role": "tool", "tool_call_id": "call_9", "content": "rain"}
    assert sent[3] == {"role": "tool", "tool_call_id": "call_10", "content": ""}
    assert sent[4]["content"] == "Error: no net"
    label, beside = sent[5]["content"]
    assert label == {"type": "text", "text": "Of the result of weather (call call_9):"}
    assert beside["type"] == "image_url"


def test_a_refusal_goes_back_as_one() -> None:
    assert messages_of(user("?"), assistant(Refusal("No.")))[1] == {
        "role": "assistant",
        "content": None,
        "refusal": "No.",
    }


@pytest.mark.parametrize(
    ("thinking", "field", "expected", "noted"),
    [
        (Thinking("high"), "reasoning_effort", {"reasoning_effort": "high"}, []),
        (Thinking("max"), "reasoning_effort", {"reasoning_effort": "max"}, []),
        (Thinking("xhigh"), "reasoning_effort", {"reasoning_effort": "xhigh"}, []),
        (Thinking(budget=99), "reasoning_effort", {}, ["thinking.budget"]),
        (Thinking("low", show=False), "reasoning", {"reasoning": {"effort": "low", "exclude": True}}, []),
        (Thinking("low", 99), "reasoning", {"reasoning": {"effort": "low"}}, ["thinking.budget"]),
        (Thinking(budget=99), "reasoning", {"reasoning": {"max_tokens": 99}}, []),
        (Thinking("none"), "thinking", {"thinking": {"type": "disabled"}}, []),
        (Thinking("high"), "thinking", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}, []),
        (Thinking("high"), "none", {}, ["thinking"]),
    ],
)
def test_effort_in_each_providers_field(thinking: Thinking, field: str, expected: Json, noted: list[str]) -> None:
    wire = wired(ChatRequest("gpt-x", (user("?"),), thinking=thinking), effort_field=field)
    body = {name: value for name, value in (wire.body or {}).items() if name not in ("model", "messages")}
    assert body == expected
    assert [warning.subject for warning in wire.warnings] == noted


def test_fields_by_quirk() -> None:
    request = ChatRequest("gpt-x", (user("?"),), max_tokens=5, seed=1)
    body = body_of(
        request, stream=True, max_tokens_field="max_completion_tokens", seed_field="random_seed", stream_usage=False
    )
    assert body == {
        "model": "gpt-x",
        "messages": [{"role": "user", "content": "?"}],
        "max_completion_tokens": 5,
        "random_seed": 1,
        "stream": True,
    }


def test_what_a_provider_lacks_is_left_out_with_a_warning_or_refused() -> None:
    request = ChatRequest("gpt-x", (user("?"),), seed=1, stop=("x",), on_unsupported="warn")
    wire = wired(request, lacks=frozenset({"seed", "stop", "temperature"}))
    assert wire.body == {"model": "gpt-x", "messages": [{"role": "user", "content": "?"}]}
    assert sorted(warning.subject for warning in wire.warnings) == ["seed", "stop"]
    with_tools = ChatRequest("gpt-x", (user("?"),), tools=(Tool("weather"),))
    lost = CHAT.write_request(with_tools, Target("acme", "gpt-x", Quirks(lacks=frozenset({"tools"}))), False)
    assert unwrap_or_failure(lost) == UnsupportedFeature(
        detail="it cannot carry tools", feature="tools", provider="acme", model="gpt-x"
    )


def test_json_mode_puts_the_schema_into_the_system_prompt() -> None:
    request = ChatRequest("gpt-x", (system("Be brief."), user("?")), response_schema=ResponseSchema(SCHEMA))
    body = body_of(request, schema="json_object")
    assert body["response_format"] == {"type": "json_object"}
    said = body["messages"][0]["content"]
    assert said.startswith("Be brief.\n\nAnswer with one JSON object")
    assert said.endswith('{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}')
    alone = body_of(ChatRequest("gpt-x", (user("?"),), response_schema=ResponseSchema(SCHEMA)), schema="json_object")
    assert [message["role"] for message in alone["messages"]] == ["system", "user"]


def test_reasoning_goes_back_only_where_it_is_wanted() -> None:
    turn = (user("?"), assistant(Reasoning("Hm."), CALL), tool(CALL, "rain"))
    dropped = wired(ChatRequest("gpt-x", turn))
    assert [warning.subject for warning in dropped.warnings] == ["reasoning"]
    assert "reasoning_content" not in messages_of(*turn)[1]
    assert messages_of(*turn, replay_reasoning=True)[1]["reasoning_content"] == "Hm."
    assert messages_of(*turn, replay_reasoning=True, reasoning_field="reasoning")[1]["reasoning"] == "Hm."
    bare = (user("?"), assistant(CALL), tool(CALL, "rain"))
    assert messages_of(*bare, replay_reasoning=True)[1]["reasoning_content"] == ""


def test_opaque_state_goes_back_to_its_origin_alone() -> None:
    details = Opaque("openrouter", "reasoning_details", '[{"type":"reasoning.encrypted","data":"abc"}]')
    signed = ToolCall("call_1", "weather", "{}", Opaque("gemini", "thought_signature", "sig"))
    turn = (user("?"), assistant(Reasoning("", details, redacted=True), signed), tool(signed, "rain"))
    sent = messages_of(*turn, effort_field="reasoning", origins=frozenset({"gemini", "openrouter"}))[1]
    assert sent["reasoning_details"] == [{"type": "reasoning.encrypted", "data": "abc"}]
    assert sent["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "sig"}}
    foreign = wired(ChatRequest("gpt-x", turn))
    assert sorted(warning.subject for warning in foreign.warnings) == ["reasoning", "state"]
    assert "extra_content" not in str(foreign.body)
    assert "abc" not in str(foreign.body)


@pytest.mark.parametrize(
    "message",
    [
        user(File(Url("https://example.com/a.pdf"))),
        assistant(Image(Url("https://example.com/a.png"))),
        Message("system", (Image(Url("https://example.com/a.png")),)),
    ],
)
def test_content_without_a_place_on_the_wire_is_never_dropped(message: Message) -> None:
    written = unwrap_or_failure(CHAT.write_request(ChatRequest("gpt-x", (message,)), TARGET, False))
    assert isinstance(written, UnsupportedFeature)
    assert message.role in written.feature


def test_a_required_tool_without_tools_is_rejected() -> None:
    request = ChatRequest("gpt-x", (user("?"),), tool_choice="required")
    assert isinstance(unwrap_or_failure(CHAT.write_request(request, TARGET, False)), InvalidRequest)


def test_a_server_reads_what_sdks_send() -> None:
    body: dict[str, Json] = {
        "model": "gpt-x",
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "t", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "ok"},
        ],
        "max_completion_tokens": 9,
        "stop": "END",
        "stream": True,
        "n": 1,
    }
    asked = CHAT.read_request(Inbound(body)).unwrap()
    assert asked.request.messages[0] == system("Be brief.")
    assert asked.request.messages[2].parts == (ToolResult("c1", "t", (Text("ok"),)),)
    assert (asked.request.max_tokens, asked.request.stop, asked.request.n, asked.request.extra) == (9, ("END",), 1, {})
    assert (asked.stream, asked.include_usage) == (True, False)


def test_a_server_says_everything_that_is_wrong() -> None:
    body: dict[str, Json] = {
        "messages": [{"role": "wizard"}, {"role": "user"}, {"role": "tool"}],
        "temperature": "hot",
        "stop": 3,
        "tools": [{"type": "function"}],
        "tool_choice": {"type": "x"},
    }
    problem = unwrap_or_failure(CHAT.read_request(Inbound(body)))
    assert isinstance(problem, InvalidRequest)
    assert [text.partition(":")[0] for text in problem.problems] == [
        "model",
        "messages[0].role",
        "messages[1].content",
        "messages[2].tool_call_id",
        "tools[0].function.name",
        "temperature",
        "stop",
        "tool_choice",
    ]


def answer(message: Json, finish: str | None = "stop", **more: Json) -> dict[str, Json]:
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-x-1",
        "choices": [choice],
        **more,
    }


def read(body: Json, **quirks: Any) -> ChatResponse:
    return CHAT.read_response(body, Target("acme", "gpt-x", Quirks(**quirks))).unwrap()


def test_a_documented_answer() -> None:
    body = answer(
        {"role": "assistant", "content": "Hello!", "refusal": None, "annotations": []},
        usage={
            "prompt_tokens": 19,
            "completion_tokens": 10,
            "total_tokens": 29,
            "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4, "accepted_prediction_tokens": 0},
        },
        service_tier="default",
    )
    assert read(body) == ChatResponse(
        parts=(Text("Hello!"),),
        finish_reason=Finish.STOP,
        usage=Usage(19, 10, 3, None, 4),
        service_tier="default",
        model="gpt-x-1",
        provider="acme",
        id="chatcmpl-1",
    )


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("stop", Finish.STOP),
        ("length", Finish.LENGTH),
        ("tool_calls", Finish.TOOL_CALLS),
        ("function_call", Finish.TOOL_CALLS),
        ("content_filter", Finish.CONTENT_FILTER),
        ("eos", Finish.STOP),
        ("model_length", Finish.CONTEXT_FULL),
        ("insufficient_system_resource", Other("insufficient_system_resource")),
        (None, Other("")),
    ],
)
def test_finish_reasons(raw: str | None, finish: FinishReason) -> None:
    assert read(answer({"content": "x"}, raw)).finish_reason == finish


def test_stop_with_calls_means_calls_and_with_a_refusal_a_refusal() -> None:
    call: Json = {"id": "c", "type": "function", "function": {"name": "t", "arguments": "{}"}}
    assert read(answer({"content": None, "tool_calls": [call]})).finish_reason is Finish.TOOL_CALLS
    refused = read(answer({"content": None, "refusal": "I can't."}))
    assert (refused.finish_reason, refused.parts) == (Finish.REFUSAL, (Refusal("I can't."),))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, UNKNOWN),
        ({}, UNKNOWN),
        ({"prompt_tokens": 5, "completion_tokens": None}, Usage(5)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}, Usage(5, 2, 4)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "cached_tokens": 0}, Usage(5, 2, 0)),
        (
            {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 2}},
            Usage(5, None, 1, 2),
        ),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 2,
                "total_tokens": 17,
                "completion_tokens_details": {"reasoning_tokens": 10},
            },
            Usage(5, 12, None, None, 10),
        ),
        ({"prompt_tokens": -1, "completion_tokens": "2"}, UNKNOWN),
    ],
)
def test_usage(usage: Json, expected: Usage) -> None:
    assert read(answer({"content": "x"}, usage=usage)).usage == expected


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"content": "A", "reasoning_content": "B"}, (Reasoning("B"), Text("A"))),
        ({"content": "A", "reasoning": "B"}, (Reasoning("B"), Text("A"))),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "B"}]},
                    {"type": "text", "text": "A"},
                ]
            },
            (Reasoning("B"), Text("A")),
        ),
        (
            {"tool_calls": [{"function": {"name": "t", "arguments": {"a": [1, 2]}}}]},
            (ToolCall("call_0", "t", '{"a":[1,2]}'),),
        ),
        ({"function_call": {"name": "t", "arguments": "{}"}}, (ToolCall("call_0", "t", "{}"),)),
        (
            {"content": "A", "audio": {"id": "a", "data": "UklGRg==", "transcript": "T", "expires_at": 1}},
            (Text("A"), Audio(Bytes(b"RIFF", "audio/wav"), "T")),
        ),
    ],
)
def test_messages_as_servers_vary_them(message: Json, parts: tuple[object, ...]) -> None:
    assert read(answer(message)).parts == parts


def test_state_comes_on_its_part() -> None:
    call: Json = {
        "id": "c1",
        "function": {"name": "t", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "sig"}},
    }
    details: Json = [{"type": "reasoning.text", "text": "B", "signature": "s"}]
    parts = read(answer({"reasoning": "B", "reasoning_details": details, "tool_calls": [call]})).parts
    assert parts == (
        Reasoning(
            "B", Opaque("openrouter", "reasoning_details", '[{"type":"reasoning.text","text":"B","signature":"s"}]')
        ),
        ToolCall("c1", "t", "{}", Opaque("gemini", "thought_signature", "sig")),
    )


def test_think_tags() -> None:
    text = "<think>\nHm.\n</think>\n\nYes."
    assert read(answer({"content": text}), think_tags=True).parts == (Reasoning("Hm."), Text("Yes."))
    assert read(answer({"content": text})).parts == (Text(text),)
    assert read(answer({"content": "<think>Hm"}, "length"), think_tags=True).parts == (Reasoning("Hm"),)


def test_of_several_choices_the_first_is_the_answer_and_the_others_stand_beside_it() -> None:
    body = answer({"content": "A"})
    body["choices"] = [
        {"index": 1, "message": {"content": "B"}, "finish_reason": "length"},
        {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"},
    ]
    response = read(body)
    assert response.text == "A"
    assert response.choices == (Choice(parts=(Text("B"),), finish_reason=Finish.LENGTH),)


def test_a_filter_that_was_down_is_told() -> None:
    body = answer({"content": "A"})
    body["choices"] = [
        {"message": {"content": "A"}, "content_filter_results": {"error": {"code": "content_filter_error"}}}
    ]
    assert [warning.subject for warning in read(body).warnings] == ["content_filter"]


@pytest.mark.parametrize("body", [{}, [], None, 3, {"choices": []}, {"choices": [{}]}, {"choices": None, "id": "x"}])
def test_a_body_without_an_answer_is_an_invalid_response(body: Json) -> None:
    assert isinstance(unwrap_or_failure(CHAT.read_response(body, TARGET)), InvalidResponse)


@pytest.mark.parametrize(
    ("body", "tag", "status"),
    [
        ({"error": {"message": "Provider returned error", "code": 502}}, "ModelUnavailable", 502),
        ({"error": {"message": "Insufficient credits", "code": 402}, "user_id": "u"}, "QuotaExhausted", 402),
        ({"error": "Unexpected endpoint or method. (POST /v1/foo)"}, "ModelNotFound", 200),
        ({"object": "error", "message": "bad", "type": "invalid_request_error", "code": 400}, "InvalidRequest", 400),
        (
            {"choices": [{"error": {"message": "Slow down", "code": 429}, "message": {"content": ""}}]},
            "RateLimitExceeded",
            429,
        ),
        ({"choices": [{"finish_reason": "error", "message": {"content": "A"}}]}, "ModelUnavailable", None),
    ],
)
def test_an_error_inside_a_200(body: Json, tag: str, status: int | None) -> None:
    error = unwrap_or_failure(CHAT.read_response(body, TARGET))
    assert not isinstance(error, ChatResponse)
    assert (error.tag, error.status) == (tag, status)


def test_a_filtered_answer_is_an_answer_with_that_reason() -> None:
    response = read(answer({"content": ""}, "content_filter"))
    assert (response.parts, response.finish_reason) == ((), Finish.CONTENT_FILTER)


def test_a_written_answer_has_openais_shape() -> None:
    response = ChatResponse(
        parts=(Text("Hi"), CALL), finish_reason=Finish.TOOL_CALLS, usage=Usage(3, 2), model="m", id="x", provider="p"
    )
    assert CHAT.write_response(response, InboundCall(ask("m", "?"), at=1_790_000_000.5)) == {
        "id": "x",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": None,
                    "tool_calls": [
                        {
                            "id": "call_9",
                            "type": "function",
                            "function": {"name": "weather", "arguments": '{"city":"Ulm"}'},
                        }
                    ],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def test_routes_are_those_of_the_sdk() -> None:
    found = {(route.method, route.pattern): route.operation for route in OPENAI_CHAT.routes}
    assert found[("POST", "/v1/chat/completions")] == "chat"
    assert found[("GET", "/v1/models/{model}")] == "model"
    assert isinstance(CHAT.read_response(answer({"content": "x"}), TARGET), Success)
    filtered: Json = {"error": {"code": "content_filter", "message": "no"}}
    assert isinstance(CHAT.read_response(filtered, TARGET), Failure)
    assert isinstance(unwrap_or_failure(CHAT.read_response(filtered, TARGET)), ContentFiltered)
