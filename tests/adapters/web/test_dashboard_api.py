"""The flat API of a dashboard and of LM Studio's clients: bodies as their documents have them, over real sockets."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import GUARD
from tests.served import KEY, Running, running

FORM = {
    "provider": "lmstudio",
    "api_key": "",
    "base_url": "http://127.0.0.1:1234/v1",
    "model_name": "qwen3-32b",
    "temperature": 0.7,
    "max_tokens": 2000,
    "keep_alive": True,
    "keep_alive_interval": 300,
    "timeout": 30,
    "enabled": True,
}
"""What the form of the dashboard sends."""
SHORT_FORM = {
    "provider": "openai",
    "api_key": "sk-0123456789abcdef",
    "base_url": "https://api.openai.com/v1",
    "model_name": "gpt-3.5-turbo",
    "temperature": 0.7,
    "max_tokens": 2000,
}
"""What is sent of a provider with a key."""
ACTIVE = 'default_provider = "lmstudio"\n[providers.lmstudio]\nbase_url = "ADDRESS/v1"\nmodel = "sim"\n'


@contextlib.contextmanager
def anybody(server: Running) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client:
        yield client


@contextlib.contextmanager
def asked_upstream() -> Iterator[tuple[str, queue.Queue[str]]]:
    """A server that notes the paths that it is asked for, and has nothing to say."""
    asked: queue.Queue[str] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.put(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("content-length", "11")
            self.end_headers()
            self.wfile.write(b'{"data":[]}')

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as upstream:
        thread = threading.Thread(target=upstream.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{upstream.server_port}", asked
        finally:
            upstream.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """For tests that save nothing."""
    with running(tmp_path_factory.mktemp("dashboard") / "home", ACTIVE, strict=False) as found:
        yield found


@pytest.fixture(scope="module")
def form_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """For tests that save a whole form each."""
    with running(tmp_path_factory.mktemp("form") / "home", ACTIVE, strict=False) as found:
        yield found


def answer(response: httpx.Response, status: int = 200) -> Any:
    """What stands in a body."""
    assert response.status_code == status, response.text
    return response.json()


def test_the_form_of_the_dashboard_is_taken_as_it_stands_and_given_back(form_server: Running) -> None:
    with anybody(form_server) as client:
        assert answer(client.post("/api/llm/settings", json=FORM)) == FORM
        assert answer(client.get("/api/llm/settings")) == FORM


def test_a_key_is_masked_in_the_form_and_what_is_not_said_has_its_default(form_server: Running) -> None:
    said = {"keep_alive": False, "keep_alive_interval": 300, "timeout": None, "enabled": True, "api_key": "sk-…cdef"}
    with anybody(form_server) as client:
        assert answer(client.post("/api/llm/settings", json=SHORT_FORM)) == SHORT_FORM | said
        assert answer(client.get("/api/llm/settings"))["api_key"] == "sk-…cdef"


def test_the_test_says_how_the_provider_answers_and_names_its_models(server: Running) -> None:
    with anybody(server) as client:
        told = answer(client.get("/api/llm/test"))
        listed = answer(client.get("/api/llm/models"))
    assert told.keys() == {"ping", "models"}
    assert told["ping"].keys() == {"ok", "provider", "latency_ms", "timestamp"}
    assert (told["ping"]["ok"], told["ping"]["provider"]) == (True, "lmstudio")
    assert told["ping"]["timestamp"].endswith("Z")
    assert "sim" in told["models"]
    assert listed == {"models": told["models"]}


def test_a_provider_that_does_not_answer_is_said_to_be_down_and_why(form_server: Running) -> None:
    with anybody(form_server) as client:
        answer(client.post("/api/llm/settings", json=FORM | {"base_url": "http://127.0.0.1:9/v1"}))
        told = answer(client.get("/api/llm/test"))
    assert (told["ping"]["ok"], told["models"]) == (False, [])
    assert "127.0.0.1:9" in told["ping"]["error"] or "connection" in told["ping"]["error"].lower()


def test_presets_hold_every_provider_with_its_recommended_models(server: Running) -> None:
    with anybody(server) as client:
        told = answer(client.get("/api/llm/presets"))
    kinds = {one["kind"]: one for one in told["providers"]}
    assert {"lmstudio", "openai", "anthropic", "ollama", "meta-llama", "azure", "gemini", "custom"} <= kinds.keys()
    assert kinds["lmstudio"]["tiers"]["local"]


def test_a_provider_goes_by_the_names_that_others_give_it(form_server: Running) -> None:
    names = {"lm_studio": "lmstudio", "LM-Studio": "lmstudio", "google": "gemini", "claude": "anthropic"}
    with anybody(form_server) as client:
        for written, ours in names.items():
            form = {"provider": written, "model_name": "m", "api_key": "k" * 9}
            assert answer(client.post("/api/llm/settings", json=form))["provider"] == ours


def test_an_unknown_provider_or_field_is_refused_in_one_sentence(form_server: Running) -> None:
    with anybody(form_server) as client:
        wrong = answer(client.post("/api/llm/settings", json=FORM | {"provider": "nobody"}), 400)
        misspelt = answer(client.post("/api/llm/settings", json=FORM | {"modelname": "x"}), 400)
    assert wrong["error"]["message"].startswith("provider: there is no provider 'nobody'")
    assert "modelname" in misspelt["error"]["message"]


def test_the_switch_and_its_interval_rule_the_signs_of_life(tmp_path: Path) -> None:
    with asked_upstream() as (address, asked), running(tmp_path / "home", ACTIVE, strict=False) as server:
        with anybody(server) as client:
            form = {"provider": "lmstudio", "base_url": f"{address}/v1", "model_name": "sim"}
            on = {"keep_alive": True, "keep_alive_interval": 1}
            answer(client.post("/api/llm/settings", json=form | on))
            assert asked.get(timeout=GUARD) == "POST /v1/chat/completions"
            changed = answer(client.post("/api/llm/settings", json=form | {"keep_alive_interval": 60}))
            assert (changed["keep_alive"], changed["keep_alive_interval"]) == (True, 60)
            off = answer(client.post("/api/llm/settings", json=form | {"keep_alive": False}))
            assert off["keep_alive"] is False
        with server.served.running.lease() as app:
            assert app.settings.providers["lmstudio"].keep_alive is None


def test_a_provider_that_is_switched_off_is_saved_and_does_not_become_the_active_one(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, anybody(server) as client:
        assert (
            answer(client.post("/api/llm/settings", json={"provider": "ollama", "enabled": False}))["enabled"] is False
        )
        refused = answer(client.post("/api/llm/settings", json={"provider": "openai", "enabled": False}), 400)
        assert refused["error"]["message"].startswith("enabled: openai is the active provider")
        assert answer(client.get("/api/llm/settings"))["provider"] == "openai"


def test_a_key_is_asked_for_exactly_when_the_gateway_asks_for_one(tmp_path: Path) -> None:
    paths = (
        "/api/llm/settings",
        "/api/llm/test",
        "/api/llm/models",
        "/api/llm/presets",
        "/api/v1/llm-providers/models",
    )
    with running(tmp_path / "home", ACTIVE, strict=False) as server, anybody(server) as client:
        for path in ("/v1/models", *paths):
            assert client.get(path).status_code == 200, path
        with server.signed_in() as admin:
            made = admin.post("/api/v1/keys", json={"name": "k", "scopes": ["chat", "read", "admin"]}).json()["data"]
        for path in ("/v1/models", *paths):
            assert client.get(path).status_code == 401, path
        assert client.post("/api/llm/settings", json=FORM).status_code == 401
        client.headers["authorization"] = f"Bearer {made['key']}"
        for path in ("/v1/models", *paths):
            assert client.get(path).status_code == 200, path
        assert answer(client.post("/api/llm/settings", json=FORM)) == FORM


def test_where_a_password_is_set_nobody_changes_anything_without_signing_in(tmp_path: Path) -> None:
    with running(tmp_path / "home", ACTIVE, strict=False) as server, anybody(server) as client:
        with server.signed_in() as admin:
            answer(admin.put("/api/v1/session/password", json={"password": "a rather long password"}))
        refused = answer(client.post("/api/llm/settings", json=FORM), 401)
        assert refused["error"]["message"].startswith("a password is set")
        assert client.get("/api/llm/settings").status_code == client.get("/v1/models").status_code == 200


def test_without_a_key_only_the_paths_of_the_dashboard_are_open(server: Running) -> None:
    with anybody(server) as client:
        for path in ("/api/v1/llm-providers", "/api/v1/keys", "/api/v1/audit", "/api/v1/presets"):
            assert client.get(path).status_code == 401, path


def test_who_brought_no_key_cannot_send_a_saved_key_elsewhere(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, anybody(server) as client:
        moved = {"provider": "openai", "base_url": "http://127.0.0.1:9/v1"}
        refused = answer(client.post("/api/llm/settings", json=moved), 400)
        masked = answer(client.get("/api/llm/settings"))["api_key"]
        again = answer(client.post("/api/llm/settings", json=moved | {"api_key": masked}), 400)
        assert refused["error"]["message"].startswith("api_key: give the key again")
        assert again["error"]["message"] == refused["error"]["message"]
        assert (
            client.post("/api/llm/settings", json={"provider": "openai", "proxy": "http://127.0.0.1:9"}).status_code
            == 400
        )
        assert KEY not in json.dumps(answer(client.get("/api/llm/settings")))
        assert answer(client.post("/api/llm/settings", json=moved | {"api_key": ""}))["api_key"] == ""
    with running(tmp_path / "other") as server, server.signed_in() as admin:
        assert answer(admin.post("/api/llm/settings", json=moved))["base_url"] == "http://127.0.0.1:9/v1"


def test_the_active_models_stand_as_lm_studio_names_them(server: Running) -> None:
    with anybody(server) as client:
        plain = answer(client.get("/api/v1/llm-providers/models"))
        detailed = answer(client.get("/api/v1/llm-providers/models?detailed=true"))
    assert (plain.keys(), plain["success"]) == ({"success", "data"}, True)
    assert plain["data"]["provider"].keys() == {"name", "provider", "base_url"}
    assert plain["data"]["provider"]["provider"] == "lmstudio"
    assert plain["data"]["provider"]["base_url"].endswith("/v1")
    first = next(model for model in plain["data"]["models"] if model["id"] == "sim")
    assert first.keys() == {"id", "type", "arch", "state", "max_context_length"}
    assert (first["type"], first["state"]) == ("llm", "loaded")
    assert detailed["data"]["models"][0].keys() > first.keys()


def test_a_text_is_continued_as_the_document_asks(server: Running) -> None:
    body = {"prompt": "The meaning of life is", "model": "sim", "max_tokens": 100, "temperature": 0.7, "stream": False}
    with anybody(server) as client:
        told = answer(client.post("/api/v1/llm-providers/completions", json=body))
        stopped = answer(client.post("/api/v1/llm-providers/completions", json=body | {"stop": "\n"}))
        with client.stream("POST", "/api/v1/llm-providers/completions", json=body | {"stream": True}) as streamed:
            assert streamed.headers["content-type"].startswith("text/event-stream")
            lines = [line.removeprefix("data: ") for line in streamed.iter_lines() if line.startswith("data: ")]
    assert told["success"] is True
    assert told["data"]["choices"][0]["text"]
    assert told["data"]["usage"]["total_tokens"] > 0
    assert stopped["success"] is True
    assert lines[-1] == "[DONE]"
    pieces = [json.loads(line) for line in lines[:-1]]
    assert "".join(piece["choices"][0]["text"] for piece in pieces) == told["data"]["choices"][0]["text"]
    assert pieces[-1]["choices"][0]["finish_reason"] == told["data"]["choices"][0]["finish_reason"]


@pytest.mark.parametrize(("given", "vectors"), [("Some text to embed", 1), (["one", "two"], 2)])
def test_one_text_or_several_become_vectors(server: Running, given: str | list[str], vectors: int) -> None:
    body = {"input": given, "model": "text-embedding-ada-002"}
    with anybody(server) as client:
        told = answer(client.post("/api/v1/llm-providers/embeddings", json=body))
    assert [one["index"] for one in told["data"]["data"]] == list(range(vectors))
    assert all(one["embedding"] for one in told["data"]["data"])


def test_our_own_paths_take_their_words_too(server: Running) -> None:
    with server.signed_in() as admin:
        messages = [{"role": "user", "content": "Hello"}]
        told = answer(admin.post("/api/v1/chat", json={"messages": messages}))
        vectors = answer(admin.post("/api/v1/embeddings", json={"input": "Hello"}))
    assert told["data"]["response"]["provider"] == "lmstudio"
    assert len(vectors["data"]["vectors"]) == 1
