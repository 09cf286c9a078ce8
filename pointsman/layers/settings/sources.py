"""Where settings come from: variables, a file, what was saved, arguments. Each is made a table with places.

Which fields there are says the type of the record alone; here stand only names that differ from theirs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS, row_name
from pointsman.core.json import loads
from pointsman.core.records.read import fields_of, parse_text
from pointsman.core.records.values import Problems, Raw, outweigh, under, with_places
from pointsman.core.records.write import write_record
from pointsman.core.settings import Settings
from pointsman.services.ports.settings_store import StoredSettings


@attrs.frozen(kw_only=True)
class Arguments:
    """What the command line or a caller says, above all else; None where it says nothing."""

    provider: str | None = None
    base_url: str | None = None
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    api_key: str | None = None


def find_settings_file(
    environment: Mapping[str, str], folder: str | None, config_folder: Path | None
) -> tuple[str, ...]:
    """Where a settings file may be, the first that exists wins: the working folder, then the user's own."""
    named = environment.get("POINTSMAN_CONFIG")
    here = () if folder is None else (f"{folder}/pointsman.toml",)
    own = () if config_folder is None else (f"{config_folder}/config.toml",)
    return (named,) if named else (*here, *own)


VARIABLES: Mapping[str, tuple[str, ...]] = {
    "LLM_PROVIDER": ("default_provider",),
    "LLM_CLIENT_TIMEOUT": ("timeouts", "total"),
    "LLM_CLIENT_MAX_RETRIES": ("retries", "max_retries"),
    "LLM_CLIENT_RETRY_DELAY": ("retries", "base_delay"),
    "LLM_CLIENT_RETRY_MAX_DELAY": ("retries", "max_delay"),
    "LLM_CLIENT_CACHE_TTL": ("model_cache_ttl",),
    "LLM_ROUTING_STRATEGY": ("routing", "strategy"),
    "LLM_CACHE_ENABLED": ("cache", "enabled"),
    "LLM_CACHE_TTL_SECONDS": ("cache", "ttl"),
}
"""Variables that other programs have for settings of ours, and the keys that lead there."""

PREFIX = "POINTSMAN_"
"""Begins a variable for any setting: `POINTSMAN_CACHE__TTL`, `POINTSMAN_PROVIDERS__OPENAI__TOP_P`, `POINTSMAN_BUDGETS`
with a table as JSON. Two underscores stand for the dot."""


def from_environment(environment: Mapping[str, str], only: str | None = None) -> Raw:
    """What the variables say; of the providers only `only`, if it is given. Empty variables say nothing."""
    said = Raw({}, "")
    for name, row in PROVIDERS.items():
        if only in (None, name) and (only or row.twin_of is None):
            for path, raw in _provider_variables(row, environment):
                said = outweigh(said, _at_path(("providers", name, *path), raw))
    for path, raw in (*_known_variables(environment), *_own_variables(environment, only)):
        said = outweigh(said, _at_path(path, raw))
    return _turn_routing_on(said)


def _at_path(path: tuple[str, ...], raw: Raw) -> Raw:
    for key in reversed(path):
        raw = Raw({key: raw}, raw.place)
    return raw


def _known_variables(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Raw]]:
    for variable, path in VARIABLES.items():
        if text := environment.get(variable, "").strip():
            if path == ("default_provider",):
                text = row_name(text)
            yield path, Raw(text, variable, text=True)


def _own_variables(environment: Mapping[str, str], only: str | None) -> Iterator[tuple[tuple[str, ...], Raw]]:
    """Any field of `Settings`; other variables of that prefix are none of ours."""
    names = {field.name for field in fields_of(Settings)}
    for variable, text in environment.items():
        path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        if not variable.startswith(PREFIX) or path[0] not in names or not text.strip():
            continue
        field, *rest = path
        if field == "providers" and rest:
            rest[0] = _with_dashes(rest[0])
        path = (field, *rest)
        if field != "providers" or only is None or rest[:1] == [only]:
            yield path, parse_text(Raw(text, variable, text=True))


def _with_dashes(name: str) -> str:
    """A provider whose name has a dash, which no variable can have."""
    return name.replace("_", "-") if name.replace("_", "-") in PROVIDERS else name


def _provider_variables(row: Provider, environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Raw]]:
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
            yield (key,), found
        elif key == "base_url" and (host := _first(row.host_variables, environment)) is not None:
            yield (key,), attrs.evolve(host, value=address_of(str(host.value), row.port))
    for one in row.header_variables:
        if (found := _first((one.variable,), environment)) is not None:
            yield ("headers", one.name), attrs.evolve(found, value=f"{one.prefix}{found.value}")


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


@attrs.frozen
class FileSettings:
    """What a file says. One of another program may say more: see `Translation`."""

    said: Raw
    usual: Raw = attrs.field(factory=lambda: Raw({}, ""))
    notes: tuple[str, ...] = ()


def from_file(name: str, content: bytes, environment: Mapping[str, str], problems: Problems) -> FileSettings:
    """What a file of TOML or JSON says, in whose form it may be; one whose name ends in `.json` is JSON."""
    from pointsman.layers.settings.other_forms import translate

    said = with_places(_document(name, content, problems), f"{name}: ")
    theirs = translate(said, environment, problems)
    if theirs is not None:
        return FileSettings(_turn_routing_on(theirs.said), theirs.usual, theirs.notes)
    return FileSettings(_from_our_file(said, environment, problems))


def _from_our_file(said: Raw, environment: Mapping[str, str], problems: Problems) -> Raw:
    table = dict(said.table or {})
    if (total := table.pop("timeout", None)) is not None:
        table["timeouts"] = outweigh(table.get("timeouts", Raw({}, total.place)), Raw({"total": total}, total.place))
    if "providers" in table and (providers := table["providers"].table) is not None:
        read = {key: _with_key(one, environment, problems) for key, one in providers.items()}
        table["providers"] = Raw(read, table["providers"].place)
    return _turn_routing_on(Raw(table, said.place))


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
    except RecursionError:  # the reader calls itself for every bracket
        problems.add(name, "it is nested too deeply")
    return {}


def _with_key(provider: Raw, environment: Mapping[str, str], problems: Problems) -> Raw:
    """A provider's table with the key that `api_key_env` names; the names of headers in small letters."""
    if provider.table is None:
        return provider
    table = dict(provider.table)
    if (named := table.pop("api_key_env", None)) is not None:
        text = environment.get(named.value) if isinstance(named.value, str) else None
        if text:
            table["api_key"] = Raw(text, named.place, text=True)
        else:
            problems.add(named.place, f"the variable {named.value!r} is not set")
    if "headers" in table and (headers := table["headers"].table) is not None:
        table["headers"] = Raw({key.lower(): one for key, one in headers.items()}, table["headers"].place)
    return Raw(table, provider.place)


def _turn_routing_on(said: Raw) -> Raw:
    """Setting any routing option in a file or a variable turns routing on."""
    table = said.table or {}
    if "routing" not in table or table["routing"].table is None:
        return said
    routing = table["routing"]
    always = Raw({"always": Raw(True, under(routing.place, "always"))}, routing.place)
    return Raw({**table, "routing": outweigh(always, routing)}, said.place)


SAVED = "saved settings: "
"""Begins the place of what was saved."""
_SAVED_HERE = frozenset(field.name for field in fields_of(Settings))


def from_saved(stored: StoredSettings) -> Raw:
    """What was saved while the program ran: of each provider all that is not left to others."""
    providers = {name: with_places(write_record(one), f"{SAVED}{name}") for name, one in stored.providers.items()}
    table = {name: Raw(_without_nulls(one), one.place) for name, one in providers.items()}
    said = {"providers": Raw(table, "saved settings")} if table else {}
    for name, value in stored.values.items():
        if name in _SAVED_HERE:  # a newer version may have saved more
            said[name] = with_places(value, f"{SAVED}{name}")
    if stored.aliases:
        said["aliases"] = with_places(dict(stored.aliases), f"{SAVED}aliases")
    if stored.active is not None:
        said["default_provider"] = Raw(stored.active, f"{SAVED}active")
    return Raw(said, "saved settings")


def _without_nulls(provider: Raw) -> dict[str, Raw]:
    return {key: one for key, one in (provider.table or {}).items() if one.value is not None}
