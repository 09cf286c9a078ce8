"""A request read without its dialect: texts, functions, limits and results of any vendor's body."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.adapters.simulator.plain_reading import plain_call
from pointsman.core.chat.tool import functions_of
from tests.adapters.simulator.test_vendor_schema import LIKELY

FUNCTION = {"name": "look", "description": "d", "parameters": {"type": "object"}}
BODIES: list[dict[str, Any]] = [
    {
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "tools": [{"name": "look", "description": "d", "input_schema": {"type": "object"}}, {"type": "web_search_1"}],
        "max_tokens": 5,
    },
    {
        "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": FUNCTION}, {"type": "custom", "custom": {"name": "x"}}],
        "max_completion_tokens": 5,
    },
    {
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "tools": [{"type": "function", **FUNCTION}, {"type": "custom", "name": "x"}],
        "max_output_tokens": 5,
    },
    {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "tools": [{"functionDeclarations": [FUNCTION]}],
        "max_tokens": 5,
    },
]


@pytest.mark.parametrize("body", BODIES, ids=["anthropic", "chat", "responses", "gemini"])
def test_texts_functions_and_limits_are_read(body: dict[str, Any]) -> None:
    call = plain_call(Inbound({**body, "stream": True}, "sim"))
    assert [(message.role, message.text) for message in call.request.messages] == [
        ("system", "Be brief."),
        ("user", "Hi"),
    ]
    assert [(tool.name, tool.description) for tool in functions_of(call.request.tools)] == [("look", "d")]
    assert (call.request.model, call.request.max_tokens, call.stream) == ("sim", 5, True)


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "tool", "tool_call_id": "c", "content": "seen"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [{"text": "seen"}]}]},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "seen"},
        {"role": "user", "parts": [{"functionResponse": {"name": "c", "response": {"result": "seen"}}}]},
    ],
    ids=["chat", "anthropic", "responses", "gemini"],
)
def test_results_of_tools_are_read(turn: dict[str, Any]) -> None:
    [message] = plain_call(Inbound({"input": [turn]}, "sim")).request.messages
    assert message.role == "tool"
    assert "seen" in repr(message.parts)


@given(body=LIKELY)
def test_no_body_makes_it_raise(body: Any) -> None:
    assert plain_call(Inbound(body if isinstance(body, dict) else {})).request.messages
