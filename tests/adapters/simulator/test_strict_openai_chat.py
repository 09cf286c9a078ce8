"""OpenAI's chat: for each rule a body that the vendor takes, and the same one broken, in the vendor's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.simulator.strict import ABSENT, GIF, PNG, ask, changed, compatible_path, vendor_refuses

PATH = "/v1/chat/completions"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}, "strict": None}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}
PLAIN: dict[str, Any] = {"model": "sim", "messages": [{"role": "user", "content": "Hello"}]}
RICH: dict[str, Any] = {
    "model": "sim",
    "messages": [
        {"role": "developer", "content": [{"type": "text", "text": "Answer in JSON."}]},
        {"role": "user", "name": "me", "content": [{"type": "text", "text": "Look"}, PICTURE]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "seen"},
        {"role": "user", "content": "And?"},
    ],
    "tools": [TOOL, {"type": "custom", "custom": {"name": "patch", "format": {"type": "text"}}}],
    "tool_choice": {"type": "function", "function": {"name": "look"}},
    "parallel_tool_calls": True,
    "temperature": 2,
    "top_p": 1,
    "n": 2,
    "stop": ["a", "b", "c", "d"],
    "max_completion_tokens": 20,
    "logprobs": True,
    "top_logprobs": 20,
    "logit_bias": {"1": -100},
    "stream": True,
    "stream_options": {"include_usage": True},
    "response_format": {"type": "json_object"},
    "reasoning_effort": "xhigh",
    "verbosity": "low",
    "service_tier": "flex",
    "metadata": {"a": "b"},
    "user": "u",
    "store": False,
    "seed": 1,
}
IN = ("messages", 1, "content", 1)

BROKEN: list[tuple[tuple[Any, ...], str]] = [
    (("context_management", {}), "Unknown parameter: 'context_management'."),
    (("stream_options", "x", 1), "Unknown parameter: 'stream_options.x'."),
    (("messages", 1, "cache_control", {}), "Unknown parameter: 'messages[1].cache_control'."),
    ((*IN, "cache_control", {}), "Unknown parameter: 'messages[1].content[1].cache_control'."),
    (("messages", 2, "reasoning_content", ""), "Unknown parameter: 'messages[2].reasoning_content'."),
    (("messages", 2, "tool_calls", 0, "index", 0), "Unknown parameter: 'messages[2].tool_calls[0].index'."),
    (("tools", 0, "function", "x", 1), "Unknown parameter: 'tools[0].function.x'."),
    (("response_format", "strict", True), "Unknown parameter: 'response_format.strict'."),
    (("model", ABSENT), "Missing required parameter: 'model'."),
    (("messages", ABSENT), "Missing required parameter: 'messages'."),
    (("messages", []), "Invalid 'messages': empty array. Expected an array with minimum length 1"),
    (("messages", 3, "tool_call_id", ABSENT), "Missing required parameter: 'messages[3].tool_call_id'."),
    (("messages", 2, "tool_calls", 0, "id", ABSENT), "Missing required parameter: 'messages[2].tool_calls[0].id'."),
    (("messages", 2, "tool_calls", 0, "id", ""), "Invalid 'messages[2].tool_calls[0].id': empty string"),
    (("messages", 2, "tool_calls", 0, "id", "c" * 41), "Expected a string with maximum length 40"),
    (("messages", 2, "tool_calls", []), "Invalid 'messages[2].tool_calls': empty array"),
    (("messages", 1, "role", "human"), "Invalid value: 'human'. Supported values are: 'developer', 'system'"),
    (("messages", 1, "content", 5), "expected one of a string or an array, but got an integer instead."),
    (("temperature", "hot"), "Invalid type for 'temperature': expected one of null, an integer or a decimal, but got"),
    (("temperature", 2.5), "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5"),
    (("temperature", -1), "decimal below minimum value"),
    (("top_p", 1.1), "Invalid 'top_p'"),
    (("n", 0), "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead."),
    (("n", 129), "integer above maximum value"),
    (("n", 1.5), "Invalid type for 'n'"),
    (("max_completion_tokens", -1), "Invalid 'max_completion_tokens'"),
    (("max_tokens", 3), "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."),
    (("stop", [*"abcde"]), "Invalid 'stop': array too long. Expected an array with maximum length 4"),
    (("presence_penalty", 3), "Invalid 'presence_penalty'"),
    (("top_logprobs", 21), "Invalid 'top_logprobs'"),
    (("logprobs", False), "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."),
    (("stream", False), "The 'stream_options' parameter is only allowed when 'stream' is enabled."),
    (("reasoning_effort", "huge"), "Invalid value: 'huge'. Supported values are: 'none', 'minimal', 'low'"),
    (("metadata", {"a": 1}), "Invalid type for 'metadata.a'"),
    (("tools", []), "Invalid 'tools': empty array"),
    (("tools", ABSENT), "'tool_choice' is only allowed when 'tools' are specified."),
    (
        ("tools", 0, "type", "web_search"),
        "Invalid value: 'web_search'. Supported values are: 'function', and 'custom'.",
    ),
    (("tools", 0, "function", "name", "a.b"), "string does not match pattern"),
    (("tool_choice", "function", "name", "other"), "Tool choice 'other' not found in 'tools' parameter."),
    (
        ("messages", 3, "content", [PICTURE]),
        "Invalid 'messages[3]'. Image URLs are only allowed for messages with role",
    ),
    (("messages", 0, "content", [PICTURE]), "but this message with role 'developer' contains an image URL."),
    ((*IN, "image_url", "url", "data:image/png;base64,%%%"), "Invalid base64 image_url."),
    ((*IN, "image_url", "url", "picture.png"), "Expected a valid URL"),
    ((*IN, "image_url", "url", f"data:text/plain;base64,{PNG}"), "Only image types are supported"),
    ((*IN, "image_url", "url", "data:image/bmp;base64,Qk0="), "You uploaded an unsupported image."),
    ((*IN, "image_url", "detail", "huge"), "Invalid value: 'huge'"),
    (("messages", 2, {"role": "user", "content": "x"}), "messages with role 'tool' must be a response to a preceeding"),
    (("messages", 3, "tool_call_id", "c2"), "messages with role 'tool' must be a response to a preceeding message"),
    (
        ("messages", 3, {"role": "user", "content": "x"}),
        "The following tool_call_ids did not have response messages: c1",
    ),
    (("messages", 2, "tool_calls", [CALL, CALL]), "Duplicate value for 'tool_call_id' of 'c1'"),
    (("messages", 4, {"role": "tool", "tool_call_id": "c1", "content": ""}), "in messages[3] and messages[4]."),
    (("messages", 4, {"role": "assistant"}), "Invalid value for 'content': expected a string, got null."),
    (("messages", 0, "content", "Answer."), "'messages' must contain the word 'json' in some form"),
    (("model", "gpt-5"), "'temperature' does not support 2 with this model. Only the default (1) value is supported."),
]


def test_the_vendor_takes_what_is_documented() -> None:
    assert ask(PATH, PLAIN).status == 200
    assert vendor_refuses("openai-chat", PATH, RICH) is None
    assert (
        vendor_refuses("openai-chat", PATH, changed(RICH, *IN, "image_url", "url", f"data:image/gif;base64,{GIF}"))
        is None
    )
    assert ask("/openai/v1/chat/completions", PLAIN).status == 200
    assert ask("/openai/deployments/d/chat/completions?api-version=2024-10-21", PLAIN).status == 200


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[case[1] for case in BROKEN])
def test_one_thing_broken_is_refused_in_the_vendors_words(change: tuple[Any, ...], said: str) -> None:
    refused = ask(PATH, changed(RICH, *change))
    assert refused.status == 400
    assert said in refused.error["message"]
    assert refused.error["type"] == "invalid_request_error"


def test_an_unknown_parameter_has_its_name_and_code() -> None:
    error = ask(PATH, {**PLAIN, "top_k": 3}).error
    wanted = {"message": "Unknown parameter: 'top_k'.", "type": "invalid_request_error", "param": "top_k"}
    assert error == {**wanted, "code": "unknown_parameter"}
    assert ask(PATH, {**PLAIN, "temperature": 3}).error["code"] == "decimal_above_max_value"
    assert ask(PATH, {"model": "sim"}).error["code"] == "missing_required_parameter"


def test_reasoning_models_take_another_field_for_the_limit() -> None:
    assert vendor_refuses("openai-chat", PATH, {**PLAIN, "model": "gpt-4o", "max_tokens": 9}) is None
    assert vendor_refuses("openai-chat", PATH, {**PLAIN, "model": "o4-mini", "max_completion_tokens": 9}) is None
    error = ask(PATH, {**PLAIN, "model": "o4-mini", "max_tokens": 9}).error
    assert error["code"] == "unsupported_parameter"
    assert "Use 'max_completion_tokens' instead." in error["message"]


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completion", "/api/v1/chat/completions"])
def test_a_path_that_the_vendor_has_not_is_its_404(path: str) -> None:
    refused = ask(path, PLAIN)
    assert refused.status == 404
    assert refused.error["message"] == f"Invalid URL (POST {path})"


def test_a_deployment_at_azure_needs_an_api_version_and_no_model() -> None:
    path, bare = "/openai/deployments/d/chat/completions", changed(PLAIN, "model", ABSENT)
    assert vendor_refuses("openai-chat", f"{path}?api-version=2024-10-21", bare) is None
    assert "Resource not found" in str(vendor_refuses("openai-chat", path, bare))


ASKED = {"model": "gpt-5", "input": "Hi"}


def test_azure_serves_responses_under_a_dated_version() -> None:
    assert vendor_refuses("openai-responses", "/openai/responses?api-version=2025-03-01-preview", ASKED) is None
    assert "Resource not found" in str(vendor_refuses("openai-responses", "/openai/responses", ASKED))
    assert vendor_refuses("openai-responses", "/openai/v1/responses", ASKED) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null"])
def test_what_is_no_object_is_no_request(body: bytes) -> None:
    refused = ask(PATH, body)
    assert refused.status == 400
    assert refused.error["message"].startswith("We could not parse the JSON body of your request")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("input", ABSENT), "Missing required parameter: 'input'."),
        (("input", []), "empty array"),
        (("dimensions", 0), "Invalid 'dimensions'"),
        (("encoding_format", "hex"), "Invalid value: 'hex'"),
        (("taskType", "x"), "Unknown parameter: 'taskType'."),
    ],
)
def test_embeddings_are_held_to_their_fields(change: tuple[Any, ...], said: str) -> None:
    good = {"model": "sim-embed", "input": ["a"], "dimensions": 4, "encoding_format": "float", "user": "u"}
    assert ask("/v1/embeddings", good).status == 200
    refused = ask("/v1/embeddings", changed(good, *change))
    assert (refused.status, said in refused.error["message"]) == (400, True)


def test_completions_are_held_to_their_fields() -> None:
    good = {"model": "sim", "prompt": "Once", "max_tokens": 4, "logprobs": 5, "suffix": None}
    assert ask("/v1/completions", good).status == 200
    assert ask("/v1/completions", {**good, "messages": []}).error["message"] == "Unknown parameter: 'messages'."
    assert "maximum value" in ask("/v1/completions", {**good, "logprobs": 6}).error["message"]


def test_another_vendor_of_this_format_ignores_what_it_does_not_know() -> None:
    odd = {**PLAIN, "thinking": {"type": "enabled"}, "top_k": 3}
    assert ask(PATH, odd).status == 400
    assert ask(compatible_path("deepseek"), odd).status == 200
    assert ask(compatible_path("lmstudio"), changed(PLAIN, "messages", 0, "role", "human")).status == 400


def test_mistral_refuses_what_it_does_not_know_in_its_own_way() -> None:
    assert ask(compatible_path("mistral"), {**PLAIN, "random_seed": 1}).status == 200
    refused = ask(compatible_path("mistral"), {**PLAIN, "seed": 1})
    assert refused.status == 422
    [detail] = refused.body["message"]["detail"]
    assert detail == {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}
