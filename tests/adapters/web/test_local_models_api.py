"""Models of the server's machine over HTTP: listed, got in the background, removed; and only for an administrator."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.adapters.local_models.fake_hub import FakeHub, hub_of
from tests.adapters.local_models.files import model_bytes
from tests.adapters.web.test_api import data, error
from tests.adapters.web.test_events import listening
from tests.patience import GUARD, attempts
from tests.served import SETTINGS, Running, running

MODELS = "/api/v1/local-models"


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with hub_of(tiny_gguf=model_bytes(), torn_gguf=model_bytes()[:300]) as found:
        yield found


@pytest.fixture(scope="module")
def server(hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("local-models")
    chosen = f'[engine]\nfolder = "{home / "models"}"\n[providers.local]\n[providers.lm]\nkind = "lmstudio"\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.address)
        patch.setenv("HOME", str(home))
        with running(home / "server", SETTINGS + chosen + 'base_url = "ADDRESS/v1"\n') as found:
            yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def test_a_model_is_got_in_the_background_told_to_listeners_and_removed(server: Running, admin: httpx.Client) -> None:
    with listening(server, admin) as socket:
        socket.send(json.dumps({"subscribe": ["model_state_change"], "csrf": admin.headers["x-pointsman-csrf"]}))
        begun = data(admin.post(MODELS, json={"source": "hf:me/tiny:tiny.gguf"}))
        assert (begun["name"], begun["licence"], begun["size_bytes"]) == ("tiny", "mit", len(model_bytes()))
        states = [json.loads(socket.recv(timeout=GUARD))["data"]["state"] for _ in range(2)]
    assert states == ["downloading", "downloaded"]
    found = data(admin.get(MODELS))
    assert [(model["name"], model["running"], model["held_by"]) for model in found["models"]] == [
        ("tiny", False, "pointsman")
    ]
    (download,) = found["downloads"]
    assert (download["is_over"], download["error"], download["done_bytes"]) == (True, "", len(model_bytes()))
    assert data(admin.post(f"{MODELS}/tiny/unload")) == {"changed": False}
    data(admin.delete(f"{MODELS}/tiny"))
    assert data(admin.get(MODELS))["models"] == []
    assert "not here" in error(admin.delete(f"{MODELS}/tiny"), 404)["message"]


def test_what_fails_is_said_where_it_is_looked_at_and_addresses_are_not_asked(admin: httpx.Client) -> None:
    data(admin.post(MODELS, json={"source": "hf:me/tiny:torn.gguf", "name": "torn"}))
    torn: dict[str, str] = {}
    for _ in attempts():
        (torn,) = (one for one in data(admin.get(MODELS))["downloads"] if one["name"] == "torn")
        if torn["is_over"]:
            break
    assert "cannot be used" in torn["error"]
    assert "addresses are for" in error(admin.post(MODELS, json={"source": "http://10.0.0.1/x.gguf"}), 400)["message"]
    assert "no model that can be got" in error(admin.post(MODELS, json={"source": "/etc/passwd"}), 400)["message"]


def test_models_are_recommended_with_tier_size_and_licence(admin: httpx.Client) -> None:
    recommended = data(admin.get(MODELS))["recommended"]
    assert list(dict.fromkeys(model["tier"] for model in recommended)) == ["tiny", "everyday", "strong"]
    assert all(model["licence"] and model["memory_bytes"] > model["size_bytes"] for model in recommended)


def test_loading_what_is_not_there_says_so(admin: httpx.Client) -> None:
    assert "no model 'nothing'" in error(admin.post(f"{MODELS}/nothing/load"), 404)["message"]


def test_a_server_of_others_loads_and_unloads_its_models(admin: httpx.Client) -> None:
    place = "/api/v1/llm-providers/lm"
    (model, *_) = data(admin.get(f"{place}/models"))["models"]
    named = {"model": model["id"].partition("/")[2]}
    admin.post(f"{place}/unload-model", json=named)
    assert data(admin.post(f"{place}/load-model", json=named)) == {"changed": True}
    assert data(admin.post(f"{place}/load-model", json=named)) == {"changed": False}
    assert data(admin.post(f"{place}/unload-model", json=named)) == {"changed": True}
    error(admin.post("/api/v1/llm-providers/nobody/load-model", json=named), 404)


def test_nobody_else_may(server: Running, admin: httpx.Client) -> None:
    key = data(admin.post("/api/v1/keys", json={"name": "observer", "scopes": ["chat", "read", "observe"]}))["key"]
    for headers in ({}, {"authorization": f"Bearer {key}"}):
        with httpx.Client(base_url=server.address, headers=headers, trust_env=False, timeout=GUARD) as stranger:
            answers = (stranger.get(MODELS), stranger.post(MODELS, json={"source": "smollm2"}),
                       stranger.post(f"{MODELS}/tiny/unload"), stranger.delete(f"{MODELS}/tiny"))  # fmt: skip
        assert {answer.status_code for answer in answers} <= {401, 403}
