"""A settings file, TOML or JSON, to raw values with their places. Unknown names are problems."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from returns.methods import unwrap_or_failure

from pointsman.core.json import loads
from pointsman.layers.settings_sections import SECTIONS
from pointsman.layers.settings_values import Problems, Raw, near

_WHOLE = {
    "default_provider",
    "timeout",
    "model_cache_ttl",
    "fallback",
    "system",
    "database",
    "prompts",
    "encrypted",
    "key_store",
    "key_file",
}
_TABLES = {
    "timeouts": {"connect", "first_byte", "idle", "total", "models"},
    "retries": {"max_retries", "base_delay", "max_delay", "retry_after_cap", "kinds", "resend_unanswered"},
}
_PROVIDER = {
    "kind",
    "base_url",
    "api_version",
    "api_key",
    "api_key_env",
    "model",
    "temperature",
    "max_tokens",
    "timeout",
    "verify_tls",
    "proxy",
    "headers",
    "keep_alive",
    "enabled",
    "priority",
    "tags",
}

Draft = dict[str, Raw]


def read_file(
    name: str, content: bytes, environment: Mapping[str, str], problems: Problems
) -> tuple[Draft, dict[str, Draft]]:
    """What the file says of everything, and of each provider."""
    document = _document(name, content, problems)
    whole: Draft = {}
    providers: dict[str, Draft] = {}
    for key, value in document.items():
        place = f"{name}: {key}"
        if key == "providers" and isinstance(value, dict):
            for provider, table in value.items():
                providers[provider] = _provider(f"{place}.{provider}", table, environment, problems)
        elif key in _TABLES and isinstance(value, dict):
            for inner, item in _known(place, value, _TABLES[key], problems).items():
                whole[f"{key}.{inner}"] = Raw(item, f"{place}.{inner}")
        elif key in _WHOLE or (key in SECTIONS and isinstance(value, dict)):
            whole[key] = Raw(value, place)
        elif key in _TABLES or key in SECTIONS or key == "providers":
            problems.add(place, "it is not a table")
        else:
            problems.add(place, f"it is not a setting{near(key, {*_WHOLE, *_TABLES, *SECTIONS, 'providers'})}")
    return whole, providers


def _document(name: str, content: bytes, problems: Problems) -> dict[str, object]:
    if name.endswith(".json"):
        document = unwrap_or_failure(loads(content))
        if isinstance(document, dict):
            return dict(document)
        problems.add(name, document if isinstance(document, str) else "it is not a JSON object")
        return {}
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problems.add(name, "it is not UTF-8 text")
    except tomllib.TOMLDecodeError as problem:
        where = str(problem).rpartition("(")[2].rstrip(")") if "(" in str(problem) else "somewhere"
        problems.add(name, f"it is not TOML ({where})")
    return {}


def _known(place: str, table: dict[str, object], known: set[str], problems: Problems) -> dict[str, object]:
    for key in table.keys() - known:
        problems.add(f"{place}.{key}", f"it is not a setting{near(key, known)}")
    return {key: value for key, value in table.items() if key in known}


def _provider(place: str, table: object, environment: Mapping[str, str], problems: Problems) -> Draft:
    if not isinstance(table, dict):
        problems.add(place, "it is not a table")
        return {}
    found: Draft = {}
    for key, value in _known(place, table, _PROVIDER, problems).items():
        if key == "headers":
            found.update(_headers(f"{place}.headers", value, problems))
        elif key == "api_key_env":
            variable = environment.get(value) if isinstance(value, str) else None
            if variable:
                found["api_key"] = Raw(variable, f"{place}.api_key_env", text=True)
            else:
                problems.add(f"{place}.api_key_env", f"the variable {value!r} is not set")
        else:
            found[key] = Raw(value, f"{place}.{key}")
    return found


def _headers(place: str, value: object, problems: Problems) -> Draft:
    if not isinstance(value, dict):
        problems.add(place, "it is not a table")
        return {}
    return {f"headers.{name.lower()}": Raw(text, f"{place}.{name}") for name, text in value.items()}
