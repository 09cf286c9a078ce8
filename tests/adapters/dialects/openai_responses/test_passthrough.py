"""Between equals: the client's body with the model put in, and only what was changed on purpose changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Quirks, Target, WireRequest
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.dialects.openai_responses.passthrough import forward, forward_count, has_end, read_text, spell
from pointsman.core.chat.message import assistant, system, user
from pointsman.core.chat.part import Opaque, Reasoning, Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import Tool
from pointsman.core.merge import merge
from tests.adapters.dialects.openai_responses.test_answers import CALL
from tests.adapters.dialects.openai_responses.test_messages import HOSTED
from tests.adapters.dialects.openai_responses.test_tools import FUNCTION, GROUP, PATCH
from tests.adapters.dialects.openai_responses.wire import EMPTY, TARGET, read

CODEX: dict[str, Any] = {
    "model": "m",
    "instructions": "You are a coding agent.",
    "input": [
        {"type": "additional_tools", "role": "developer", "id": "at_1", "tools": [{**GROUP, "new": 1}]},
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief.", "x": 1}]},
        {"role": "user", "content": "Fix the typo."},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None, "encrypted_content": "opaque"},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "phase": "commentary",
            "status": "completed",
            "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
        },
        {
            "type": "custom_tool_call",
            "id": "ctc_1",
            "call_id": "c1",
            "name": "patch",
            "input": "***",
            "status": "completed",
        },
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "Done"},
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "c2",
            "name": "look",
            "namespace": "mcp__docs",
            "arguments": "{}",
        },
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "green", "y": 2}]},
        {
            "type": "tool_search_call",
            "id": "tsc_1",
            "call_id": "c3",
            "execution": "client",
            "arguments": {"query": "a"},
        },
        {
            "type": "tool_search_output",
            "id": "tso_1",
            "call_id": "c3",
            "execution": "client",
            "status": "completed",
            "tools": [{"type": "function", "name": "spawn", "parameters": EMPTY, "defer_loading": True}],
        },
        *HOSTED,
        {"role": "user", "content": [{"type": "input_text", "text": "Thanks."}]},
    ],
    "tools": [
        FUNCTION,
        PATCH,
        {"type": "tool_search", "execution": "client", "description": "Find.", "parameters": EMPTY},
        {"type": "web_search", "external_web_access": True},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "high", "summary": "concise", "context": "all_turns"},
    "store": False,
    "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
    "prompt_cache_key": "thread-7",
    "text": {"verbosity": "low"},
    "client_metadata": {"source": "codex"},
    "stream": True,
}


def changed(body: dict[str, Any], change: Callable[[ChatRequest], ChatRequest]) -> dict[str, Any]:
    """The body as it goes on after `change` was made to what was read of it."""
    request = read(**body).request
    target = attrs.evolve(TARGET, quirks=spell(body, Quirks()))
    before, now = (
        unwrap_or_failure(OPENAI_RESPONSES.chat.write_request(each, target, True))
        for each in (request, change(request))
    )
    assert isinstance(before, WireRequest)
    assert isinstance(now, WireRequest), now
    merged: dict[str, Any] = orjson.loads(orjson.dumps(merge(before.body, now.body, body)))
    return merged


def test_a_request_that_nobody_touched_is_the_clients_body() -> None:
    wire = forward(CODEX, Target("p", "other"), True)
    assert (wire.path, wire.body) == ("/responses", {**CODEX, "model": "other"})
    assert changed(CODEX, lambda request: request) == CODEX


def test_a_request_without_a_stream_says_nothing_of_streams() -> None:
    wire = forward({"model": "m", "input": "hi", "stream": True, "stream_options": {}}, Target("p", "other"), False)
    assert wire.body == {"model": "other", "input": "hi"}
    wire = forward_count({"model": "m", "input": "hi"}, Target("p", "other"), False)
    assert (wire.path, wire.body) == ("/responses/input_tokens", {"model": "other", "input": "hi"})


def _replace(text: str, by: str) -> Callable[[ChatRequest], ChatRequest]:
    def change(request: ChatRequest) -> ChatRequest:
        messages = tuple(
            attrs.evolve(message, parts=(Text(by),)) if message.text == text else message
            for message in request.messages
        )
        assert messages != request.messages
        return attrs.evolve(request, messages=messages)

    return change


def _edited(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Codex's body with one value changed."""
    body: dict[str, Any] = orjson.loads(orjson.dumps(CODEX))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda request: attrs.evolve(request, max_tokens=64), {**CODEX, "max_output_tokens": 64}),
        (lambda request: attrs.evolve(request, temperature=0.5), {**CODEX, "temperature": 0.5}),
        (_replace("You are a coding agent.", "You are a poet."), {**CODEX, "instructions": "You are a poet."}),
        (_replace("Be brief.", "Be long."), _edited(("input", 1, "content", 0, "text"), "Be long.")),
        (
            lambda request: attrs.evolve(request, messages=(*request.messages, user("More."))),
            {
                **CODEX,
                "input": [
                    *CODEX["input"],
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "More."}]},
                ],
            },
        ),
        (
            lambda request: attrs.evolve(request, tools=(*request.tools, Tool("ours", "Ours."))),
            {
                **CODEX,
                "tools": [
                    *CODEX["tools"],
                    {
                        "type": "function",
                        "name": "ours",
                        "description": "Ours.",
                        "parameters": {"type": "object", "properties": {}},
                        "strict": False,
                    },
                ],
            },
        ),
    ],
    ids=["limit", "temperature", "instructions", "developer message", "a turn", "a tool"],
)
def test_a_change_made_on_purpose_changes_nothing_else(
    change: Callable[[ChatRequest], ChatRequest], expected: dict[str, Any]
) -> None:
    assert changed(CODEX, change) == expected


def test_a_system_message_in_the_input_stays_there_when_it_is_changed() -> None:
    body = {"model": "m", "input": [{"role": "system", "content": [{"type": "input_text", "text": "A", "x": 1}]}]}
    after = changed(body, _replace("A", "B"))
    assert after["input"] == [{"role": "system", "content": [{"type": "input_text", "text": "B", "x": 1}]}]
    assert "instructions" not in after


def test_a_system_message_put_in_front_is_no_instruction_of_the_clients() -> None:
    body = {"model": "m", "input": [{"role": "user", "content": "hi", "x": 1}]}
    after = changed(body, lambda request: attrs.evolve(request, messages=(system("Be kind."), *request.messages)))
    assert [item["role"] for item in after["input"]] == ["system", "user"]
    assert after["input"][1] == body["input"][0]


def test_sound_that_a_client_sent_is_the_vendors_to_judge() -> None:
    block = {"type": "input_audio", "input_audio": {"data": "UklGRgAAAABXQVZF", "format": "wav"}}
    body: dict[str, Any] = {"model": "m", "input": [{"role": "user", "content": [block]}]}
    assert spell(body, Quirks(audio_formats=frozenset())).audio_formats is None
    assert spell({"input": "hi"}, Quirks(audio_formats=frozenset())).audio_formats == frozenset()


def test_reasoning_of_another_vendor_is_not_sent_to_openai() -> None:
    thought = Reasoning("Hm.", Opaque("anthropic", "signature", "s"))
    document = OPENAI_RESPONSES.chat.write_response(ChatResponse(parts=(thought, Text("Yes."))), CALL)
    body = {"model": "m", "input": document["output"]}
    wire = forward(body, TARGET, False)
    assert wire.body is not None
    assert [item["type"] for item in orjson.loads(orjson.dumps(wire.body["input"]))] == ["message"]
    assert read(**body).request.messages == (assistant(thought, "Yes."),)


def test_the_frames_of_text_and_of_the_end_are_told() -> None:
    text = {"type": "response.output_text.delta", "delta": 'say "type":"response.completed"', "logprobs": []}
    assert read_text(orjson.dumps(text)) == text["delta"]
    assert not has_end(b"data: " + orjson.dumps(text) + b"\n\n")
    for kind in ("completed", "incomplete", "failed"):
        assert has_end(b'data: {"type": "response.%s"}\n\n' % kind.encode())
    for other in ({**text, "logprobs": [1]}, {**text, "delta": ""}, {**text, "type": "response.refusal.delta"}, [1]):
        assert read_text(orjson.dumps(other)) is None
    assert read_text(b"response.output_text.delta") is None
