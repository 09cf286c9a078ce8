"""The variables of other programs: every one that their documents name takes effect, or is told of."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from returns.result import Failure

from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments


def read(environment: Mapping[str, str]) -> Settings:
    return parse_settings(environment, (), Arguments()).unwrap()


def test_lm_studio_by_its_four_variables() -> None:
    settings = read(
        {
            "LLM_PROVIDER": "lmstudio",
            "LMSTUDIO_API_BASE": "http://192.168.1.98:1234/v1",
            "LMSTUDIO_API_KEY": "lm-studio",
            "LMSTUDIO_MODEL": "model-identifier",
        }
    )
    provider = settings.providers["lmstudio"]
    assert settings.default_provider == "lmstudio"
    assert provider.base_url == "http://192.168.1.98:1234/v1"
    assert (provider.api_key, provider.model) == (Secret("lm-studio"), "model-identifier")


def test_a_manager_of_three_families_with_routing_and_cache() -> None:
    settings = read(
        {
            "LM_STUDIO_ENDPOINT": "http://localhost:1234/v1",
            "LM_STUDIO_MODEL": "openai/gpt-oss-20b",
            "OPENAI_API_KEY": "sk-1",
            "OPENAI_MODEL": "gpt-3.5-turbo",
            "OPENAI_MAX_TOKENS": "4096",
            "OPENAI_TEMPERATURE": "0.7",
            "CLAUDE_API_KEY": "sk-ant-1",
            "CLAUDE_MODEL": "claude-3-sonnet-20240229",
            "LLM_ROUTING_STRATEGY": "balanced",
            "LLM_CACHE_ENABLED": "true",
            "LLM_CACHE_TTL_SECONDS": "3600",
        }
    )
    openai = settings.providers["openai"]
    assert settings.providers["lmstudio"].model == "openai/gpt-oss-20b"
    assert (openai.model, openai.max_tokens, openai.temperature) == ("gpt-3.5-turbo", 4096, 0.7)
    assert settings.providers["anthropic"].model == "claude-3-sonnet-20240229"
    assert (settings.routing.strategy, settings.routing.always) == ("balanced", True)
    assert (settings.cache.enabled, settings.cache.ttl) == (True, 3600.0)


def test_a_client_of_local_servers() -> None:
    settings = read(
        {
            "OLLAMA_BASE_URL": "http://localhost:11434",
            "OLLAMA_TIMEOUT": "60",
            "LMSTUDIO_BASE_URL": "http://localhost:1234",
            "LMSTUDIO_API_KEY": "your_key_here",
            "MLX_MODEL_PATH": "/path/to/models",
            "LLM_CLIENT_TIMEOUT": "30",
            "LLM_CLIENT_MAX_RETRIES": "5",
            "LLM_CLIENT_RETRY_DELAY": "0.5",
            "LLM_CLIENT_RETRY_MAX_DELAY": "30",
            "LLM_CLIENT_CACHE_TTL": "600",
        }
    )
    assert settings.providers["ollama"].timeout == 60.0
    assert settings.providers["lmstudio"].base_url == "http://localhost:1234/v1"
    assert settings.providers["mlx"].model == "/path/to/models"
    retries = settings.retries
    assert (retries.max_retries, retries.base_delay, retries.max_delay) == (5, 0.5, 30.0)
    assert (settings.timeouts.total, settings.model_cache_ttl) == (30.0, 600.0)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LLM_ROUTING_STRATEGY", "cheapest"),
        ("LLM_CACHE_ENABLED", "perhaps"),
        ("LLM_CACHE_TTL_SECONDS", "an hour"),
        ("LLM_CLIENT_RETRY_MAX_DELAY", "long"),
        ("LLM_PROVIDER", "nobody"),
    ],
)
def test_a_value_that_means_nothing_is_told_with_its_variable(variable: str, value: str) -> None:
    refused = parse_settings({variable: value, "OLLAMA_MODEL": "m"}, (), Arguments())
    assert isinstance(refused, Failure)
    assert variable in str(refused.failure())


@pytest.mark.parametrize("name", ["lm_studio", "LM-Studio", "llama", "claude", "google", "azure_openai", "gpt"])
def test_a_provider_goes_by_the_names_that_others_give_it(name: str) -> None:
    assert read(
        {
            "LLM_PROVIDER": name,
            "OPENAI_API_KEY": "k",
            "CLAUDE_API_KEY": "k",
            "GOOGLE_API_KEY": "k",
            "AZURE_OPENAI_API_KEY": "k",
            "AZURE_OPENAI_ENDPOINT": "https://a.example",
        }
    ).default_provider


def test_half_a_provider_is_passed_over_with_a_note_and_stops_nobody() -> None:
    notes: list[str] = []
    environment = {"CUSTOM_API_KEY": "k", "OPENAI_API_KEY": "k"}
    settings = parse_settings(environment, (), Arguments(), None, notes).unwrap()
    assert settings.providers.keys() == {"openai"}
    assert notes == ["providers.custom is passed over: it needs a base URL; set CUSTOM_BASE_URL or give --base-url"]
    asked = parse_settings(environment, (), Arguments(provider="custom", base_url="http://localhost:9")).unwrap()
    assert asked.providers["custom"].base_url == "http://localhost:9/v1"
