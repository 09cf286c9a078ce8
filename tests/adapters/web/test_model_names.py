"""Names of models at the gateway: aliases, and ids that look like another provider's, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import GUARD
from tests.served import SETTINGS, Running, running

ALIASES = """
[aliases]
small = "ollama/sim"
"claude-haiku-*" = "small"
"sim-by-*" = "anthropic/sim-*"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("names"), SETTINGS + ALIASES) as served:
        yield served


def post(server: Running, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(f"{server.address}{path}", json=body, headers=headers, timeout=GUARD, trust_env=False)


def ask(server: Running, model: str, **headers: str) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
    return post(server, "/v1/chat/completions", body, **headers)


def test_the_small_model_that_a_coding_agent_asks_for_is_the_users_own(server: Running) -> None:
    body = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    answer = post(server, "/v1/messages", body, **{"anthropic-version": "2023-06-01"})
    assert answer.status_code == 200
    assert answer.headers["x-pointsman-model"].startswith("ollama/")
    counted = post(server, "/v1/messages/count_tokens", body, **{"anthropic-version": "2023-06-01"})
    assert counted.json()["input_tokens"] > 0


def test_aliases_hold_for_streams_completions_and_vectors(server: Running) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    streamed = post(server, "/v1/chat/completions", {"model": "small", "messages": messages, "stream": True})
    assert streamed.status_code == 200
    assert "data:" in streamed.text
    assert post(server, "/v1/completions", {"model": "small", "prompt": "Once"}).status_code == 200
    vectors = post(server, "/v1/embeddings", {"model": "small", "input": ["a"]})
    assert len(vectors.json()["data"]) == 1


def test_a_star_carries_the_rest_of_the_name(server: Running) -> None:
    refused = ask(server, "sim-by-429")
    assert refused.status_code == 429


def test_exact_aliases_are_listed_and_can_be_looked_up(server: Running) -> None:
    url = f"{server.address}/v1/models"
    listed = [model["id"] for model in httpx.get(url, timeout=GUARD, trust_env=False).json()["data"]]
    assert "small" in listed
    assert not any("*" in name for name in listed)
    assert httpx.get(f"{url}/small", timeout=GUARD, trust_env=False).json()["id"] == "small"
    shown = post(server, "/api/show", {"model": "small"})
    assert shown.status_code == 200


def test_a_vendor_that_is_not_set_up_is_part_of_a_models_name(server: Running) -> None:
    answer = ask(server, "mistral/sim")
    assert answer.status_code in (200, 404)
    assert "not configured" not in answer.text


def test_a_name_that_nobody_has_is_a_model_that_is_not_there(tmp_path: Path) -> None:
    settings = (
        'default_provider = "azure"\n[providers.azure]\nbase_url = "ADDRESS/v1"\napi_key = "sk-abcdef"\nmodel = "m"\n'
    )
    with running(tmp_path / "azure", settings) as served:
        answer = ask(served, "mistral/small")
        claude = post(served, "/v1/messages", {"model": "mistral/small", "max_tokens": 5, "messages": [
            {"role": "user", "content": "Hi"}]}, **{"anthropic-version": "2023-06-01"})  # fmt: skip
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert "there is no model 'mistral/small'" in answer.json()["error"]["message"]
    assert (claude.status_code, claude.json()["error"]["type"]) == (404, "not_found_error")


def test_a_key_opens_an_alias_by_its_name_or_by_what_it_stands_for(tmp_path: Path) -> None:
    with running(tmp_path / "keys", SETTINGS + ALIASES) as served, served.signed_in() as admin:

        def key(*models: str) -> dict[str, str]:
            made = admin.post("/api/v1/keys", json={"name": "k", "models": [*models]}).json()["data"]
            return {"authorization": f"Bearer {made['key']}"}

        statuses = {
            (model, pattern): ask(served, model, **key(pattern)).status_code
            for model in ("small", "claude-haiku-4-5", "openai/sim")
            for pattern in ("small", "ollama/*", "claude-haiku-*", "openai/*")
        }
    assert {pair for pair, status in statuses.items() if status == 200} == {
        ("small", "small"),
        ("small", "ollama/*"),
        ("claude-haiku-4-5", "claude-haiku-*"),
        ("claude-haiku-4-5", "ollama/*"),
        ("openai/sim", "openai/*"),
    }
    assert set(statuses.values()) == {200, 403}
