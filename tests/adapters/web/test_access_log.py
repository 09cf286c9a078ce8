"""What a request leaves in the log: its id, the key's id and never the key, who answered, and what it came to."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.patience import GUARD, attempts
from tests.served import KEY, SETTINGS, Running, running

PRICES = '[models."*/sim"]\ninput = 1\noutput = 2\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("log") / "home", SETTINGS + PRICES) as served:
        yield served


def written(caplog: pytest.LogCaptureFixture, mark: str) -> dict[str, Any]:
    """The line of the request with the id `mark`: it is written when the answer has been sent."""
    for _ in attempts():
        for record in caplog.records:
            fields = getattr(record, "fields", {})
            if fields.get("request") == mark:
                return dict(fields)
    raise AssertionError(f"nothing was written of {mark}")


def mark_of(answer: httpx.Response) -> str:
    """Our id of the request, which stands beside the vendor's where there is one."""
    return answer.headers.get("x-pointsman-request-id") or answer.headers["x-request-id"]


def test_a_call_is_told_with_its_key_its_model_and_what_it_came_to(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pointsman")
    with server.signed_in() as admin:
        made = admin.post("/api/v1/keys", json={"name": "logger"}).json()["data"]
    key, id = made["key"], made["id"]
    headers = {"authorization": f"Bearer {key}"}
    body = {"model": "openai/sim", "messages": [{"role": "user", "content": "Which way, with sk-live-words?"}]}
    with httpx.Client(base_url=server.address, headers=headers, timeout=GUARD, trust_env=False) as client:
        whole = client.post("/v1/chat/completions", json=body, headers={"x-request-id": "my-own.id_1"})
        stream = client.post("/v1/chat/completions", json={**body, "stream": True})
        refused = client.post("/v1/chat/completions", json={**body, "model": "no/such"})
    assert mark_of(whole) == "my-own.id_1"
    told = written(caplog, "my-own.id_1")
    usage = whole.json()["usage"]
    assert (told["method"], told["path"], told["status"]) == ("POST", "/v1/chat/completions", 200)
    assert (told["key"], told["model"], told["calls"], told["outcome"]) == (id, "openai/sim", 1, "ok")
    assert (told["input_tokens"], told["output_tokens"]) == (usage["prompt_tokens"], usage["completion_tokens"])
    cost = Decimal(usage["prompt_tokens"] + 2 * usage["completion_tokens"]) / 1_000_000
    assert Decimal(told["cost"]) == cost
    assert told["ms"] > 0
    streamed = written(caplog, mark_of(stream))
    assert (streamed["model"], streamed["key"]) == ("openai/sim", id)
    assert streamed["output_tokens"] > 0
    failed = written(caplog, mark_of(refused))
    assert (failed["status"], failed["key"]) == (refused.status_code, id)
    everything = json.dumps([[record.getMessage(), getattr(record, "fields", {})] for record in caplog.records])
    assert key not in everything
    assert KEY not in everything
    assert "Which way" not in everything


def test_a_socket_is_told_when_it_has_ended_with_all_its_calls(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pointsman")
    with server.signed_in() as admin:
        made = admin.post("/api/v1/keys", json={"name": "talker"}).json()["data"]
    address = server.address.replace("http", "ws") + "/api/v1/chat/socket"
    headers = {"authorization": f"Bearer {made['key']}", "x-request-id": "a-socket"}
    with connect(address, additional_headers=headers, open_timeout=GUARD, proxy=None) as socket:
        for id in ("1", "2"):
            socket.send(json.dumps({"id": id, "ask": {"text": "Hi", "model": "openai/sim"}}))
            while json.loads(socket.recv(timeout=GUARD))["event"] != "Done":
                pass
    told = written(caplog, "a-socket")
    assert (told["event"], told["path"], told["key"]) == ("socket", "/api/v1/chat/socket", made["id"])
    assert (told["calls"], told["model"], told["status"]) == (2, "openai/sim", None)
    assert made["key"] not in str(caplog.messages)


@pytest.mark.parametrize("given", ["a b", "x" * 65, "\u00e9", "a\tb", ""])
def test_an_id_that_is_not_well_formed_is_replaced(server: Running, given: str) -> None:
    headers = [(b"x-request-id", given.encode("latin-1"))]
    answer = httpx.get(f"{server.address}/healthz", headers=headers, trust_env=False)
    assert re.fullmatch("req_[0-9a-f]{24}", answer.headers["x-request-id"])


def test_a_path_forges_no_line_and_a_session_is_told_by_its_user(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pointsman")
    forged = httpx.get(f"{server.address}/x%0aFORGED%1b[2J?key=pm-secret", trust_env=False)
    told = written(caplog, forged.headers["x-request-id"])
    assert (told["status"], "\n" in told["path"], "\x1b" in told["path"]) == (404, False, False)
    assert "pm-secret" not in str(told)
    with server.signed_in() as admin:
        listed = admin.get("/api/v1/keys")
    assert written(caplog, listed.headers["x-request-id"])["user"] == "admin"
