"""Live events over a web socket: what was subscribed to, and nothing else; to nobody who may not read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.patience import GUARD
from tests.served import Running, running

ALL = (
    "response_start",
    "response_chunk",
    "response_complete",
    "function_calls",
    "conversation_created",
    "provider_status_change",
    "analytics_update",
    "retry",
    "fallback",
    "cache_hit",
    "budget_warning",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("events") / "home") as found:
        yield found


def listening(server: Running, admin: httpx.Client, **headers: str) -> ClientConnection:
    """A web socket with the page's cookie."""
    cookie = f"pointsman_session={admin.cookies['pointsman_session']}"
    address = server.address.replace("http", "ws")
    given = {"cookie": cookie, "origin": server.address, **headers}
    return connect(f"{address}/api/v1/events", additional_headers=given, proxy=None)


def until(socket: ClientConnection, *names: str) -> list[dict[str, Any]]:
    """The events until there was one of each of `names`."""
    found: list[dict[str, Any]] = []
    while not set(names) <= {one["event"] for one in found}:
        found.append(json.loads(socket.recv(timeout=GUARD)))
    return found


def test_what_happens_is_told_to_who_has_subscribed(server: Running) -> None:
    with server.signed_in() as admin, listening(server, admin) as socket:
        socket.send(json.dumps({"subscribe": ALL, "csrf": admin.headers["x-pointsman-csrf"]}))
        talk = admin.post("/api/v1/conversations", json={"title": "Levers"}).json()["data"]["id"]
        created = until(socket, "conversation_created")[-1]
        assert created["data"] == {"id": talk, "title": "Levers", "tenant": ""}
        asked = {"model": "openai/sim", "text": "Hi", "conversation": talk}
        with admin.stream("POST", "/api/v1/chat", json={**asked, "stream": True}) as answer:
            answer.read()
        found = until(socket, "analytics_update", "response_complete")
        names = [one["event"] for one in found]
        assert names[0] == "response_start"
        assert names.count("response_complete") == 1
        text = "".join(one["data"].get("text", "") for one in found if one["event"] == "response_chunk")
        assert "Hi" in text
        of_the_call = [one["data"] for one in found if one["event"] in ("response_chunk", "response_complete")]
        assert len({one["id"] for one in of_the_call}) == 1
        started = next(one for one in of_the_call if one["event"] == "Started")
        assert started["response_id"] != started["id"]
        complete = next(one["data"] for one in found if one["event"] == "response_complete")
        assert (complete["provider"], complete["error"]) == ("openai", None)
        record = next(one["data"]["record"] for one in found if one["event"] == "analytics_update")
        assert record["outcome"] == "ok"
        tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
        body = {"model": "openai/sim", "messages": [{"role": "user", "content": "Use get_weather."}], "tools": [tool]}
        key = admin.post("/api/v1/keys", json={"name": "k"}).json()["data"]["key"]
        url, headers = f"{server.address}/v1/chat/completions", {"authorization": f"Bearer {key}"}
        assert httpx.post(url, json=body, headers=headers, timeout=GUARD, trust_env=False).status_code == 200
        calls = until(socket, "function_calls")[-1]["data"]["calls"]
        assert [call["name"] for call in calls] == ["get_weather"]
        admin.post("/api/v1/chat", json={"model": "openai/sim-status-500", "text": "Hi"})
        while not (failed := until(socket, "response_complete")[-1]["data"]["error"]):
            continue
        assert failed["tag"] == "ModelUnavailable"


def test_only_what_was_subscribed_to_is_told(server: Running) -> None:
    with server.signed_in() as admin, listening(server, admin) as socket:
        socket.send(json.dumps({"subscribe": ["analytics_update"], "csrf": admin.headers["x-pointsman-csrf"]}))
        admin.get("/healthz")
        for _ in range(3):
            admin.post("/api/v1/chat", json={"model": "openai/sim", "text": "Hi"})
        assert [json.loads(socket.recv(timeout=GUARD))["event"] for _ in range(3)] == ["analytics_update"] * 3


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"subscribe": ["retry"]}, 4401),
        ({"subscribe": ["retry"], "csrf": "wrong"}, 4401),
        ({"subscribe": ["nonsense"], "csrf": None}, 4400),
        ({"subscribe": "retry", "csrf": None}, 4400),
        ("not JSON", 4401),
        (b"\x00\xff", 4401),
    ],
)
def test_who_does_not_say_it_properly_is_told_so(server: Running, hello: Any, code: int) -> None:
    with server.signed_in() as admin, listening(server, admin) as socket:
        if isinstance(hello, dict) and "csrf" in hello and hello["csrf"] is None:
            hello["csrf"] = admin.headers["x-pointsman-csrf"]
        socket.send(json.dumps(hello) if isinstance(hello, dict) else hello)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=GUARD)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert closed.value.rcvd.reason


@pytest.mark.parametrize("hello", ['{"subscribe": []}', "{}", None])
def test_who_does_not_say_what_they_want_is_sent_all_but_the_pieces_of_answers(
    server: Running, hello: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsman.adapters.web.events.HELLO_SECONDS", 0.01 if hello is None else GUARD)
    with server.signed_in() as admin:
        key = admin.post("/api/v1/keys", json={"name": "k", "scopes": ["chat", "read"]}).json()["data"]["key"]
        own = {"authorization": f"Bearer {key}"}
        with listening(server, admin, **own, cookie="") as socket:
            if hello is not None:
                socket.send(hello)
            names: set[str] = set()
            while "conversation_created" not in names or "response_complete" not in names:
                httpx.post(
                    f"{server.address}/api/v1/conversations",
                    json={"title": "a"},
                    headers=own,
                    timeout=GUARD,
                    trust_env=False,
                )
                body = {"model": "openai/sim", "text": "Hi", "stream": True}
                httpx.post(f"{server.address}/api/v1/chat", json=body, headers=own, timeout=GUARD, trust_env=False)
                with contextlib.suppress(TimeoutError):
                    while True:
                        names.add(json.loads(socket.recv(timeout=0.05))["event"])
    assert "response_chunk" not in names


def test_nobody_listens_without_a_session_or_a_key_that_reads(server: Running) -> None:
    with server.signed_in() as admin:
        keys = {
            scopes[-1]: admin.post("/api/v1/keys", json={"name": "k", "scopes": scopes}).json()["data"]["key"]
            for scopes in (["chat"], ["chat", "read"])
        }
        for headers in ({"cookie": "pointsman_session=guessed"}, {"authorization": f"Bearer {keys['chat']}"}):
            with listening(server, admin, **{"cookie": "", **headers}) as socket:
                with pytest.raises(ConnectionClosed) as closed:
                    socket.recv(timeout=GUARD)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4401
        given = {"cookie": "", "authorization": f"Bearer {keys['read']}"}
        with listening(server, admin, **given) as socket:
            socket.send(json.dumps({"subscribe": ["conversation_created"]}))
            own, url = {"authorization": f"Bearer {keys['read']}"}, f"{server.address}/api/v1/conversations"
            httpx.post(url, json={"title": "a"}, headers=own, timeout=GUARD, trust_env=False)
            assert until(socket, "conversation_created")
        with (
            pytest.raises((InvalidStatus, ConnectionClosed)),
            listening(server, admin, origin="http://evil.example") as bad,
        ):
            bad.recv(timeout=GUARD)


@pytest.mark.long
def test_a_listener_who_does_not_listen_costs_nobody_anything(tmp_path: Path) -> None:
    with running(tmp_path / "home") as fresh, fresh.signed_in() as admin, listening(fresh, admin) as socket:
        socket.send(json.dumps({"subscribe": ALL, "csrf": admin.headers["x-pointsman-csrf"]}))
        for _ in range(30):
            with admin.stream("POST", "/api/v1/chat", json={"text": "Hi " * 200, "stream": True}) as answer:
                assert "event: Done" in answer.read().decode()
