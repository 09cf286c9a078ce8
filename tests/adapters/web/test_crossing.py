"""Between different vendors: what an answer holds that a client's dialect cannot say is told beside it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.web.recording_upstream import Reply, Upstream, recording
from tests.served import SETTINGS, running

SEARCHED: list[dict[str, Any]] = [
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "lamps"}},
    {"type": "text", "text": "Green."},
]
ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": SEARCHED,
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 2},
}
QUESTION = {"model": "anthropic/m", "messages": [{"role": "user", "content": "Which lamp?"}]}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def client(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home: Path = tmp_path_factory.mktemp("crossing") / "home"
    with (
        running(home, SETTINGS.replace("ADDRESS", upstream.address)) as gateway,
        httpx.Client(base_url=gateway.address, timeout=30, trust_env=False) as client,
    ):
        yield client


def warnings(answer: httpx.Response) -> list[str]:
    return [str(text) for text in json.loads(answer.headers.get("x-pointsman-warnings", "[]"))]


def streamed() -> bytes:
    def event(name: str, **fields: Any) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()

    blocks = [
        event("content_block_start", index=0, content_block=SEARCHED[0]),
        event("content_block_stop", index=0),
        event("content_block_start", index=1, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=1, delta={"type": "text_delta", "text": "Green."}),
        event("content_block_stop", index=1),
    ]
    head = event("message_start", message={**ANSWER, "content": [], "stop_reason": None})
    end = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 2})
    return b"".join((head, *blocks, end, event("message_stop")))


def test_parts_that_a_clients_dialect_cannot_say_are_told_in_the_headers(
    client: httpx.Client, upstream: Upstream
) -> None:
    upstream.reply = Reply(pieces=[json.dumps(ANSWER).encode()])
    answer = client.post("/v1/chat/completions", json=QUESTION)
    assert answer.json()["choices"][0]["message"]["content"] == "Green."
    assert [text for text in warnings(answer) if "server_tool_use of anthropic" in text]


def test_an_answer_that_goes_back_as_it_came_has_lost_nothing(client: httpx.Client, upstream: Upstream) -> None:
    upstream.reply = Reply(pieces=[json.dumps(ANSWER).encode()])
    headers = {"anthropic-version": "2023-06-01", "x-api-key": "sk-local"}
    answer = client.post("/v1/messages", json={**QUESTION, "max_tokens": 9}, headers=headers)
    assert answer.json() == ANSWER
    assert warnings(answer) == []


def test_what_a_stream_loses_stands_in_the_log(
    client: httpx.Client, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.reply = Reply(headers={"content-type": "text/event-stream"}, pieces=[streamed()])
    with caplog.at_level(logging.INFO, "pointsman.server"):
        answer = client.post("/v1/chat/completions", json={**QUESTION, "stream": True})
    assert "Green." in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")
    assert [text for text in caplog.messages if "server_tool_use of anthropic" in text]


def test_what_one_read_brings_of_another_dialect_is_written_at_once(client: httpx.Client, upstream: Upstream) -> None:
    head = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":'
    said = b"".join(head + b'{"type":"text_delta","text":" w%d"}}\n\n' % number for number in range(100))
    stop = streamed().rindex(b"event: content_block_stop")
    upstream.reply = Reply(
        headers={"content-type": "text/event-stream"}, pieces=[streamed()[:stop] + said + streamed()[stop:]]
    )
    answer = client.post("/v1/chat/completions", json={**QUESTION, "stream": True})
    frames = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    texts = [choice["delta"].get("content") or "" for frame in frames for choice in frame["choices"]]
    assert "".join(texts) == "Green." + "".join(f" w{number}" for number in range(100))
    assert len([text for text in texts if text]) < 10


def test_a_request_that_cannot_be_carried_is_refused_by_the_name_of_what_is_in_the_way(
    client: httpx.Client, upstream: Upstream
) -> None:
    upstream.asked.clear()
    body = {**QUESTION, "model": "openai/m", "max_tokens": 9, "mcp_servers": [{"type": "url", "url": "https://e.org"}]}
    answer = client.post("/v1/messages", json=body, headers={"anthropic-version": "2023-06-01", "x-api-key": "sk"})
    assert answer.status_code == 400
    assert "mcp_servers" in answer.json()["error"]["message"]
    assert upstream.asked == []


def test_marks_of_what_to_cache_are_told_once_however_many_there_are(client: httpx.Client, upstream: Upstream) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    said = [{"role": "user", "content": [{"type": "text", "text": text, **mark} for text in ("a", "b")]}]
    tools = [{"name": "look", "input_schema": {"type": "object"}, **mark}]
    body = {"model": "openai/m", "max_tokens": 9, "messages": said, "tools": tools, **mark}
    choice = {"index": 0, "message": {"role": "assistant", "content": "Left."}, "finish_reason": "stop"}
    upstream.reply = Reply(pieces=[json.dumps({"id": "c", "object": "chat.completion", "choices": [choice]}).encode()])
    answer = client.post("/v1/messages", json=body, headers={"anthropic-version": "2023-06-01", "x-api-key": "sk"})
    assert answer.status_code == 200
    assert len([text for text in warnings(answer) if text.startswith("cache_control:")]) == 1
