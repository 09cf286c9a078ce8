"""Chat over a web socket: several at once, each can be cancelled, and nothing without the right word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.patience import GUARD, attempts
from tests.served import Running, running


@contextmanager
def talking(server: Running, admin: httpx.Client) -> Iterator[ClientConnection]:
    cookie = f"pointsman_session={admin.cookies['pointsman_session']}"
    url = server.address.replace("http", "ws") + "/api/v1/chat/socket"
    with connect(url, additional_headers={"cookie": cookie, "origin": server.address}, proxy=None) as socket:
        yield socket


def ends(socket: ClientConnection, count: int) -> dict[str, tuple[str, list[Any]]]:
    """How each of `count` answers ended, and its events."""
    found: dict[str, list[Any]] = {}
    done: dict[str, tuple[str, list[Any]]] = {}
    while len(done) < count:
        told = json.loads(socket.recv(timeout=GUARD))
        found.setdefault(told["id"], []).append(told)
        if told["event"] in ("Done", "Failed", "Cancelled"):
            done[told["id"]] = (told["event"], found[told["id"]])
    return done


def test_answers_come_side_by_side_and_one_of_them_is_cancelled(tmp_path: Path) -> None:
    with running(tmp_path / "home", pace=20.0) as server, server.signed_in() as admin:
        word = {"csrf": admin.headers["x-pointsman-csrf"]}
        with talking(server, admin) as socket:
            for id, model in (("a", "openai/sim"), ("b", "openai/sim-stall")):
                socket.send(json.dumps({"id": id, "ask": {"text": f"Hello {id} " * 10, "model": model}, **word}))
            first = json.loads(socket.recv(timeout=GUARD))
            socket.send(json.dumps({"cancel": "b"}))
            done = ends(socket, 2)
            assert first["event"] == "Started"
            assert {id: end for id, (end, _) in done.items()} == {"a": "Done", "b": "Cancelled"}
            text = "".join(one["data"].get("text", "") for one in done["a"][1] if one["event"] == "TextDelta")
            assert "Hello a" in text
            for wrong, problem in (
                ({"id": "c", "ask": {"text": "Hi"}}, "csrf: it is missing or wrong; reload the page"),
                ({"id": "d", "ask": {"txt": "Hi"}, **word}, "there is no field 'txt' @ $"),
                ({"id": "e", "ask": {}, **word}, "text: there is nothing to ask"),
                ({"ask": {"text": "Hi"}, **word}, "id: it is missing, or an answer of that name is under way"),
            ):
                socket.send(json.dumps(wrong))
                (end, events), *_ = ends(socket, 1).values()
                assert end == "Failed"
                assert events[-1]["data"]["error"]["problems"] == [problem]
            for nonsense, problem in (  # nobody knows whose it is: the answer has no id
                ("nonsense", "not JSON"),
                (b"\x00\xff", "these were bytes"),
                ("[1]", "a message is"),
                ('{"id": "h"}', "a message is"),
                ('{"cancel": ["b"]}', ""),
            ):
                socket.send(nonsense)
                if problem:  # who cancels what is not there is told nothing
                    end, events = ends(socket, 1)[""]
                    assert end == "Failed"
                    assert problem in events[-1]["data"]["error"]["message"]
            socket.send(json.dumps({"id": "f", "ask": {"text": "Hi"}, **word}))
            assert ends(socket, 1)["f"][0] == "Done"
            socket.send(json.dumps({"id": "g", "ask": {"text": "Hi " * 50, "model": "openai/sim-stall"}, **word}))
            json.loads(socket.recv(timeout=GUARD))
        outcomes: list[str] = []
        for _ in attempts():
            outcomes = [one["outcome"] for one in admin.get("/api/v1/usage/records").json()["data"]["records"]]
            if outcomes.count("Cancelled") == 2:
                break
        assert outcomes.count("Cancelled") == 2


def test_nobody_talks_without_a_session(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server:
        url = server.address.replace("http", "ws") + "/api/v1/chat/socket"
        with connect(url, proxy=None) as socket, pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=GUARD)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_what_a_user_wants_otherwise_is_asked_of_the_model(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        path = "/api/v1/users/admin/overrides"
        wanted = {"model": "ollama/sim", "temperature": 0.25, "max_tokens": 9, "system": "Be brief."}
        assert admin.patch(path, json=wanted).json()["data"] == wanted
        answer = admin.post("/api/v1/chat", json={"text": "Hi"}).json()["data"]["response"]
        assert (answer["provider"], answer["finish_reason"]) == ("ollama", "length")
        answer = admin.post("/api/v1/chat", json={"text": "Hi", "model": "openai/sim", "max_tokens": 500})
        assert answer.json()["data"]["response"]["provider"] == "openai"
        assert "1 system" in answer.text
        assert admin.patch(path, json={"temperature": 3}).status_code == 400
        assert admin.patch(path, json={"max_tokens": None}).json()["data"]["max_tokens"] is None
        assert admin.get(path).json()["data"]["temperature"] == 0.25
        changes = admin.get("/api/v1/audit").json()["data"]["entries"]
        assert {one["what"] for one in changes} == {"user.override"}
