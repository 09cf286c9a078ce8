"""Anthropic's Messages: for each rule a body that the vendor takes, and the same one broken, in the vendor's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.simulator.strict import ABSENT, GIF, PNG, ask, changed, vendor_refuses

PATH = "/v1/messages"
VERSION = {"anthropic-version": "2023-06-01"}
LONG = {"type": "ephemeral", "ttl": "1h"}
MARK = {"type": "ephemeral"}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
PLAIN: dict[str, Any] = {"model": "sim", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
RICH: dict[str, Any] = {
    "model": "sim",
    "max_tokens": 2048,
    "system": [{"type": "text", "text": "Be an agent.", "cache_control": LONG}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Look", "cache_control": MARK}, PICTURE]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm", "signature": "s"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {}},
                {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [PICTURE, {"type": "text", "text": "seen"}]},
                {"type": "tool_result", "tool_use_id": "t2", "is_error": True, "cache_control": MARK},
                {"type": "text", "text": "And?"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "s1",
                    "content": [{"type": "web_search_result", "title": "t", "url": "u", "encrypted_content": "x"}],
                },
                {"type": "text", "text": "Found.", "citations": []},
            ],
        },
        {"role": "user", "content": "Thanks"},
    ],
    "tools": [
        {"name": "look", "description": "d", "input_schema": {"type": "object", "x": 1}, "cache_control": LONG},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3, "allowed_domains": ["a.example"]},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    ],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "temperature": 1,
    "stop_sequences": ["end"],
    "metadata": {"user_id": "u"},
    "output_config": {"effort": "high"},
    "service_tier": "auto",
    "stream": True,
}
FIRST, CALLS, RESULTS = ("messages", 0, "content"), ("messages", 1, "content"), ("messages", 2, "content")
SOURCE = (*FIRST, 1, "source")
TEXT_FIRST = [{"type": "text", "text": "x"}, *RICH["messages"][2]["content"]]

BROKEN: list[tuple[tuple[Any, ...], str]] = [
    (("frequency_penalty", 1), "frequency_penalty: Extra inputs are not permitted"),
    (("metadata", "x", 1), "metadata.x: Extra inputs are not permitted"),
    (("messages", 0, "name", "me"), "messages.0.name: Extra inputs are not permitted"),
    ((*CALLS, 0, "cache_control", MARK), "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted"),
    ((*SOURCE, "x", 1), "messages.0.content.1.image.source.base64.x: Extra inputs are not permitted"),
    (("tools", 0, "parameters", {}), "tools.0.custom.parameters: Extra inputs are not permitted"),
    (("tools", 1, "input_schema", {}), "tools.1.web_search_20250305.input_schema: Extra inputs are not permitted"),
    (("thinking", "effort", "high"), "thinking.enabled.effort: Extra inputs are not permitted"),
    (("max_tokens", ABSENT), "max_tokens: Field required"),
    (("model", ABSENT), "model: Field required"),
    (("messages", ABSENT), "messages: Field required"),
    ((*CALLS, 2, "id", ABSENT), "messages.1.content.2.tool_use.id: Field required"),
    ((*RESULTS, 0, "tool_use_id", ABSENT), "messages.2.content.0.tool_result.tool_use_id: Field required"),
    (("tools", 0, "input_schema", "type", ABSENT), "tools.0.custom.input_schema.type: Field required"),
    (("messages", []), "messages: at least one message is required"),
    (("messages", 0, "role", "tool"), "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
    (("messages", 0, "role", "assistant"), 'messages: first message must use the "user" role'),
    (("messages", 0, "content", 5), "messages.0.content: Input should be a valid list"),
    (("messages", 4, "content", ""), "messages.4: all messages must have non-empty content"),
    ((*FIRST, 0, "text", ""), "messages.0.content.0: text content blocks must be non-empty"),
    ((*FIRST, 0, "text", " \n"), "text content blocks must contain non-whitespace text"),
    ((*FIRST, 0, "type", "input_text"), "Input tag 'input_text' found using 'type' does not match any of the expected"),
    (("max_tokens", 0), "max_tokens: Input should be greater than or equal to 1"),
    (("max_tokens", "9"), "max_tokens: Input should be a valid integer"),
    (("temperature", 1.5), "temperature: Input should be less than or equal to 1"),
    (("temperature", 0.5), "`temperature` may only be set to 1 when thinking is enabled"),
    (("top_p", 0.5), "`top_p` must be greater than or equal to 0.95 or unset"),
    (("top_k", 5), "`top_k` must be unset when thinking is enabled"),
    (("thinking", "budget_tokens", 1023), "budget_tokens: Input should be greater than or equal to 1024"),
    (("max_tokens", 1024), "`max_tokens` must be greater than `thinking.budget_tokens`"),
    (("tool_choice", {"type": "any"}), "Thinking may not be enabled when tool_choice forces tool use."),
    (("tool_choice", "auto"), "tool_choice: Input should be a valid dictionary"),
    (("tools", []), "tool_choice may only be specified while providing tools."),
    (
        ("tools", 1, "type", "web_search"),
        "Input tag 'web_search' found using 'type' does not match any of the expected",
    ),
    (("tools", 1, {"name": "look", "input_schema": {"type": "object"}}), "tools: Tool names must be unique."),
    (("tools", 0, "name", "a.b"), "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
    (("stop_sequences", [" "]), "stop_sequences.0: each stop sequence must contain non-whitespace"),
    (("system", [{"type": "image"}]), "Input tag 'image' found using 'type'"),
    ((*CALLS, 2, "id", "t 1"), "messages.1.content.2.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    ((*CALLS, 2, "id", "t2"), "`tool_use` ids must be unique"),
    ((*CALLS, 2, "input", "{}"), "messages.1.content.2.tool_use.input: Input should be a valid dictionary"),
    ((*RESULTS, 0, "tool_use_id", "t9"), "unexpected `tool_use_id` found in `tool_result` blocks: t9."),
    ((*RESULTS, 0, "tool_use_id", "t2"), "Found multiple `tool_result` blocks with id: t2"),
    (
        ("messages", 2, "content", "no"),
        "`tool_use` ids were found without `tool_result` blocks immediately after: t1, t2.",
    ),
    (("messages", 2, "content", TEXT_FIRST), "messages.1: `tool_use` ids were found without `tool_result` blocks"),
    (("messages", 4, "content", [RICH["messages"][2]["content"][0]]), "messages.4.content.0: unexpected `tool_use_id`"),
    ((*SOURCE, "media_type", "image/jpeg"), "Image does not match the provided media type image/jpeg"),
    ((*SOURCE, "media_type", "image/jpg"), "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"),
    ((*SOURCE, "data", "%%%"), "messages.0.content.1.image.source.base64.data: Invalid base64 data"),
    ((*SOURCE, "data", PNG.replace("/", "_").replace("+", "-")), "Invalid base64 data"),
    ((*SOURCE, "data", ""), "image cannot be empty"),
    ((*RESULTS, 0, "content", 0, "source", "data", GIF), "messages.2.content.0.tool_result.content.0.image.source"),
    (("system", 0, "cache_control", MARK), "a ttl='1h' cache_control block must not come after a ttl='5m'"),
    ((*CALLS, 1, "cache_control", MARK), "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    (("system", 0, "cache_control", "ttl", "2h"), "Input should be '5m' or '1h'"),
]
NOT_FAULTY = {"a ttl='1h' cache_control block must not come after a ttl='5m'"}


def broken(change: tuple[Any, ...], said: str) -> Any:
    """RICH with one thing broken; for the order of marks the long one is made to follow a short one."""
    body = changed(RICH, *change)
    return changed(body, *FIRST, 0, "cache_control", LONG) if said in NOT_FAULTY else body


def test_the_vendor_takes_what_agents_send() -> None:
    assert ask(PATH, PLAIN, VERSION).status == 200
    assert vendor_refuses("anthropic", PATH, RICH, VERSION) is None
    assert vendor_refuses("anthropic", f"{PATH}?beta=true", RICH, VERSION) is None


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[case[1] for case in BROKEN])
def test_one_thing_broken_is_refused_in_the_vendors_words(change: tuple[Any, ...], said: str) -> None:
    refused = ask(PATH, broken(change, said), VERSION)
    assert refused.status == 400
    assert said in refused.error["message"]
    assert (refused.body["type"], refused.error["type"]) == ("error", "invalid_request_error")


@pytest.mark.parametrize(
    ("change", "beta", "said"),
    [
        (("context_management", {"edits": []}), "context-management-2025-06-27", "context_management: Extra inputs"),
        (("mcp_servers", []), "mcp-client-2025-11-20", "mcp_servers: Extra inputs are not permitted"),
        (("fallbacks", "default"), "server-side-fallback-2026-07-01", "fallbacks: Extra inputs are not permitted"),
        (
            ("output_config", "task_budget", {"type": "tokens", "total": 9}),
            "task-budgets-2026-03-13",
            "output_config.task_budget: Extra inputs are not permitted",
        ),
        (
            ("tools", 2, {"type": "bash_20241022", "name": "bash"}),
            "computer-use-2024-10-22",
            "tools.2: Input tag 'bash_20241022' found using 'type' does not match any of the expected tags",
        ),
        (
            ("tools", 2, {"type": "mcp_toolset", "mcp_server_name": "s"}),
            "mcp-client-2025-11-20",
            "tools.2: Input tag 'mcp_toolset'",
        ),
        (
            ("messages", 3, "content", 2, {"type": "compaction", "content": "c"}),
            "compact-2026-01-12",
            "messages.3.content.2: Input tag 'compaction'",
        ),
    ],
)
def test_what_needs_a_beta_is_unknown_without_it(change: tuple[Any, ...], beta: str, said: str) -> None:
    body = changed(RICH, *change)
    assert vendor_refuses("anthropic", PATH, body, {**VERSION, "anthropic-beta": f"other-2025-01-01, {beta}"}) is None
    refused = ask(PATH, body, {**VERSION, "anthropic-beta": "other-2025-01-01"})
    assert refused.status == 400
    assert said in refused.error["message"]


def test_marks_of_an_hour_need_no_beta_any_more() -> None:
    assert vendor_refuses("anthropic", PATH, RICH, VERSION) is None


def test_interleaved_thinking_may_have_more_room_than_the_answer() -> None:
    body = changed(RICH, "max_tokens", 1024)
    beta = {**VERSION, "anthropic-beta": "interleaved-thinking-2025-05-14"}
    assert vendor_refuses("anthropic", PATH, body, beta) is None


def test_a_request_without_its_version_is_refused() -> None:
    assert ask(PATH, PLAIN).error["message"] == "anthropic-version: header is required"
    assert "not a valid version" in ask(PATH, PLAIN, {"anthropic-version": "new"}).error["message"]
    assert ask("/v1/models", b"", {"x-api-key": "k"}, "GET").status == 400
    assert ask("/v1/models", b"", {"x-api-key": "k", **VERSION}, "GET").status == 200


def test_a_beta_that_is_none_is_refused() -> None:
    error = ask(PATH, PLAIN, {**VERSION, "anthropic-beta": "claude-code-20250219,nonsense"}).error
    assert "Unexpected value(s) `nonsense` for the `anthropic-beta` header." in error["message"]


def test_the_answer_may_be_begun_but_not_end_in_a_blank() -> None:
    begun = [*PLAIN["messages"], {"role": "assistant", "content": "It is"}]
    assert ask(PATH, {**PLAIN, "messages": begun}, VERSION).status == 200
    blank = changed(begun, 1, "content", "It is ")
    refused = ask(PATH, {**PLAIN, "messages": blank}, VERSION)
    assert refused.error["message"] == "messages: final assistant content cannot end with trailing whitespace"


def test_a_count_takes_no_limits() -> None:
    body = changed(PLAIN, "max_tokens", ABSENT)
    assert ask(f"{PATH}/count_tokens", body, VERSION).status == 200
    assert ask(f"{PATH}/count_tokens", PLAIN, VERSION).error["message"] == "max_tokens: Extra inputs are not permitted"


@pytest.mark.parametrize("path", ["/messages", "/v1/message", "/anthropic/v1/messages"])
def test_a_path_that_the_vendor_has_not_is_its_404(path: str) -> None:
    refused = ask(path, PLAIN, VERSION)
    assert (refused.status, refused.error) == (404, {"type": "not_found_error", "message": "Not Found"})


def test_what_is_no_object_is_no_request() -> None:
    assert ask(PATH, b"{", VERSION).error["message"].startswith("The request body is not valid JSON")
