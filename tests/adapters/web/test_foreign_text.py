"""Text from outside chooses no path, no header, no log line, and no model that a key does not open."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from tests.patience import GUARD
from tests.served import KEY, Running, running

SETTINGS = (
    'default_provider = "g"\n[retries]\nmax_retries = 0\n[breaker]\nfailures = 1000\n'
    f'[providers.g]\nkind = "gemini"\nbase_url = "UPSTREAM/v1beta"\napi_key = "{KEY}"\nmodel = "sim"\n'
    f'[providers.o]\nkind = "openai"\nbase_url = "UPSTREAM/v1"\napi_key = "{KEY}"\nmodel = "sim"\n'
    f'[providers.a]\nkind = "anthropic"\nbase_url = "UPSTREAM"\napi_key = "{KEY}"\nmodel = "sim"\n'
)
LISTS = ("/v1/models", "/v1beta/models?")
"""What a name is looked up in, whatever it is."""
ELSEWHERE = (
    "sim/../other",
    "sim/../../cachedContents?x=",
    "sim/../../../upload/v1beta/files?a=b&c=",
    "..",
    "sim#x",
    "sim\\..\\x",
    "sim\r\nx: y",
    "sim?key=1",
)


class Upstream(BaseHTTPRequestHandler):
    """Answers everything with `answer`, and notes the paths."""

    protocol_version = "HTTP/1.1"
    paths: ClassVar[list[str]] = []
    answer: ClassVar[tuple[int, dict[str, str], Any]] = (200, {}, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        self.paths.append(self.path)
        status, headers, body = self.answer
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        thread = threading.Thread(target=upstream.serve_forever, daemon=True)
        thread.start()
        settings = SETTINGS.replace("UPSTREAM", f"http://127.0.0.1:{upstream.server_address[1]}")
        with running(tmp_path_factory.mktemp("foreign") / "home", settings=settings) as found:
            yield found
        upstream.shutdown()
        thread.join()


def ask(server: Running, model: str, path: str = "/v1/chat/completions", **more: Any) -> httpx.Response:
    """One question in OpenAI's dialect."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "input": ["hi"], "max_tokens": 5}
    headers = more.pop("headers", {})
    return httpx.post(server.address + path, json={**body, **more}, headers=headers, timeout=GUARD, trust_env=False)


@pytest.mark.parametrize("model", ELSEWHERE)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/messages/count_tokens"])
def test_a_model_does_not_choose_the_path_of_the_request_that_carries_the_key(
    server: Running, model: str, path: str
) -> None:
    Upstream.paths.clear()
    answer = ask(server, f"g/{model}", path)
    assert answer.status_code == 400, answer.text
    assert "cannot be the name of a model" in answer.text
    assert [sent for sent in Upstream.paths if not sent.startswith(LISTS)] == []


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-1.5", "models/gemini-1.5"),
        ("models/gemini-1.5", "models/gemini-1.5"),
        ("tunedModels/mine", "tunedModels/mine"),
        ("google/gemma", "models/google%2Fgemma"),
        ("a%2e%2e", "models/a%252e%252e"),
        ("modèle", "models/mod%C3%A8le"),
    ],
)
def test_a_model_is_one_quoted_segment_of_its_collection(server: Running, model: str, path: str) -> None:
    Upstream.answer = (200, {}, {"candidates": [{"content": {"parts": [{"text": "ok"}]}, "finishReason": "STOP"}]})
    Upstream.paths.clear()
    assert ask(server, f"g/{model}").status_code == 200
    assert Upstream.paths == [f"/v1beta/{path}:generateContent"]


def test_a_key_opens_what_is_asked_in_the_end_and_not_what_the_caller_wrote(server: Running) -> None:
    Upstream.answer = (200, {}, {"candidates": [{"content": {"parts": [{"text": "ok"}]}, "finishReason": "STOP"}]})
    with server.signed_in() as admin:
        key = admin.post("/api/v1/keys", json={"name": "k", "models": ["g/gemini-1.5-flash*"]}).json()["data"]["key"]
        headers = {"authorization": f"Bearer {key}"}
        try:
            assert ask(server, "g/gemini-1.5-flash-8b", headers=headers).status_code == 200
            assert ask(server, "gemini-1.5-flash-8b", headers=headers).status_code == 200  # of the default provider
            for model in (
                "g/gemini-1.5-flash/../ultra",
                "g/gemini-1.5-flash\n",
                "o/gemini-1.5-flash",
                "gemini-2",
                "g/",
            ):
                answer = ask(server, model, headers=headers)
                assert (answer.status_code, "may not ask" in answer.text) == (403, True), answer.text
        finally:
            for one in admin.get("/api/v1/keys").json()["data"]["keys"]:
                admin.delete(f"/api/v1/keys/{one['id']}")


def test_a_key_of_one_providers_models_does_not_open_what_a_router_may_choose(server: Running) -> None:
    with server.signed_in() as admin:
        made = admin.post("/api/v1/keys", json={"name": "all of g", "models": ["g/*"]}).json()["data"]
        headers = {"authorization": f"Bearer {made['key']}"}
        try:
            assert ask(server, "auto", headers=headers).status_code == 403
            assert ask(server, "gemini-2", headers=headers).status_code != 403
        finally:
            for one in admin.get("/api/v1/keys").json()["data"]["keys"]:
                admin.delete(f"/api/v1/keys/{one['id']}")


def completion(**more: Any) -> dict[str, Any]:
    """An answer in OpenAI's dialect."""
    message = {"role": "assistant", "content": "paid for"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **more}


@pytest.mark.parametrize("name", ["sim\ndear", "sim\r\nx-evil: 1", "sim\x00", "sim\u2028x", " sim ", "s" * 9000])
def test_a_paid_answer_arrives_whatever_its_models_name_is(server: Running, name: str) -> None:
    Upstream.answer = (200, {}, completion(model=name))
    answer = ask(server, f"o/{name}" if len(name) < 500 else "o/sim")  # a longer one may not be asked for
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == "paid for"
    assert "x-evil" not in answer.headers
    assert answer.headers["x-pointsman-model"].startswith("o/")
    assert len(answer.headers["x-pointsman-model"]) < 5000


SECRET_FIELDS: tuple[dict[str, Any], ...] = (
    {"id": f"chatcmpl-{KEY}"},
    {"model": f"sim {KEY}"},
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": f"x-{KEY}"}]},
)


@pytest.mark.parametrize("fields", SECRET_FIELDS)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_an_answer_that_echoes_the_key_shows_stars(server: Running, fields: dict[str, Any], path: str) -> None:
    Upstream.answer = (200, {}, completion(**fields))
    answer = ask(server, "o/sim", path)
    assert answer.status_code == 200
    assert KEY not in answer.text + str(answer.headers)


def test_an_error_that_echoes_the_key_in_its_ids_shows_stars(server: Running) -> None:
    error = {"type": "error", "error": {"type": "api_error", "message": "no"}, "request_id": f"req {KEY}"}
    Upstream.answer = (400, {"request-id": f"r-{KEY}", "x-request-id": f"r-{KEY}"}, error)
    for model in ("o/sim", "a/sim"):
        for path in ("/v1/chat/completions", "/v1/messages"):
            answer = ask(server, model, path)
            assert answer.status_code >= 400
            assert KEY not in answer.text + str(answer.headers)


def test_what_a_provider_echoes_comes_into_no_record_no_conversation_and_no_log(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with server.signed_in() as admin:
        talk = admin.post("/api/v1/conversations", json={"title": "t"}).json()["data"]["id"]
        for fields in SECRET_FIELDS:
            Upstream.answer = (200, {"x-request-id": f"r-{KEY}"}, completion(**fields))
            said = admin.post("/api/v1/chat", json={"model": "o/sim", "text": "Hi", "conversation": talk})
            assert said.status_code == 200
            assert KEY not in said.text
        Upstream.answer = (500, {}, {"error": {"message": f"no {KEY}", "type": f"t-{KEY}", "code": f"c-{KEY}"}})
        assert KEY not in admin.post("/api/v1/chat", json={"model": "o/sim", "text": "Hi", "conversation": talk}).text
        for path in ("usage/records", f"conversations/{talk}", "audit", "usage?by=outcome"):
            assert KEY not in admin.get(f"/api/v1/{path}").text
    for file in (one for one in server.home.rglob("*.db*") if one.is_file()):
        assert KEY.encode() not in file.read_bytes()
    assert KEY not in caplog.text


def test_listed_models_that_echo_the_key_show_stars(server: Running) -> None:
    Upstream.answer = (200, {}, {"object": "list", "data": [{"id": f"m-{KEY}", "object": "model"}], "has_more": False})
    with server.signed_in() as admin:
        listed = admin.get("/api/v1/llm-providers/o/models").text
    assert "m-***" in listed
    assert KEY not in listed


@pytest.mark.parametrize(
    "head", [b"Host: [\r\n", b"Host: [::1\r\n", b"Host: localhost\r\nOrigin: http://[\r\n", b"Host: a[b]c\r\n"]
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/keys", "/v1/models"])
def test_a_host_or_origin_that_cannot_be_read_is_refused_in_our_envelope(
    server: Running, head: bytes, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (path.encode(), head))
        data = b"".join(iter(lambda: connection.recv(65536), b""))
    begin, _, body = data.partition(b"\r\n\r\n")
    assert begin.split(b" ")[1] in (b"400", b"421")
    assert json.loads(body)["error"]["tag"] == "InvalidRequest"
    assert b"x-request-id: req_" in begin
    assert b"content-security-policy" in begin
    assert not [record for record in caplog.records if record.exc_info]


def test_a_path_cannot_forge_a_line_of_the_log(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "pointsman.requests"):
        httpx.get(f"{server.address}/x%0aFORGED%20admin%1b[2J%e2%80%ae", timeout=GUARD, trust_env=False)
        httpx.get(f"{server.address}/{'y' * 3000}", timeout=GUARD, trust_env=False)
    lines = [record.getMessage() for record in caplog.records if record.name == "pointsman.requests"]
    assert any("/x\\nFORGED admin\\x1b[2J\\u202e" in line for line in lines), lines
    assert all(line.isprintable() and len(line) < 1000 for line in lines)


AMOUNTS = ("1e9999999", "1e999999", "1e7", "1000000.01", "1e-9999999", "0." + "1" * 80, "NaN", "Infinity", "-1", "0")


@pytest.mark.parametrize("amount", AMOUNTS)
def test_a_budget_beyond_bounds_is_refused_and_its_key_not_kept(server: Running, amount: str) -> None:
    with server.signed_in() as admin:
        answer = admin.post("/api/v1/keys", json={"name": "rich", "budget": amount})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["problems"][0].startswith("budget: ")
        assert len(answer.text) < 2000
        assert admin.get("/api/v1/keys").json()["data"]["keys"] == []


@pytest.mark.parametrize("amount", ["1E+9999999", "1E+999999", "1E-9999999", "NaN"])
def test_an_absurd_budget_kept_before_there_were_bounds_can_be_listed_and_deleted(tmp_path: Path, amount: str) -> None:
    import sqlite3

    with running(tmp_path / "home") as server, server.signed_in() as admin:
        made = admin.post("/api/v1/keys", json={"name": "old", "budget": "5.00"}).json()["data"]
        with contextlib.closing(sqlite3.connect(tmp_path / "home" / "pointsman.db")) as connection:
            held = json.loads(connection.execute("SELECT fields FROM virtual_key").fetchone()[0])
            connection.execute("UPDATE virtual_key SET fields = ?", (json.dumps({**held, "usd": amount}).encode(),))
            connection.commit()
        listed = admin.get("/api/v1/keys")
        assert listed.status_code == 200
        assert 0 < float(listed.json()["data"]["keys"][0]["budget"]["amount"]) <= 1_000_000
        assert admin.patch(f"/api/v1/keys/{made['id']}", json={"enabled": False}).status_code == 200
        assert admin.delete(f"/api/v1/keys/{made['id']}").status_code == 200
        assert admin.get("/api/v1/keys").json()["data"]["keys"] == []
