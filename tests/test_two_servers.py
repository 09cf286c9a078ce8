"""Two `serve` on one database: what one grants and takes away holds at the other, also for what is open there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.adapters.web.test_open_connections import bearer, read_to_close
from tests.patience import GUARD
from tests.slow_upstream import SlowUpstream, slow_upstream
from tests.test_stopping import STREAM, Process, serving

PRICE = '[models."openai/dear"]\ninput = 0.08\noutput = 0.08\n'
"""At which a short question is held back at less than a millionth of a dollar, and two are more."""
CALL = {"model": "openai/dear", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}


@contextmanager
def signed_in(server: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client:
        data = client.post("/api/v1/session", json={"link": server.link}).json()["data"]
        client.headers["x-pointsman-csrf"] = data["csrf"]
        yield client


def check_budget(admin: httpx.Client, other: Process, upstream: SlowUpstream) -> None:
    """Made at one and used at the other: there the second call is refused, and nobody is asked."""
    key = admin.post("/api/v1/keys", json={"name": "tight", "scopes": ["chat"], "budget": "0.000001"}).json()["data"]
    upstream.let_end.set()
    begun, path = upstream.begun, f"{other.address}/v1/chat/completions"
    answers = [httpx.post(path, json=CALL, headers=bearer(key), timeout=GUARD, trust_env=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 402], answers[1].text
    assert upstream.begun - begun == 1
    upstream.let_end.clear()


def check_endings(admin: httpx.Client, other: Process, upstream: SlowUpstream) -> None:
    """Deleted at one: its stream and its socket at the other end, though their answers never would."""
    key = admin.post("/api/v1/keys", json={"name": "open", "scopes": ["chat"]}).json()["data"]
    begun, texts = upstream.begun, list[str]()

    def stream() -> None:
        path = f"{other.address}/v1/chat/completions"
        texts.append(httpx.post(path, json=STREAM, headers=bearer(key), timeout=GUARD, trust_env=False).text)

    reader = threading.Thread(target=stream)
    reader.start()
    address = f"{other.address.replace('http', 'ws')}/api/v1/chat/socket"
    with connect(address, additional_headers=bearer(key), proxy=None) as socket:
        socket.send(json.dumps({"id": "1", "ask": {"text": "Hi", "model": "openai/m"}}))
        upstream.wait_for(begun + 2)
        assert admin.delete(f"/api/v1/keys/{key['id']}").status_code == 200
        assert read_to_close(socket)[1] == 4401
    reader.join(GUARD)
    assert "there is no such key" in texts[0]


@pytest.mark.long
def test_a_key_holds_and_ends_at_the_server_where_it_was_not_made(tmp_path: Path) -> None:
    with slow_upstream() as upstream:
        upstream.write_settings(tmp_path, PRICE)
        with (
            serving(tmp_path, "--port", "0") as one,
            serving(tmp_path, "--port", "0") as other,
            signed_in(one) as admin,
        ):
            check_budget(admin, other, upstream)
            check_endings(admin, other, upstream)
