"""The first turns of coding agents: freeform calls, the vendor's searches, reasoning, cache use, whole and streamed."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.responder import Responder
from pointsman.adapters.simulator.scenario_file import parse_scenario
from pointsman.core.json import dumps, loads
from pointsman.layers.simulation import simulator

SCENARIO = b"""
[[rules]]
match = { tool = "apply_patch", answered = false }
answer = { reasoning = "Hm.", searches = [{ query = "how", results = [{ title = "T", url = "https://a.example" }] }],
           tool_calls = [{ name = "apply_patch", input = "*** Begin Patch" }] }
[[rules]]
match = { tool = "Write", answered = false }
answer = { text = "I write.", searches = [{ query = "how", results = [{ title = "T", url = "https://a.example" }] }],
           tool_calls = [{ name = "Write", arguments = { file_path = "a", content = "b" } }] }
[[rules]]
match = { answered = true }
answer = { text = "Done." }
""".replace(b"\n           ", b" ")
PATCH = {"type": "custom", "name": "apply_patch"}
CODEX: dict[str, Any] = {
    "model": "sim",
    "input": [{"role": "user", "content": "Fix it"}],
    "tools": [PATCH],
    "include": ["reasoning.encrypted_content"],
}
CLAUDE: dict[str, Any] = {
    "model": "sim",
    "max_tokens": 999,
    "system": [{"type": "text", "text": "word " * 1000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "messages": [{"role": "user", "content": "Fix it"}],
    "tools": [{"name": "Write", "input_schema": {"type": "object"}}],
}
HEADERS = {"anthropic-version": "2023-06-01"}


def desk() -> Responder:
    """A strict simulator that follows the scenario."""
    return Responder.of(simulator(scenario=parse_scenario("a.toml", SCENARIO).unwrap(), strict=True))


def said(at: Responder, path: str, body: dict[str, Any]) -> Any:
    """The body of the answer."""
    reply = at.respond(ReceivedRequest("POST", path, HEADERS, dumps(body)))
    assert reply.status == 200, reply.body
    return loads(reply.body).unwrap()


def events(at: Responder, path: str, body: dict[str, Any]) -> list[Any]:
    """The data of the events of a stream."""
    reply = at.respond(ReceivedRequest("POST", path, HEADERS, dumps({**body, "stream": True})))
    assert reply.status == 200, reply.body
    blocks = [block.rpartition(b"data: ")[2] for block in reply.body.split(b"\n\n") if block]
    return [loads(block).unwrap() for block in blocks if block != b"[DONE]"]


def test_codex_is_told_to_patch_and_then_that_it_is_done() -> None:
    at = desk()
    answer = said(at, "/v1/responses", CODEX)
    kinds = [item["type"] for item in answer["output"]]
    assert kinds == ["reasoning", "web_search_call", "custom_tool_call"]
    thought, search, call = answer["output"]
    assert thought["encrypted_content"]
    assert search["action"] == {"type": "search", "query": "how"}
    assert (call["name"], call["input"]) == ("apply_patch", "*** Begin Patch")
    result = {"type": "custom_tool_call_output", "call_id": call["call_id"], "output": "Success"}
    told = said(at, "/v1/responses", {**CODEX, "input": [*CODEX["input"], *answer["output"], result]})
    assert [item["type"] for item in told["output"]] == ["message"]
    assert told["output"][0]["content"][0]["text"] == "Done."


def test_encrypted_reasoning_is_given_where_it_is_asked_for() -> None:
    answer = said(desk(), "/v1/responses", {**CODEX, "include": []})
    assert "encrypted_content" not in answer["output"][0]


def test_a_stream_of_items_ends_in_the_whole_answer() -> None:
    stream = events(desk(), "/v1/responses", CODEX)
    assert [event["sequence_number"] for event in stream] == [*range(len(stream))]
    assert stream[-1]["type"] == "response.completed"
    whole = said(desk(), "/v1/responses", CODEX)
    assert stream[-1]["response"]["output"] == whole["output"]
    done = [event["item"] for event in stream if event["type"] == "response.output_item.done"]
    assert done == whole["output"]
    typed = "".join(event["delta"] for event in stream if event["type"] == "response.custom_tool_call_input.delta")
    assert typed == "*** Begin Patch"
    searched = [event["type"] for event in stream if "web_search_call" in event["type"]]
    assert searched == [f"response.web_search_call.{state}" for state in ("in_progress", "searching", "completed")]


def test_claude_code_is_told_to_write_and_then_that_it_is_done() -> None:
    at = desk()
    answer = said(at, "/v1/messages", CLAUDE)
    assert [block["type"] for block in answer["content"]] == [
        *("server_tool_use", "web_search_tool_result", "text", "tool_use"),
    ]
    assert answer["stop_reason"] == "tool_use"
    assert answer["usage"]["server_tool_use"] == {"web_search_requests": 1}
    assert answer["content"][1]["content"][0]["url"] == "https://a.example"
    call = answer["content"][3]
    assert call["input"] == {"file_path": "a", "content": "b"}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "ok"}]}
    again = [*CLAUDE["messages"], {"role": "assistant", "content": answer["content"]}, result]
    told = said(at, "/v1/messages", {**CLAUDE, "messages": again})
    assert told["content"] == [{"type": "text", "text": "Done."}]
    assert told["usage"]["cache_read_input_tokens"] > 1024


def test_what_the_marks_say_stands_in_the_usage_from_the_first_event_on() -> None:
    at = desk()
    first, second = (events(at, "/v1/messages", CLAUDE) for _ in range(2))
    written = first[0]["message"]["usage"]
    assert written["cache_creation"]["ephemeral_1h_input_tokens"] == written["cache_creation_input_tokens"] > 1024
    assert (written["cache_read_input_tokens"], written["cache_creation"]["ephemeral_5m_input_tokens"]) == (0, 0)
    read = second[0]["message"]["usage"]
    assert (read["cache_read_input_tokens"], read["cache_creation_input_tokens"]) == (
        written["cache_creation_input_tokens"],
        0,
    )
    end = next(event for event in second if event["type"] == "message_delta")
    assert end["usage"]["cache_read_input_tokens"] == read["cache_read_input_tokens"]


def test_a_stream_of_blocks_folds_to_the_whole_answer() -> None:
    stream, whole = events(desk(), "/v1/messages", CLAUDE), said(desk(), "/v1/messages", CLAUDE)
    texts, inputs = "", ""
    for event in stream:
        delta = event.get("delta", {})
        texts += delta.get("text", "")
        inputs += delta.get("partial_json", "")
    assert texts == "I write."
    assert inputs == '{"query":"how"}' + '{"file_path":"a","content":"b"}'
    assert [event["type"] for event in stream[-2:]] == ["message_delta", "message_stop"]
    assert stream[-2]["delta"]["stop_reason"] == whole["stop_reason"]


def test_the_stop_sequence_that_was_hit_is_named() -> None:
    body = {"model": "sim", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
    answer = said(desk(), "/v1/messages", {**body, "stop_sequences": ["never", "model"]})
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", "model")
    assert said(desk(), "/v1/messages", body)["stop_sequence"] is None


def test_chat_completions_calls_freeform_tools_and_gives_all_its_choices() -> None:
    tools = [{"type": "custom", "custom": {"name": "apply_patch"}}]
    body = {"model": "sim", "messages": [{"role": "user", "content": "Fix it"}], "tools": tools}
    [choice] = said(desk(), "/v1/chat/completions", body)["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["custom"] == {"name": "apply_patch", "input": "*** Begin Patch"}
    streamed = events(desk(), "/v1/chat/completions", body)
    pieces = [event["choices"][0]["delta"].get("tool_calls", [{}])[0].get("custom", {}) for event in streamed]
    assert "".join(piece.get("input", "") for piece in pieces) == "*** Begin Patch"
    several = said(desk(), "/v1/chat/completions", {"model": "sim", "messages": body["messages"], "n": 3})
    assert [choice["index"] for choice in several["choices"]] == [0, 1, 2]


@pytest.mark.parametrize("offered", [True, False])
def test_the_vendors_search_is_run_where_it_is_offered_and_asked_for(offered: bool) -> None:
    tools = [{"type": "web_search_20250305", "name": "web_search"}] if offered else []
    body = {"model": "sim", "max_tokens": 99, "messages": [{"role": "user", "content": "Search for it"}]}
    answer = said(desk(), "/v1/messages", {**body, **({"tools": tools} if tools else {})})
    assert ("server_tool_use" in [block["type"] for block in answer["content"]]) is offered
