"""What a key or a session has opened ends with it; till then it gives them what is theirs, and counts what they ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from pointsman.core.effect import settle
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey
from tests.patience import GUARD
from tests.served import Running, running

EVENTS, CHAT = "/api/v1/events", "/api/v1/chat/socket"
OF_CALLS = ("response_start", "response_chunk", "response_complete", "function_calls", "conversation_created")
HEARD = (*OF_CALLS, "analytics_update", "cache_hit", "retry", "fallback", "budget_warning")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("open") / "home") as found:
        yield found


def make_key(admin: httpx.Client, name: str, *scopes: str, **more: Any) -> Any:
    return admin.post("/api/v1/keys", json={"name": name, "scopes": scopes, **more}).json()["data"]


def bearer(key: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {key['key']}"}


def cookie(client: httpx.Client) -> dict[str, str]:
    return {"cookie": f"pointsman_session={client.cookies['pointsman_session']}"}


@contextmanager
def opened(server: Running, path: str, headers: dict[str, str], csrf: str | None = None) -> Iterator[ClientConnection]:
    """A socket that has come to where it hears or answers."""
    with connect(server.address.replace("http", "ws") + path, additional_headers=headers, proxy=None) as socket:
        word = {} if csrf is None else {"csrf": csrf}
        if path == EVENTS:
            socket.send(json.dumps({"subscribe": HEARD, **word}))
        else:
            socket.send(json.dumps({"id": "under way", "ask": {"text": "Hi", "model": "openai/sim-stall"}, **word}))
            assert json.loads(socket.recv(timeout=GUARD))["event"] == "Started"
        yield socket


def read_to_close(socket: ClientConnection) -> tuple[list[dict[str, Any]], int, str]:
    """What came until the server closed, and how it did."""
    found = [json.loads(message) for message in messages_of(socket)]
    assert socket.close_code is not None
    return found, socket.close_code, socket.close_reason or ""


def messages_of(socket: ClientConnection) -> Iterator[str | bytes]:
    while True:
        try:
            yield socket.recv(timeout=GUARD)
        except ConnectionClosed:
            return


def ask_in_private(server: Running, headers: dict[str, str], text: str) -> str:
    """A conversation, and a streamed answer in it; its id."""
    with httpx.Client(base_url=server.address, headers=headers, timeout=GUARD, trust_env=False) as client:
        made = client.post("/api/v1/conversations", json={"title": f"about {text}"}).json()["data"]["id"]
        asked = {"model": "openai/sim", "text": text, "conversation": made, "stream": True}
        with client.stream("POST", "/api/v1/chat", json=asked) as answer:
            assert "event: Done" in answer.read().decode()
    return str(made)


def hear_until(socket: ClientConnection, text: str) -> list[dict[str, Any]]:
    """What is heard until the record of the call has come whose answer has `text`."""
    found: list[dict[str, Any]] = []
    while not (text in json.dumps(found) and found[-1]["event"] == "response_complete"):
        found.append(json.loads(socket.recv(timeout=GUARD)))
    return found


def change_elsewhere(server: Running, id: str, **fields: Any) -> None:
    """Change a key as another process does, or delete it: this one is not told."""
    keys, entry = server.served.site.running.stores.keys, AuditEntry(time=0.0, who="test", what="test", target=id)

    async def change() -> None:
        key: VirtualKey = next(one for one in (await settle(keys.all())).unwrap() if one.id == id)
        done = keys.put(attrs.evolve(key, **fields), entry) if fields else keys.remove(id, entry)
        (await settle(done.map(lambda _: None))).unwrap()

    server.portal.call(change)


def test_a_key_hears_of_its_own_calls_only_and_who_administrates_of_all(server: Running) -> None:
    with server.signed_in() as admin:
        ann, bob = make_key(admin, "ann", "chat", "read"), make_key(admin, "bob", "chat", "read")
        chief = make_key(admin, "chief", "read", "admin")
        csrf = admin.headers["x-pointsman-csrf"]
        with (
            opened(server, EVENTS, bearer(bob)) as of_bob,
            opened(server, EVENTS, bearer(chief)) as of_chief,
            opened(server, EVENTS, cookie(admin), csrf) as of_page,
        ):
            secret = ask_in_private(server, bearer(ann), "plum-of-ann")
            ask_in_private(server, cookie(admin) | {"x-pointsman-csrf": csrf}, "pear-of-page")
            own = ask_in_private(server, bearer(bob), "fig-of-bob")
            heard = hear_until(of_bob, "fig-of-bob")
            assert {"response_start", "response_chunk", "conversation_created"} <= {one["event"] for one in heard}
            assert own in json.dumps(heard)
            assert not [word for word in ("plum-of-ann", "pear-of-page", secret) if word in json.dumps(heard)]
            for everything in (of_chief, of_page):
                told = json.dumps(hear_until(everything, "fig-of-bob"))
                assert all(word in told for word in ("plum-of-ann", "pear-of-page", secret))
        records = [
            httpx.get(
                f"{server.address}/api/v1/usage/records", headers=bearer(one), timeout=GUARD, trust_env=False
            ).json()["data"]["records"]
            for one in (bob, chief)
        ]
        assert {one["conversation"] for one in records[0]} == {own}
        assert {secret, own} <= {one["conversation"] for one in records[1]}


@pytest.mark.parametrize("path", [EVENTS, CHAT])
@pytest.mark.parametrize("how", ["delete", "disable", "deleted elsewhere", "expire", "lose the scope"])
def test_a_socket_ends_with_its_key(server: Running, path: str, how: str) -> None:
    with server.signed_in() as admin:
        key = make_key(admin, how, "chat", "read")
        with opened(server, path, bearer(key)) as socket:
            match how:
                case "delete":
                    admin.delete(f"/api/v1/keys/{key['id']}")
                case "disable":
                    admin.patch(f"/api/v1/keys/{key['id']}", json={"enabled": False})
                case "deleted elsewhere":
                    change_elsewhere(server, key["id"])
                case "expire":
                    change_elsewhere(server, key["id"], expires=1.0)
                case _:
                    change_elsewhere(server, key["id"], scopes=("admin",))
            told, code, reason = read_to_close(socket)
            assert code == 4401
            assert "key" in reason
            if path == CHAT:
                assert told[-1]["id"] == "under way"
                assert (told[-1]["event"], told[-1]["data"]["error"]["tag"]) == ("Failed", "AuthenticationFailed")


@pytest.mark.parametrize("path", [EVENTS, CHAT])
def test_a_socket_of_the_page_ends_with_its_session(tmp_path: Path, path: str) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as one, server.signed_in() as other:
        csrf, theirs = one.headers["x-pointsman-csrf"], other.headers["x-pointsman-csrf"]
        with opened(server, path, cookie(other), theirs) as of_other, opened(server, path, cookie(one), csrf) as own:
            assert one.put("/api/v1/session/password", json={"password": "a long new password"}).status_code == 200
            assert read_to_close(of_other)[1:] == (4401, "the session is over; sign in again")
            assert one.get("/api/v1/session").json()["data"]["authenticated"]
            headers = cookie(one)
            if path == CHAT:  # who changed it goes on
                own.send(json.dumps({"id": "b", "ask": {"text": "Hi", "model": "openai/sim"}, "csrf": csrf}))
                ends = {"id": "b", "event": "Done"}.items()
                while not ends <= json.loads(own.recv(timeout=GUARD)).items():
                    continue
            else:
                ask_in_private(server, headers | {"x-pointsman-csrf": csrf}, "still here")
                assert hear_until(own, "still here")
            one.delete("/api/v1/session")
            assert read_to_close(own)[1] == 4401


def test_what_is_asked_on_a_socket_counts_and_goes_by_what_the_key_opens_then(server: Running) -> None:
    def ask(socket: ClientConnection, id: str) -> Any:
        socket.send(json.dumps({"id": id, "ask": {"text": "Hi", "model": "openai/sim"}}))
        while (told := json.loads(socket.recv(timeout=GUARD)))["event"] not in ("Done", "Failed"):
            continue
        return told["data"]["error"]["tag"] if told["event"] == "Failed" else told["event"]

    address = server.address.replace("http", "ws") + CHAT
    with server.signed_in() as admin:
        key = make_key(admin, "slow", "chat", requests_per_minute=2)
        with connect(address, additional_headers=bearer(key), proxy=None) as socket:
            assert [ask(socket, id) for id in "abc"] == ["Done", "Done", "RateLimitExceeded"]
        narrow = make_key(admin, "narrow", "chat")
        with connect(address, additional_headers=bearer(narrow), proxy=None) as socket:
            assert ask(socket, "a") == "Done"
            change_elsewhere(server, narrow["id"], models=("ollama/*",))
            admin.patch(f"/api/v1/keys/{narrow['id']}", json={"enabled": True})  # looks it up anew at once
            assert ask(socket, "b") == "AuthenticationFailed"


MESSAGES = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
STREAMS = {
    "the API": ("/api/v1/chat", {"text": "Hi", "model": "openai/sim-stall", "stream": True}, "event: Failed"),
    "openai": ("/v1/chat/completions", {**MESSAGES, "model": "openai/sim-stall"}, '"error"'),
    "translated": ("/v1/chat/completions", {**MESSAGES, "model": "anthropic/sim-stall"}, '"error"'),
    "anthropic": ("/v1/messages", {**MESSAGES, "max_tokens": 9, "model": "openai/sim-stall"}, "event: error"),
    "gemini": (
        "/v1beta/models/openai%2Fsim-stall:streamGenerateContent",
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
        '"error"',
    ),
}


@pytest.mark.parametrize("door", STREAMS)
def test_a_stream_under_way_ends_in_the_words_of_its_dialect_when_its_key_is_deleted(
    server: Running, door: str
) -> None:
    path, body, end = STREAMS[door]
    with server.signed_in() as admin, httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client:
        key = make_key(admin, door, "chat")
        with client.stream("POST", path, json=body, headers=bearer(key)) as answer:
            assert answer.status_code == 200
            pieces = answer.iter_text()
            text = next(pieces)
            assert "there is no such key" not in text
            admin.delete(f"/api/v1/keys/{key['id']}")
            text += "".join(pieces)
        assert end in text
        assert "there is no such key" in text
        if door == "gemini":
            assert json.loads(text)[-1]["error"]
