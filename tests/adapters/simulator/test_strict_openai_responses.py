"""OpenAI's Responses API: for each rule a body that the vendor takes, and the same one broken, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.simulator.strict import ABSENT, PNG, ask, changed, vendor_refuses

PATH = "/v1/responses"
PLAIN: dict[str, Any] = {"model": "sim", "input": "Hello"}
AGENT: dict[str, Any] = {
    "model": "sim",
    "instructions": "Be an agent.",
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "json"}]},
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "Fix it"}, {"type": "input_image", "image_url": None}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x", "content": None},
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c1", "name": "apply_patch", "input": "*** Begin"},
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "Success"},
        {"type": "function_call", "id": "fc_1", "call_id": "c2", "name": "shell", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "0"}]},
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
        {
            "type": "message",
            "role": "assistant",
            "phase": "commentary",
            "content": [{"type": "output_text", "text": "Hm"}],
        },
        {"type": "message", "role": "user", "content": "Go on"},
    ],
    "tools": [
        {"type": "function", "name": "shell", "parameters": {"type": "object"}, "strict": False},
        {"type": "custom", "name": "apply_patch", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}},
        {"type": "namespace", "name": "mcp", "description": "", "tools": [{"type": "function", "name": "a"}]},
        {"type": "web_search", "external_web_access": False},
        {"type": "file_search", "vector_store_ids": ["v"], "filters": {"type": "and", "filters": []}},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "xhigh", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "k",
    "text": {"verbosity": "low", "format": {"type": "json_object"}},
    "max_output_tokens": 16,
    "temperature": 1,
    "service_tier": "auto",
}
BROKEN: list[tuple[tuple[Any, ...], str]] = [
    (("messages", []), "Unknown parameter: 'messages'."),
    (("max_tokens", 20), "Unknown parameter: 'max_tokens'."),
    (("n", 2), "Unknown parameter: 'n'."),
    (("stop", "x"), "Unknown parameter: 'stop'."),
    (("input", 7, "action", "x", 1), "Unknown parameter: 'input[7].action.x'."),
    (("input", 5, "parsed_arguments", {}), "Unknown parameter: 'input[5].parsed_arguments'."),
    (("input", 1, "content", 0, "cache_control", {}), "Unknown parameter: 'input[1].content[0].cache_control'."),
    (("input", 8, "phase", "last"), "Invalid value: 'last'. Supported values are: 'commentary', and 'final_answer'."),
    (("input", 6, "call_id", ABSENT), "Missing required parameter: 'input[6].call_id'."),
    (("tools", 0, "function", {}), "Unknown parameter: 'tools[0].function'."),
    (("tools", 2, "tools", 0, "x", 1), "Unknown parameter: 'tools[2].tools[0].x'."),
    (("text", "format", "schema", {}), "Unknown parameter: 'text.format.schema'."),
    (("tools", 0, "name", ABSENT), "Missing required parameter: 'tools[0].name'."),
    (("input", 5, "call_id", ABSENT), "Missing required parameter: 'input[5].call_id'."),
    (("model", ABSENT), "Missing required parameter: 'model'."),
    (("input", ABSENT), "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must be provided."),
    (("input", 0, "type", "text"), "Invalid value: 'text'. Supported values are: 'reasoning', 'function_call'"),
    (("input", 0, "role", "tool"), "Invalid value: 'tool'. Supported values are: 'user', 'system'"),
    (("input", 1, "content", 0, "type", "text"), "Invalid value: 'text'. Supported values are: 'input_text'"),
    (("input", 8, "content", 0, "type", "input_text"), "Supported values are: 'output_text', and 'refusal'."),
    (("input", 1, "content", 0, "type", "output_text"), "Invalid value: 'output_text'."),
    (("max_output_tokens", 15), "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16"),
    (("temperature", 2.1), "Invalid 'temperature'"),
    (("reasoning", "effort", "huge"), "Invalid value: 'huge'"),
    (("include", ["everything"]), "Invalid value: 'everything'"),
    (("include", "reasoning.encrypted_content"), "Invalid type for 'include'"),
    (("input", 2, "id", "x_1"), "Invalid 'input[2].id': 'x_1'. Expected an ID that begins with 'rs'."),
    (("input", 5, "id", "call_1"), "Expected an ID that begins with 'fc'."),
    (("input", 5, "id", "fc" * 33), "string too long"),
    (("input", 7, "id", "rs_1"), "Expected an ID that begins with 'ws'."),
    (("input", 6, "call_id", "c3"), "No tool call found for function call output with call_id c3."),
    (("input", 4, "call_id", "c2"), "No tool call found for custom tool call output with call_id c2."),
    (("input", 6, {"role": "user", "content": "x"}), "No tool output found for function call c2."),
    (("input", 4, {"role": "user", "content": "x"}), "No tool output found for custom tool call c1."),
    (
        ("input", 9, {"type": "function_call", "id": "fc_1", "call_id": "c9", "name": "a", "arguments": ""}),
        "Duplicate item",
    ),
    (("input", 9, {"type": "reasoning", "id": "rs_9", "summary": []}), "without its required following item."),
    (("input", 1, "content", 1, "image_url", "data:image/png;base64,%"), "Invalid base64 image_url."),
    (("tool_choice", {"type": "function", "name": "other"}), "Tool choice 'function' not found in 'tools' parameter."),
    (
        ("tool_choice", {"type": "function", "function": {"name": "shell"}}),
        "Unknown parameter: 'tool_choice.function'.",
    ),
    (("previous_response_id", 5), "Invalid type for 'previous_response_id'"),
    (("input", 0, "content", 0, "text", "no word of it"), "must contain the word 'json'"),
]


def test_the_vendor_takes_what_agents_send() -> None:
    assert ask(PATH, PLAIN).status == 200
    assert vendor_refuses("openai-responses", PATH, AGENT) is None
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}
    assert vendor_refuses("openai-responses", PATH, changed(AGENT, "input", 6, "output", [picture])) is None


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[case[1] for case in BROKEN])
def test_one_thing_broken_is_refused_in_the_vendors_words(change: tuple[Any, ...], said: str) -> None:
    refused = ask(PATH, changed(AGENT, *change))
    assert refused.status == 400
    assert said in refused.error["message"]
    assert refused.error["type"] == "invalid_request_error"


def test_what_the_vendor_keeps_needs_no_call_in_the_input() -> None:
    answer = {"type": "function_call_output", "call_id": "c9", "output": "x"}
    body = {"model": "sim", "input": [answer]}
    assert "No tool call found" in str(vendor_refuses("openai-responses", PATH, body))
    assert vendor_refuses("openai-responses", PATH, {**body, "previous_response_id": "resp_1"}) is None
    both = ask(PATH, {**body, "previous_response_id": "resp_1", "conversation": "conv_1"})
    assert both.error["code"] == "mutually_exclusive_parameters"


def test_a_count_takes_what_makes_up_the_prompt_alone() -> None:
    assert ask(f"{PATH}/input_tokens", PLAIN).status == 200
    refused = ask(f"{PATH}/input_tokens", {**PLAIN, "max_output_tokens": 20})
    assert refused.error["message"] == "Unknown parameter: 'max_output_tokens'."


def test_a_path_that_the_vendor_has_not_is_its_404() -> None:
    assert ask("/responses", PLAIN).error["message"] == "Invalid URL (POST /responses)"
