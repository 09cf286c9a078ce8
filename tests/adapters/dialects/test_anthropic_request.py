"""Requests of the Anthropic dialect, literally."""

from __future__ import annotations

import attrs
import pytest

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest, Thinking, ask
from pointsman.core.chat.tool import ForcedTool, ResponseSchema
from pointsman.core.error import (
    InvalidRequest,
    UnsupportedFeature,
)
from pointsman.core.json import Json, JsonObject, as_object
from tests.adapters.dialects.anthropic_wire import (
    CHAT,
    MODEL,
    SIGNED,
    TARGET,
    WEATHER,
    body,
    failure,
    good,
    subjects,
    wire,
)

CLOSED: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}


def test_a_full_request_is_what_the_api_documents() -> None:
    call = ToolCall("toolu_01", "get_weather", '{"city":"Kyiv"}')
    other = ToolCall("toolu_02", "get_weather", '{"city":"Lviv"}')
    request = ChatRequest(
        MODEL,
        (
            system("Be brief."),
            user("Look:", Image(Bytes(b"\x89PNG", "image/png")), Image(Url("https://e.org/a.png"))),
            assistant(Reasoning("hm", SIGNED), Text("I ask."), call, other),
            tool(call, "8 °C", Image(Bytes(b"x", "image/jpeg"))),
            tool(other, "no station", is_error=True),
            user("And?"),
        ),
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        max_tokens=300,
        stop=("END",),
        tools=(attrs.evolve(WEATHER, strict=True),),
        tool_choice=ForcedTool("get_weather"),
        parallel_tools=False,
        response_schema=ResponseSchema(CLOSED),
        metadata={"user_id": "u1"},
        extra={"inference_geo": "eu"},
    )
    sent = wire(request, stream=True)
    assert (sent.method, sent.path, dict(sent.headers)) == ("POST", "/v1/messages", {"anthropic-version": "2023-06-01"})
    assert sent.warnings == ()
    assert sent.body == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 300,
        "system": "Be brief.",
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 5,
        "inference_geo": "eu",
        "stop_sequences": ["END"],
        "stream": True,
        "metadata": {"user_id": "u1"},
        "output_config": {"format": {"type": "json_schema", "schema": CLOSED}},
        "tool_choice": {"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True},
        "tools": [
            {
                "name": "get_weather",
                "description": "Weather in a city",
                "input_schema": {**WEATHER.parameters, "additionalProperties": False},
                "strict": True,
            }
        ],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
                    {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "EqQBCgIYAhIM"},
                    {"type": "text", "text": "I ask."},
                    {"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"city": "Kyiv"}},
                    {"type": "tool_use", "id": "toolu_02", "name": "get_weather", "input": {"city": "Lviv"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_01",
                        "content": [
                            {"type": "text", "text": "8 °C"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "eA=="}},
                        ],
                    },
                    {"type": "tool_result", "tool_use_id": "toolu_02", "content": "no station", "is_error": True},
                    {"type": "text", "text": "And?"},
                ],
            },
        ],
    }


def test_the_least_request_has_the_default_of_max_tokens_and_nothing_else() -> None:
    assert wire(ask(MODEL, "Hi")) == WireRequest(
        "/v1/messages",
        {"model": MODEL, "max_tokens": 32000, "messages": [{"role": "user", "content": "Hi"}]},
        headers={"anthropic-version": "2023-06-01"},
    )


@pytest.mark.parametrize(
    ("thinking", "sent"),
    [
        (Thinking(budget=2000), {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
        (Thinking("high"), {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (
            Thinking("low", show=False),
            {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "low"}},
        ),
        (
            Thinking("max", 3000, True),
            {
                "thinking": {"type": "enabled", "budget_tokens": 3000, "display": "summarized"},
                "output_config": {"effort": "max"},
            },
        ),
        (Thinking("none"), {"thinking": {"type": "disabled"}}),
        (Thinking(budget=0), {"thinking": {"type": "disabled"}}),
    ],
)
def test_thinking_on_the_wire(thinking: Thinking, sent: JsonObject) -> None:
    got = as_object(
        wire(attrs.evolve(ask("", "Hi"), thinking=thinking), target=Target("anthropic", "claude-opus-4-6")).body
    )
    assert {name: got[name] for name in ("thinking", "output_config") if name in got} == sent


@pytest.mark.parametrize(
    ("model", "thinking", "limit", "sent"),
    [
        ("claude-sonnet-4-5", Thinking("medium"), None, {"thinking": {"type": "enabled", "budget_tokens": 8192}}),
        ("claude-sonnet-4-5", Thinking("max"), 20000, {"thinking": {"type": "enabled", "budget_tokens": 10000}}),
        ("claude-3-7-sonnet-20250219", Thinking("low"), 1500, {"thinking": {"type": "disabled"}}),
        (
            "claude-opus-4-20250514",
            Thinking("low", 3000),
            None,
            {"thinking": {"type": "enabled", "budget_tokens": 3000}},
        ),
        (
            "claude-opus-5",
            Thinking(budget=9000),
            None,
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        ),
        (
            "claude-opus-4-7",
            Thinking("xhigh", 100, True),
            None,
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "xhigh"}},
        ),
    ],
)
def test_a_model_is_told_how_much_to_think_in_words_that_it_knows(
    model: str, thinking: Thinking, limit: int | None, sent: JsonObject
) -> None:
    request = attrs.evolve(ask(model, "Hi"), thinking=thinking, max_tokens=limit)
    written = wire(request, target=Target("anthropic", model))
    got = as_object(written.body)
    assert {name: got[name] for name in ("thinking", "output_config") if name in got} == sent
    assert [warning.subject for warning in written.warnings] == ["thinking"]


def test_max_tokens_is_always_above_the_thinking_budget() -> None:
    thoughtful = attrs.evolve(ask(MODEL, "Hi"), thinking=Thinking(budget=5000))
    assert body(thoughtful)["max_tokens"] == 32000
    assert body(attrs.evolve(thoughtful, thinking=Thinking(budget=40000)))["max_tokens"] == 44096
    refused = failure(attrs.evolve(thoughtful, max_tokens=5000))
    assert isinstance(refused, InvalidRequest)
    assert refused.problems == ("max_tokens: 5000 is not above the thinking budget of 5000 tokens",)
    assert body(attrs.evolve(thoughtful, max_tokens=5001))["max_tokens"] == 5001


@pytest.mark.parametrize(
    ("request_", "subject", "name", "value"),
    [
        (ChatRequest(MODEL, (user("x"),), temperature=1.5), "temperature", "temperature", 1.0),
        (
            ChatRequest(MODEL, (user("x"),), temperature=0.2, thinking=Thinking(budget=2000)),
            "temperature",
            "temperature",
            None,
        ),
        (ChatRequest(MODEL, (user("x"),), seed=7), "seed", "seed", None),
        (
            ChatRequest(MODEL, (user("x"),), metadata={"team": "a", "user_id": "u"}),
            "metadata",
            "metadata",
            {"user_id": "u"},
        ),
        (
            ChatRequest(MODEL, (user("x"),), thinking=Thinking(budget=5)),
            "thinking",
            "thinking",
            {"type": "enabled", "budget_tokens": 1024},
        ),
        (
            ChatRequest(MODEL, (user("x"),), thinking=Thinking("minimal")),
            "thinking",
            "thinking",
            {"type": "enabled", "budget_tokens": 2048},
        ),
        (ChatRequest(MODEL, (user("x"), system("s"))), "messages", "system", "s"),
        (ChatRequest(MODEL, (Message("user", (Text("x"),), name="ann"),)), "message.name", "name", None),
    ],
)
def test_what_the_wire_lacks_is_warned_of_or_fails(request_: ChatRequest, subject: str, name: str, value: Json) -> None:
    assert subjects(request_) == [subject]
    assert body(request_).get(name) == value
    strict = failure(attrs.evolve(request_, on_unsupported="fail"))
    assert isinstance(strict, UnsupportedFeature)
    assert strict.feature == subject


def test_reasoning_of_others_is_left_out_and_our_own_goes_back_verbatim() -> None:
    foreign = (Reasoning("a", Opaque("gemini", "thoughtSignature", "zz")), Reasoning("b"))
    own = (Reasoning("", SIGNED), Reasoning("", Opaque("anthropic", "redacted_thinking", "Zm9v"), redacted=True))
    request = ChatRequest(MODEL, (user("x"), Message("assistant", (*foreign, *own, Text("y"))), user("z")))
    assert subjects(request) == ["reasoning"]
    assert body(request)["messages"][1]["content"] == [  # type: ignore[index,call-overload]  # known shape
        {"type": "thinking", "thinking": "", "signature": "EqQBCgIYAhIM"},
        {"type": "redacted_thinking", "data": "Zm9v"},
        {"type": "text", "text": "y"},
    ]


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            File(Bytes(b"%PDF", "application/pdf"), "a.pdf"),
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                "title": "a.pdf",
            },
        ),
        (
            File(Url("https://e.org/a.pdf")),
            {"type": "document", "source": {"type": "url", "url": "https://e.org/a.pdf"}},
        ),
        (File(FileId("file_1")), {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
        (
            File(Bytes(b"hi", "text/markdown")),
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hi"}},
        ),
        (
            Image(Url("data:image/gif;base64,R0lG")),
            {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lG"}},
        ),
    ],
)
def test_media_on_the_wire(part: Part, block: JsonObject) -> None:
    assert body(ChatRequest(MODEL, (user(part),)))["messages"] == [{"role": "user", "content": [block]}]


def test_content_that_cannot_be_carried_always_fails() -> None:
    sound = failure(ChatRequest(MODEL, (user(Audio(Bytes(b"", "audio/wav"))),)))
    sheet = failure(ChatRequest(MODEL, (user(File(Bytes(b"", "application/vnd.ms-excel"))),)))
    assert isinstance(sound, UnsupportedFeature)
    assert isinstance(sheet, UnsupportedFeature)
    assert (sound.feature, sheet.feature) == ("audio", "files other than PDF and text")
    misplaced = failure(ChatRequest(MODEL, (user("x"), assistant(Image(Url("https://e.org/a.png"))))))
    assert isinstance(misplaced, InvalidRequest)
    assert misplaced.problems == ("messages: assistant messages cannot hold Image parts",)


def test_arguments_that_are_no_object_and_ids_of_others_are_made_acceptable() -> None:
    call = ToolCall("call:1", "f", '{"a": ')
    request = ChatRequest(MODEL, (user("x"), assistant(call), tool(call, "bad")))
    assert subjects(request) == ["arguments"]
    turns = body(request)["messages"]
    assert turns == [
        {"role": "user", "content": "x"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_1", "name": "f", "input": {"INVALID_JSON": '{"a": '}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "bad"}]},
    ]


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        ("auto", None, {"type": "auto"}),
        ("none", False, {"type": "none"}),
        ("required", True, {"type": "any", "disable_parallel_tool_use": False}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (None, None, None),
    ],
)
def test_tool_choice_on_the_wire(choice: None, parallel: bool | None, sent: Json) -> None:
    request = ChatRequest(MODEL, (user("x"),), tools=(WEATHER,), tool_choice=choice, parallel_tools=parallel)
    assert body(request).get("tool_choice") == sent


def test_what_a_provider_lacks_is_left_out_or_refused() -> None:
    target = attrs.evolve(TARGET, quirks=Quirks(lacks=frozenset({"stop", "top_p", "tools"})))
    soft = wire(ChatRequest(MODEL, (user("x"),), stop=("a",), top_p=0.5), target=target)
    assert [warning.subject for warning in soft.warnings] == ["top_p", "stop"]
    assert soft.body is not None
    assert {"stop_sequences", "top_p"} & soft.body.keys() == set()
    hard = CHAT.write_request(ChatRequest(MODEL, (user("x"),), tools=(WEATHER,)), target, False).failure()
    assert isinstance(hard, UnsupportedFeature)


def test_extra_is_joined_and_a_typed_field_stays_with_a_warning() -> None:
    request = attrs.evolve(
        ask(MODEL, "x"),
        max_tokens=5,
        response_schema=ResponseSchema(CLOSED),
        extra={"max_tokens": 6, "output_config": {"task_budget": {"total": 9}}, "speed": "fast"},
    )
    sent = body(request)
    assert sent["max_tokens"] == 5
    assert sent["output_config"] == {
        "format": {"type": "json_schema", "schema": CLOSED},
        "task_budget": {"total": 9},
    }
    assert sent["speed"] == "fast"
    assert subjects(request) == ["extra.max_tokens"]
    assert body(attrs.evolve(ask(MODEL, "x"), extra={"max_tokens": 6}))["max_tokens"] == 6


def test_the_server_reads_the_short_forms_and_lists_every_problem() -> None:
    call = good(
        CHAT.read_request(
            Inbound(
                {
                    "model": "m",
                    "max_tokens": 10,
                    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
                    "messages": [
                        {
                            "role": "user",
                            "content": [
                                {"type": "text", "text": "q"},
                                {"type": "tool_result", "tool_use_id": "a", "content": "r"},
                            ],
                        },
                        {"role": "system", "content": "later"},
                    ],
                    "output_config": {"effort": "xhigh"},
                    "stream": True,
                }
            )
        )
    )
    assert call == InboundCall(
        ChatRequest(
            "m",
            (
                Message("system", (Text("s", cache_control=CacheControl()),)),
                Message("tool", (ToolResult("a", "", (Text("r"),)),)),
                user("q"),
                system("later"),
            ),
            max_tokens=10,
            thinking=Thinking("xhigh"),
        ),
        True,
    )
    wrong = CHAT.read_request(
        Inbound(
            {
                "messages": [
                    {"role": "robot", "content": "x"},
                    {
                        "role": "user",
                        "content": [{"text": "x"}, {"type": "image", "source": {"type": "base64", "data": "§"}}],
                    },
                ],
                "temperature": "hot",
                "max_tokens": 0,
                "tools": [{"description": "nameless"}, 7],
                "tool_choice": {"type": "maybe"},
            }
        )
    ).failure()
    assert [problem.partition(":")[0] for problem in wrong.problems] == [
        "model",
        "messages[0].role",
        "messages[1].content[0].type",
        "messages[1].content[1].source.data",
        "tools[1]",
        "tools[0].name",
        "tools[1].name",
        "temperature",
        "max_tokens",
        "tool_choice.type",
    ]


def test_results_come_first_in_their_turn() -> None:
    call = ToolCall("t", "f", "{}")
    mixed = user("so", ToolResult("t", "f", (Text("r"),)))
    turns = body(ChatRequest(MODEL, (user("x"), assistant(call), mixed)))["messages"]
    assert isinstance(turns, list)
    assert turns[-1] == {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}, {"type": "text", "text": "so"}],
    }
