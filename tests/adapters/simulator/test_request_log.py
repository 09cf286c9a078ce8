"""What the simulator was sent can be asked for, and is written to a file, without the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from returns.result import Failure

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.listener import serve
from pointsman.adapters.simulator.request_log import MOST_REQUESTS, Requests, without_keys
from pointsman.core.json import loads
from pointsman.layers.simulation import recording_to, simulator

BODY: dict[str, Any] = {"model": "sim", "messages": [{"role": "user", "content": "Hi", "cache_control": {}}]}


async def test_the_last_requests_can_be_asked_for() -> None:
    async with serve(simulator(strict=True)) as server, httpx.AsyncClient(base_url=server.address) as client:
        headers = {"authorization": "Bearer sk-secret", "x-api-key": "sk-secret", "anthropic-beta": "a-2025-01-01"}
        await client.post("/v1/chat/completions?key=sk-secret&b=1", json=BODY, headers=headers)
        await client.post("/as/custom/v1/chat/completions", json=BODY)
        reply = await client.get("/__simulator__/requests")
        first, second = reply.json()["requests"]
        assert (first["method"], first["path"], first["query"]) == ("POST", "/v1/chat/completions", {"b": "1"})
        assert (first["status"], second["status"]) == (400, 200)
        assert first["body"] == BODY
        assert first["headers"]["anthropic-beta"] == "a-2025-01-01"
        assert "sk-secret" not in reply.text
        assert [request.json for request in server.requests()] == [BODY, BODY]


async def test_a_file_gets_a_line_for_each_request(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    with recording_to(str(file)) as opened:
        async with serve(simulator(record=opened.unwrap())) as server, httpx.AsyncClient() as client:
            await client.post(f"{server.address}/v1/chat/completions", json=BODY)
            await client.get(f"{server.address}/__simulator__/stats")
            await client.get(f"{server.address}/v1/models")
    lines: list[Any] = [loads(line).unwrap() for line in file.read_bytes().splitlines()]
    assert [(line["method"], line["path"]) for line in lines] == [
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
    ]
    assert lines[0]["body"] == BODY
    assert lines[1]["body"] is None


def test_a_file_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    with recording_to(str(tmp_path)) as opened:
        assert isinstance(opened, Failure)
        assert "cannot be written" in opened.failure().detail
    with recording_to(None) as nothing:
        assert nothing.unwrap() is None


def test_no_more_is_held_than_there_is_room_for() -> None:
    held = Requests()
    for number in range(MOST_REQUESTS + 5):
        held.add(without_keys(ReceivedRequest("POST", f"/{number}", {}, b"x" * 10), 200))
    assert len(held.held) == MOST_REQUESTS
    assert held.held[0].path == "/5"
    assert held.size == MOST_REQUESTS * 10
    held.add(without_keys(ReceivedRequest("POST", "/large", {}, b"x" * 70_000_000), 200))
    assert [request.path for request in held.held] == ["/large"]
    assert without_keys(ReceivedRequest("POST", "/", {}, b"\xff{"), 200).json == "\ufffd{"
