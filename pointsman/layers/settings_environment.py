"""Which environment variable says what. A table, and one pass over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.layers.settings_values import Raw

WHOLE = {
    "LLM_PROVIDER": "default_provider",
    "LLM_CLIENT_TIMEOUT": "timeout",
    "LLM_CLIENT_MAX_RETRIES": "retries.max_retries",
    "LLM_CLIENT_RETRY_DELAY": "retries.base_delay",
    "LLM_CLIENT_CACHE_TTL": "model_cache_ttl",
    "POINTSMAN_DATABASE": "database",
}
"""Variables that are about no single provider."""

ALIASES = {
    "claude": "anthropic",
    "google": "gemini",
    "lm_studio": "lmstudio",
    "lm-studio": "lmstudio",
    "llama": "meta-llama",
}
"""Other names for a provider that `LLM_PROVIDER` may hold."""


def from_environment(
    environment: Mapping[str, str], only: str | None = None
) -> tuple[dict[str, Raw], dict[str, dict[str, Raw]]]:
    """What the variables say of everything, and of each provider that any of them is about. Empty ones say nothing."""
    whole = {
        key: Raw(environment[variable], variable, text=True)
        for variable, key in WHOLE.items()
        if environment.get(variable, "").strip()
    }
    if (named := whole.get("default_provider")) is not None:
        text = str(named.value).strip().lower()
        whole["default_provider"] = Raw(ALIASES.get(text, text), named.place, text=True)
    providers: dict[str, dict[str, Raw]] = {}
    for name, row in PROVIDERS.items():
        values = dict(_provider(row, environment))
        if values and (only in (None, name)) and (only or row.twin_of is None):
            providers[name] = values
    return whole, providers


def _provider(row: Provider, environment: Mapping[str, str]) -> Iterator[tuple[str, Raw]]:
    stem = row.name.upper().replace("-", "_")
    wanted = {
        "api_key": row.key_variables,
        "base_url": row.base_url_variables,
        "api_version": row.api_version_variables,
        "model": row.model_variables,
        "temperature": (f"{stem}_TEMPERATURE",),
        "max_tokens": (f"{stem}_MAX_TOKENS",),
        "timeout": (f"{stem}_TIMEOUT",),
    }
    for key, variables in wanted.items():
        if (found := _first(variables, environment)) is not None:
            yield key, found
        elif key == "base_url" and (host := _first(row.host_variables, environment)) is not None:
            yield key, attrs.evolve(host, value=address_of(str(host.value), row.port))
    for one in row.header_variables:
        if (found := _first((one.variable,), environment)) is not None:
            yield f"headers.{one.name}", attrs.evolve(found, value=f"{one.prefix}{found.value}")


def _first(variables: Iterable[str], environment: Mapping[str, str]) -> Raw | None:
    """What the first variable that is set says."""
    for variable in variables:
        if text := environment.get(variable, "").strip():
            return Raw(text, variable, text=True)
    return None


def address_of(host: str, port: int | None) -> str:
    """The address that `host` stands for: `host`, `host:port`, `:port`, with a scheme or without one.

    As Ollama's own tools read OLLAMA_HOST: without a host it is this machine, without a scheme and a port it is
    `port`, and quotes around it are dropped. What is no address stays none.
    """
    text = host.strip("\"' ")
    scheme, mark, rest = text.rpartition("://")
    place, slash, path = rest.partition("/")
    if place.count(":") > 1 and not place.startswith("["):
        place = f"[{place}]"
    name, _, number = place.rpartition(":") if place.rpartition(":")[2].isdecimal() else (place, "", "")
    if not mark and not number and port is not None:
        number = str(port)
    return f"{scheme or 'http'}://{name or '127.0.0.1'}{f':{number}' if number else ''}{slash}{path}"
