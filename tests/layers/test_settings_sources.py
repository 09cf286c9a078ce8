"""Every field of every settings record through every source: a field that is listed nowhere is read everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import Secret, Settings
from pointsman.adapters.cli.settings import changed_by
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.web.record_forms import form_fields, is_shown, patch_type, provider_view, view_type
from pointsman.core.effect import settle
from pointsman.core.json import dumps_text
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.records.values import Problems, with_places
from pointsman.core.records.write import as_json, change_record, flatten, write_record
from pointsman.core.settings import ProviderSettings
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.rules import check_settings
from pointsman.layers.settings.saved import check_to_save
from pointsman.layers.settings.sources import Arguments, from_saved
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.settings.settings_service import SettingsService
from pointsman.testing import VirtualClock
from tests.settings_samples import sample, table_of

BASE = ProviderSettings(
    name="work", kind="azure", base_url="https://r.example/openai/v1", api_key=Secret("key-12345678")
)
"""Azure's row has every field, the version of the API too."""

TWO = {name: {"kind": "azure", "base_url": BASE.base_url} for name in ("first", "work")}
WHOLE = {**table_of(Settings), "providers": {**TWO, "work": table_of(ProviderSettings)}}
EVERY = [field.name for field in fields_of(Settings)]
PROVIDER = [field for field in fields_of(ProviderSettings) if field.name != "name"]


def toml(table: Mapping[str, object], prefix: str = "") -> str:
    """A table as TOML, a line a value."""
    return "\n".join(_lines(table, prefix))


def _lines(table: Mapping[str, object], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{prefix}{dumps_text(key)}.")
        else:
            yield f"{prefix}{dumps_text(key)} = {_inline(value)}"


def _inline(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{dumps_text(key)} = {_inline(one)}" for key, one in value.items()) + "}"
    return dumps_text(value)


def parsed(environment: Mapping[str, str], files: list[tuple[str, bytes]], stored: Any = None) -> Settings:
    found = unwrap_or_failure(parse_settings(environment, files, Arguments(), stored))
    assert isinstance(found, Settings), "\n".join(found.problems)
    return found


USUAL = parsed({}, [("p.toml", toml({"providers": TWO}).encode())])


def said(settings: Settings, name: str) -> object:
    """What a field holds, as a table."""
    return as_json(write_record(getattr(settings, name)))


@pytest.mark.parametrize("name", EVERY)
def test_a_file_says_every_field(name: str) -> None:
    table = {"providers": TWO, name: WHOLE[name]}
    settings = parsed({}, [("p.toml", toml(table).encode())])
    assert said(settings, name) != said(USUAL, name)
    assert parsed({}, [("p.json", dumps_text(table).encode())]) == settings


@pytest.mark.parametrize("name", EVERY)
def test_a_variable_says_every_field(name: str) -> None:
    value = WHOLE[name]
    text = value if isinstance(value, str) else dumps_text(value)
    environment = {"POINTSMAN_PROVIDERS": dumps_text(TWO)} | {f"POINTSMAN_{name.upper()}": str(text)}
    assert said(parsed(environment, []), name) != said(USUAL, name)


def test_a_variable_reaches_into_tables() -> None:
    environment = {
        "POINTSMAN_PROVIDERS__OPENAI__TOP_P": "0.5",
        "POINTSMAN_PROVIDERS__OPENAI__RETRIES__MAX_RETRIES": "7",
        "POINTSMAN_PROVIDERS__OPENAI_RESPONSES__API_KEY": "key-2",
        "OPENAI_API_KEY": "key-1",
        "POINTSMAN_CACHE__TTL": "5",
        "POINTSMAN_FALLBACK": "openai/a, openai/b",
        "LLM_ROUTING_STRATEGY": "cost",
        "LLM_CACHE_ENABLED": "yes",
        "POINTSMAN_CI": "no setting of ours",
    }
    settings = parsed(environment, [])
    openai = settings.providers["openai"]
    assert openai.retries is not None
    assert (openai.top_p, openai.retries.max_retries) == (0.5, 7)
    assert "openai-responses" in settings.providers
    assert (settings.cache.ttl, settings.cache.enabled) == (5, True)
    assert (settings.routing.strategy, settings.routing.always) == ("cost", True)
    assert settings.fallback == ("openai/a", "openai/b")
    wrong = unwrap_or_failure(parse_settings({"POINTSMAN_CACHE__TTTL": "5"}, [], Arguments()))
    assert "POINTSMAN_CACHE__TTTL: it is not a setting; did you mean ttl?" in str(wrong)


def test_settings_in_code_are_read_back_as_they_are() -> None:
    settings = parsed({}, [("p.toml", toml(WHOLE).encode())])
    assert unwrap_or_failure(check_settings(settings)) == settings
    assert unwrap_or_failure(check_settings(Settings())) == Settings()


@pytest.mark.parametrize("field", PROVIDER, ids=lambda field: field.name)
def test_the_command_line_says_every_field_of_a_provider(field: RecordField) -> None:
    value = sample("ProviderSettings", field)
    words = [f"{name}={_word(one)}" for name, one in flatten({field.name: value})]
    changed = unwrap_or_failure(changed_by(BASE, words))
    assert isinstance(changed, ProviderSettings), changed
    assert _leaves(getattr(changed, field.name)) == _leaves(value)


def _word(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _leaves(value: object) -> object:
    """A value as it is compared: in a word every leaf of `extra` is text."""
    table = as_json(write_record(value))
    return {name: _word(one) for name, one in flatten(table)} if isinstance(table, dict) else table


@pytest.mark.parametrize("field", PROVIDER, ids=lambda field: field.name)
def test_a_patch_says_every_field_and_takes_it_away_again_and_keeps_the_rest(field: RecordField) -> None:
    everything = change_record(BASE, with_places(table_of(ProviderSettings), ""), Problems())
    assert everything is not None
    patched = change_record(BASE, with_places({field.name: sample("ProviderSettings", field)}, ""), Problems())
    assert patched is not None
    assert getattr(patched, field.name) == getattr(everything, field.name)
    emptied = change_record(everything, with_places({field.name: None}, ""), Problems())
    assert emptied is not None
    assert getattr(emptied, field.name) == getattr(ProviderSettings(name="work"), field.name)
    for other in PROVIDER:
        if other != field:
            assert getattr(emptied, other.name) == getattr(everything, other.name), other.name
            assert getattr(patched, other.name) == getattr(BASE, other.name), other.name


async def test_what_is_saved_says_every_field() -> None:
    everything = change_record(BASE, with_places(table_of(ProviderSettings), ""), Problems())
    assert everything is not None
    desk = SettingsService(SettingsInMemory(), VirtualClock(), check_to_save)
    assert unwrap_or_failure(await settle(desk.put(everything, "ann"))) == everything
    stored = unwrap_or_failure(await settle(desk.read()))
    assert isinstance(stored, StoredSettings)
    assert parsed({}, [], stored).providers["work"] == everything
    places = from_saved(stored).table
    assert places is not None
    assert places["providers"].place == "saved settings"


def test_the_api_takes_shows_and_asks_for_every_field() -> None:
    names = {field.name for field in fields_of(ProviderSettings)}
    assert set(attrs.fields_dict(patch_type("P", ProviderSettings))) == names
    shown = {field.name for field in fields_of(ProviderSettings) if is_shown(field)}
    assert names - shown == {"headers", "proxy"}
    assert set(provider_view(BASE)) == set(attrs.fields_dict(view_type("V", ProviderSettings))) == shown
    assert provider_view(BASE)["api_key"] != "key-12345678"
    asked = [str(one["name"]) for one in form_fields() if isinstance(one, dict)]
    assert set(asked) <= shown
    assert shown - set(asked) == {"name", "retries", "verify_tls"}
