"""A server that is stopped with calls under way: those that can end do, the others are told so in their own words."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.adapters.web.test_open_connections import CHAT, EVENTS, bearer, make_key, opened, read_to_close
from tests.patience import GUARD, attempts
from tests.served import Running, running
from tests.slow_upstream import SlowUpstream, slow_upstream

HI = [{"role": "user", "content": "Hi"}]
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
STREAMS: dict[str, tuple[str, dict[str, Any], str]] = {
    "openai": ("/v1/chat/completions", {"model": "openai/m", "messages": HI, "stream": True}, '"error"'),
    "responses": ("/v1/responses", {"model": "openai/m", "input": "Hi", "stream": True}, "response.failed"),
    "anthropic": (
        "/v1/messages",
        {"model": "openai/m", "messages": HI, "max_tokens": 99, "stream": True},
        "event: error",
    ),
    "gemini": ("/v1beta/models/openai/m:streamGenerateContent?alt=sse", CONTENTS, '"error"'),
    "gemini in one array": ("/v1beta/models/openai/m:streamGenerateContent", CONTENTS, '"error"'),
    "ollama": ("/api/chat", {"model": "openai/m", "messages": HI}, '"error"'),
    "our own": ("/api/v1/chat", {"model": "openai/m", "text": "Hi", "stream": True}, "event: Failed"),
}
WHOLE: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "openai": ("/v1/chat/completions", {"model": "openai/m", "messages": HI}, ("error", "message")),
    "anthropic": ("/v1/messages", {"model": "openai/m", "messages": HI, "max_tokens": 99}, ("error", "message")),
    "gemini": ("/v1beta/models/openai/m:generateContent", CONTENTS, ("error", "message")),
    "ollama": ("/api/chat", {"model": "openai/m", "messages": HI, "stream": False}, ("error",)),
    "our own": ("/api/v1/chat", {"model": "openai/m", "text": "Hi"}, ("error", "message")),
}


class Asking(threading.Thread):
    """One call under way, and what came of it."""

    def __init__(self, address: str, path: str, body: dict[str, Any], key: str) -> None:
        super().__init__(daemon=True)
        self.url, self.body, self.key = address + path, body, key
        self.status, self.text, self.problem = 0, "", ""
        self.start()

    def run(self) -> None:
        with httpx.Client(timeout=GUARD, trust_env=False) as client:
            try:
                answer = client.post(self.url, json=self.body, headers={"authorization": f"Bearer {self.key}"})
                self.status, self.text = answer.status_code, answer.text
            except httpx.HTTPError as problem:
                self.problem = repr(problem)


@contextmanager
def under_way(home: Path, calls: dict[str, Any], drain: float) -> Iterator[tuple[Running, SlowUpstream, list[Asking]]]:
    """A server on which each of the `calls` has begun, and none has ended."""
    with slow_upstream() as upstream:
        home.mkdir()
        settings = upstream.write_settings(home).read_text()
        with running(home, settings, drain=drain) as server, server.signed_in() as admin:
            key = make_key(admin, "asks", "chat", "read", budget="9")["key"]
            asked = [Asking(server.address, path, body, key) for path, body, _ in calls.values()]
            upstream.wait_for(len(calls))
            yield server, upstream, asked


def join(asked: list[Asking]) -> None:
    for one in asked:
        one.join(GUARD)
        assert not one.is_alive()


def outcomes(home: Path) -> list[str]:
    """Of all calls that were recorded, once the books are closed; nothing is held back any more."""
    with closing(sqlite3.connect(home / "pointsman.db")) as connection:
        assert connection.execute("SELECT sum(held_picodollars) FROM account").fetchone() in ((0,), (None,))
        assert connection.execute("SELECT count(*) FROM lease").fetchone() == (0,)
        return [row[0] for row in connection.execute("SELECT outcome FROM usage")]


def test_what_is_under_way_comes_to_its_end(tmp_path: Path) -> None:
    with under_way(tmp_path / "home", STREAMS | {f"whole {name}": one for name, one in WHOLE.items()}, 300.0) as (
        server,
        upstream,
        asked,
    ):
        ending = server.served.site.ending
        with httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as kept:
            assert kept.get("/readyz").json()["ready"]
            server.portal.call(ending.begin)
            told = kept.get("/readyz")
            assert told.status_code == 503
            assert told.json()["parts"]["server"] == {"ok": False, "status": "stopping", "detail": None}
            assert told.headers["connection"] == "close"
        for _ in attempts():
            try:
                httpx.get(f"{server.address}/healthz", timeout=GUARD, trust_env=False)
            except httpx.ConnectError:
                break
        else:
            pytest.fail("it still takes connections")
        upstream.let_end.set()
        join(asked)
        assert [(one.status, "to the end" in one.text, one.problem) for one in asked] == [(200, True, "")] * len(asked)
        server.portal.call(ending.over.wait)
        assert ending.cut_count == 0
    assert outcomes(tmp_path / "home") == ["ok"] * len(asked)


def test_what_has_no_time_left_is_told_so_in_its_own_words(tmp_path: Path) -> None:
    with under_way(tmp_path / "home", STREAMS, 0.0) as (server, _, asked):
        server.portal.call(server.served.site.ending.begin)
        join(asked)
        for one, (_, _, sign) in zip(asked, STREAMS.values(), strict=True):
            assert one.status == 200, one.text
            assert "from the start" in one.text
            assert sign in one.text.partition("from the start")[2]
            assert "is being stopped" in one.text
    assert outcomes(tmp_path / "home") == ["Cancelled"] * len(asked)


def test_what_has_not_begun_to_be_answered_is_refused_in_its_own_words(tmp_path: Path) -> None:
    with under_way(tmp_path / "home", WHOLE, 300.0) as (server, _, asked):
        server.portal.call(server.served.site.ending.begin)
        server.portal.call(server.served.site.ending.hasten)
        join(asked)
        for one, (_, _, path) in zip(asked, WHOLE.values(), strict=True):
            assert one.status == 503, one.text
            found = json.loads(one.text)
            for name in path:
                found = found[name]
            assert "is being stopped" in found
    assert outcomes(tmp_path / "home") == ["Cancelled"] * len(asked)


def test_sockets_are_told_when_the_server_stops(tmp_path: Path) -> None:
    with running(tmp_path / "home", drain=0.0) as server, server.signed_in() as admin:
        key = make_key(admin, "listens", "chat", "read")
        url = server.address.replace("http", "ws") + CHAT
        with (
            opened(server, CHAT, bearer(key)) as busy,
            opened(server, EVENTS, bearer(key)) as hears,
            connect(url, additional_headers=bearer(key), proxy=None) as idle,
        ):
            server.portal.call(server.served.site.ending.begin)
            told, code, _ = read_to_close(busy)
            assert (told[-1]["id"], told[-1]["event"], code) == ("under way", "Failed", 1001)
            assert told[-1]["data"]["error"]["tag"] == "ModelUnavailable"
            for one in (hears, idle):
                assert read_to_close(one) == ([], 1001, "this server is being stopped; connect again")


def test_a_socket_that_stays_for_its_answer_takes_no_new_question(tmp_path: Path) -> None:
    with running(tmp_path / "home", drain=300.0) as server, server.signed_in() as admin:
        key = make_key(admin, "asks", "chat")
        with opened(server, CHAT, bearer(key)) as socket:
            server.portal.call(server.served.site.ending.begin)
            socket.send(json.dumps({"id": "new", "ask": {"text": "Hi", "model": "openai/sim"}}))
            while (told := json.loads(socket.recv(timeout=GUARD)))["id"] != "new":
                continue
            assert (told["event"], told["data"]["error"]["tag"]) == ("Failed", "ModelUnavailable")
            socket.send(json.dumps({"cancel": "under way"}))
            assert read_to_close(socket)[1] == 1001
