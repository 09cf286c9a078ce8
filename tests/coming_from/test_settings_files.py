"""The settings files of four programs start the same providers, routes, limits and caches; what differs is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from returns.result import Failure

import pointsman as p
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.settings.found import load_settings, settings_notes
from pointsman.layers.settings.sources import Arguments
from pointsman.testing import ScriptedClient
from tests.coming_from import settings_files as files

KEYED = {"OPENAI_API_KEY": "sk-from-the-environment"}


def loaded(text: str, folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in a file of this text."""
    place = folder / "llm_config.json"
    place.write_text(text, "utf-8")
    read = load_settings(Arguments(), str(place), environment or {})
    assert not isinstance(read, Failure), read
    return read.unwrap()


def noted(folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What is told of that file."""
    place = folder / "llm_config.json"
    return "\n".join(settings_notes(str(place), environment or {})).replace(str(place), "FILE")


def changed(text: str, **fields: Any) -> str:
    """The JSON object in `text` with some fields otherwise."""
    return json.dumps(json.loads(text) | fields)


def test_the_form_of_a_dashboard(tmp_path: Path) -> None:
    settings = loaded(files.FORM, tmp_path)
    assert settings.default_provider == "lmstudio"
    assert settings.providers["lmstudio"] == ProviderSettings(
        name="lmstudio",
        base_url="http://127.0.0.1:1234/v1",
        model="qwen3-32b",
        temperature=0.7,
        max_tokens=2000,
        keep_alive=300,
        enabled=True,
    )
    assert settings.timeouts.total == 30
    told = noted(tmp_path)
    assert "FILE: model_name: it is providers.lmstudio.model here" in told
    assert "providers.lmstudio.keep_alive = 300 here" in told


def test_models_by_family(tmp_path: Path) -> None:
    settings = loaded(files.BY_FAMILY, tmp_path, KEYED)
    assert settings.providers["lmstudio"] == ProviderSettings(
        name="lmstudio", base_url="http://localhost:1234/v1", model="openai/gpt-oss-20b"
    )
    assert settings.providers["openai"] == ProviderSettings(
        name="openai", api_key=Secret(KEYED["OPENAI_API_KEY"]), model="gpt-3.5-turbo", max_tokens=4096, temperature=0.7
    )
    routing, cache = settings.routing, settings.cache
    assert (routing.always, routing.strategy) == (True, "balanced")
    assert routing.candidates == ("lmstudio/openai/gpt-oss-20b", "openai/gpt-3.5-turbo")
    assert (settings.default_provider, settings.fallback) == ("lmstudio", ("openai/gpt-3.5-turbo",))
    assert (settings.retries.max_retries, settings.timeouts.total) == (3, 30.0)
    assert (cache.enabled, cache.ttl, cache.max_entries) == (True, 3600, 1000)
    assert settings.models["lmstudio/openai/gpt-oss-20b"].context_length == 4096
    assert settings.engine.threads == 4
    told = noted(tmp_path, KEYED)
    names = ("modelPath", "contextLength", "threads", "endpoint", "apiKey", "fallbackOrder", "maxRetries", "timeoutMs")
    for name in (*names, "ttlSeconds", "maxSize", "models.llama", "models.gpt"):
        assert name in told or name == "apiKey", name


def test_an_assistants_file(tmp_path: Path) -> None:
    settings = loaded(files.ASSISTANT, tmp_path)
    assert settings.default_provider == "openai"
    openai, anthropic = settings.providers["openai"], settings.providers["anthropic"]
    assert (openai.model, openai.api_key, openai.temperature) == ("gpt-4", Secret("your-key"), 0.7)
    assert (openai.max_tokens, openai.top_p, openai.timeout) == (2000, 1.0, 120.0)
    assert openai.retries is not None
    assert openai.retries.max_retries == 3
    assert (anthropic.model, anthropic.max_tokens) == ("claude-3-sonnet-20240229", 4096)
    assert settings.providers["ollama"].base_url == "http://localhost:11434"
    assert settings.providers["here"].kind == "transformers-serve"
    window = settings.window
    assert (window.max_messages, window.max_tokens, window.strategy) == (50, 8000, "summarize")
    assert window.summarize_threshold == 0.8
    assert (settings.cache.enabled, settings.cache.ttl) == (True, 3600)
    assert settings.retries.max_retries == 3
    told = noted(tmp_path)
    for name in (*json.loads(files.ASSISTANT)["function_calling"], "websocket_events_enabled", "stream_responses"):
        assert f"{name}: it is left out" in told
    for name in (
        "api_base",
        "auto_summarize",
        "summarize_threshold",
        "max_tokens_per_conversation",
        "device",
        "timeout",
    ):
        assert name in told


def test_a_clients_file_with_its_fallback(tmp_path: Path) -> None:
    settings = loaded(files.CLIENT, tmp_path)
    assert (settings.default_provider, settings.fallback) == ("ollama", ("lmstudio",))
    assert settings.providers["ollama"] == ProviderSettings(name="ollama", base_url="http://localhost:11434")
    lmstudio, retries = settings.providers["lmstudio"], settings.retries
    assert lmstudio.base_url == "http://localhost:1234/v1"
    assert lmstudio.retries is not None
    assert lmstudio.retries.max_retries == 2
    assert (retries.max_retries, retries.base_delay, retries.max_delay, retries.exponential_base) == (5, 0.5, 30.0, 2.0)
    assert (settings.timeouts.total, settings.model_cache_ttl) == (60.0, 300)
    told = noted(tmp_path)
    for name in (
        "retry_delay",
        "retry_max_delay",
        "retry_exponential_base",
        "cache_ttl",
        "verify_ssl",
        "fallback_configs",
    ):
        assert f"FILE: {name}: it is " in told


def test_a_clients_file_has_its_own_defaults_which_the_environment_outweighs(tmp_path: Path) -> None:
    settings = loaded(files.SMALL_CLIENT, tmp_path)
    assert (settings.timeouts.total, settings.retries.max_retries) == (30.0, 3)
    assert (settings.retries.base_delay, settings.retries.max_delay) == (1.0, 10.0)
    assert "retries.max_retries = 3" in noted(tmp_path)
    said = loaded(files.SMALL_CLIENT, tmp_path, {"LLM_CLIENT_MAX_RETRIES": "7", "LLM_CLIENT_TIMEOUT": "12"})
    assert (said.retries.max_retries, said.timeouts.total) == (7, 12.0)


def test_two_servers_of_one_kind_have_two_names(tmp_path: Path) -> None:
    more = [{"provider": "ollama", "base_url": "http://other:11434"}, {"provider": "ollama", "base_url": "http://c:1"}]
    settings = loaded(changed(files.SMALL_CLIENT, fallback_configs=more), tmp_path)
    assert settings.fallback == ("ollama-2", "ollama-3")
    assert {one.kind for one in settings.providers.values()} == {"ollama"}


def test_the_path_of_a_model_is_a_model_where_an_address_was_meant(tmp_path: Path) -> None:
    settings = loaded('{"provider": "mlx", "base_url": "/models/llama-3-8b-4bit"}', tmp_path)
    assert settings.providers["mlx"].model == "/models/llama-3-8b-4bit"
    assert "it is a path" in noted(tmp_path)


def test_a_key_that_is_encrypted_there_is_told_and_not_sent(tmp_path: Path) -> None:
    settings = loaded(changed(files.FORM, provider="openai", api_key="gAAAAABlaXQ="), tmp_path, KEYED)
    assert settings.providers["openai"].api_key == Secret(KEYED["OPENAI_API_KEY"])
    assert "api_key: it is left out: it is encrypted by the other program" in noted(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (changed(files.CLIENT, provider="olama"), "FILE: provider: 'olama' is not a kind of provider"),
        (changed(files.CLIENT, max_retries="many"), "FILE: max_retries: 'many' is not a whole number"),
        (changed(files.CLIENT, tempreature=1), "FILE: tempreature: it is not a setting; did you mean temperature?"),
        (changed(files.CLIENT, fallback_configs=[{}]), "FILE: fallback_configs[0].provider: it is missing"),
        (changed(files.BY_FAMILY, cache={"ttlSeconds": "x"}), "FILE: cache.ttlSeconds: 'x' is not a number"),
        (files.BY_FAMILY, "FILE: models.gpt.apiKey: the variable 'OPENAI_API_KEY' is not set"),
        (changed(files.ASSISTANT, nonsense=True), "FILE: nonsense: it is not a setting"),
    ],
)
def test_what_is_wrong_is_told_at_its_place_in_their_file(tmp_path: Path, text: str, problem: str) -> None:
    place = tmp_path / "theirs.json"
    place.write_text(text, "utf-8")
    read = load_settings(Arguments(), str(place), {})
    assert isinstance(read, Failure)
    assert problem in "\n".join(read.failure().problems).replace(str(place), "FILE")


@pytest.mark.parametrize("text", [files.FORM, files.BY_FAMILY, files.ASSISTANT, files.CLIENT])
async def test_each_of_them_starts(tmp_path: Path, text: str) -> None:
    settings = loaded(text, tmp_path, KEYED)
    async with p.open_app(p.live, settings) as opened:
        app = opened.unwrap()
        assert app.clients.keys() == settings.providers.keys()
        assert app.settings.default_provider == settings.default_provider


async def test_a_fallback_without_a_model_is_asked_for_the_same_model() -> None:
    asked: list[str] = []

    def answer(request: p.ChatRequest) -> str:
        asked.append(request.model)
        return "yes"

    down = ScriptedClient([p.NetworkError(detail="it is down")] * 9)
    layers = p.fake({"ollama": down, "lmstudio": ScriptedClient(answer)})
    named = {
        name: ProviderSettings(name=name, model="llama2:7b" if name == "ollama" else None)
        for name in ("ollama", "lmstudio")
    }
    settings = Settings(providers=named, default_provider="ollama", fallback=("lmstudio",))
    async with p.open_app(layers, settings) as opened:
        answered = await p.settle(opened.unwrap().client.chat(p.ask("llama2:7b", "Hi")))
    assert answered.unwrap().text == "yes"
    assert asked == ["llama2:7b"]
