"""All sources to `Settings`, purely, with every problem at once. Weights increase in the order of the arguments.

No secret stands in a problem: values are quoted only where they cannot be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.error import ConfigurationError
from pointsman.core.models.aliases import Aliases
from pointsman.core.records.read import fields_of, read_record
from pointsman.core.records.secrets import record_in, stands_by_name
from pointsman.core.records.values import Problems, Raw, Table, choice, outweigh, with_places
from pointsman.core.security.key_destination import destination_of
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.settings.rules import (
    lacking_in,
    lacking_key,
    mend_settings,
    place_at,
    provider_problems,
    refusal,
    settings_problems,
)
from pointsman.layers.settings.sources import Arguments, from_environment, from_file, from_saved
from pointsman.services.ports.settings_store import StoredSettings


def parse_settings(
    environment: Mapping[str, str],
    files: Sequence[tuple[str, bytes]],
    arguments: Arguments,
    stored: StoredSettings | None = None,
    notes: list[str] | None = None,
) -> Result[Settings, ConfigurationError]:
    """The settings, or a `ConfigurationError` whose `problems` name every wrong value with its place.

    `files` are (name, content) of TOML or JSON; a name that ends in `.json` is JSON. `stored` is what was saved while
    the program ran. What a file of another program calls otherwise, and half a
    provider that is passed over, is added to `notes`.
    """
    problems, notes = Problems(), [] if notes is None else notes
    said = _say_all(environment, files, stored or StoredSettings(), problems, notes)
    said, chosen = _with_arguments(said, arguments, environment, problems)
    settings = read_record(Settings, said, problems, partial=True) or Settings()
    settings = attrs.evolve(settings, providers=_usable(settings, said, chosen, problems, notes))
    for path, problem in settings_problems(settings):
        problems.add(place_at(said, path), problem)
    if problems.found:
        return Failure(refusal(problems.found))
    mended = mend_settings(settings)
    return Success(attrs.evolve(mended, default_provider=chosen if chosen in mended.providers else None))


def settings_places(
    environment: Mapping[str, str], files: Sequence[tuple[str, bytes]], stored: StoredSettings
) -> dict[str, str]:
    """Where each setting comes from that is said anywhere, by its whole name such as `cache.ttl`."""
    said = _say_all(environment, files, stored, Problems(), [])
    return dict(_leaves(said, ()))


def _leaves(raw: Raw, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if raw.table:
        for key, one in raw.table.items():
            yield from _leaves(one, (*path, key))
    else:
        yield ".".join(path), raw.place


def _say_all(
    environment: Mapping[str, str],
    files: Sequence[tuple[str, bytes]],
    stored: StoredSettings,
    problems: Problems,
    notes: list[str],
) -> Raw:
    """What is said by environment, files and what was saved, the last weighing most."""
    said = from_environment(environment)
    for name, content in files:
        read = from_file(name, content, environment, problems)
        said = _outweigh(_outweigh(read.usual, said), read.said)
        notes += read.notes
    saved = from_saved(stored)
    return _outweigh(_withhold_secrets(_below_saved(said, saved), saved), saved)


def _below_saved(said: Raw, saved: Raw) -> Raw:
    """`said` in the form in which what was saved goes over it: records of a list stand under their names.

    One that holds secrets is saved whole, so that no secret of a file goes to an address that was saved.
    """
    for field in fields_of(Settings):
        below, above = _table_of(said).get(field.name), _table_of(saved).get(field.name)
        record = record_in(field.kind)
        if field.name == "providers" or below is None or above is None or record is None:
            continue
        if not stands_by_name(field.kind):
            continue
        table = dict(_by_name(below))
        if any(inner.is_secret for inner in fields_of(record)):
            table = {name: one for name, one in table.items() if name not in _table_of(above)}
        said = _put(said, (field.name,), Raw(table, below.place))
    return said


def _by_name(raw: Raw) -> Iterator[tuple[str, Raw]]:
    """The entries of a table, or of a list of tables that hold their names."""
    if raw.table is not None:
        yield from raw.table.items()
    for one in raw.value if isinstance(raw.value, (list, tuple)) else ():
        if isinstance(one, Mapping) and "name" in one:
            yield str(one["name"]), with_places({key: value for key, value in one.items() if key != "name"}, raw.place)


def _usable(
    settings: Settings, said: Raw, chosen: str | None, problems: Problems, notes: list[str]
) -> dict[str, ProviderSettings]:
    """The providers that lack nothing. Half of one in the environment is passed over where nobody asks for it."""
    usable: dict[str, ProviderSettings] = {}
    for name, provider in settings.providers.items():
        if any(True for _ in provider_problems(provider)):
            usable[name] = provider
            continue
        mended = mend_settings(Settings(providers={name: provider})).providers[name]
        lacking = lacking_in(mended)
        table = _table_of(_providers(said).get(name))
        if lacking is not None and name != chosen and all(_is_text(one) for one in table.values()):
            notes.append(f"providers.{name} is passed over: {lacking}")
            continue
        lacking = lacking or (lacking_key(mended) if name == chosen else None)
        if lacking is not None:
            problems.add(f"providers.{name}", lacking)
        usable[name] = provider
    return usable


def _table_of(raw: Raw | None) -> Table:
    return (raw.table if raw is not None else None) or {}


def _is_text(raw: Raw) -> bool:
    return all(map(_is_text, raw.table.values())) if raw.table is not None else raw.text


def _providers(said: Raw) -> Table:
    """The providers that anything is said of, by name."""
    return _table_of(_table_of(said).get("providers"))


def _outweigh(below: Raw, above: Raw) -> Raw:
    """Both, `above` winning. A key outweighs what the environment says in its place, in whatever header."""
    keyed = [name for name, one in _providers(above).items() if one.table and "api_key" in one.table]
    for name in keyed:
        below = _without_key_headers(below, name)
    return outweigh(below, above)


def _withhold_secrets(below: Raw, saved: Raw) -> Raw:
    """`below` without the secrets of providers, of models and of identities, that `saved` sends elsewhere.

    Who may save an address, but not see the key of file or environment, must not have it sent to theirs.
    """
    for name, one in _providers(saved).items():
        before = _providers(below).get(name)
        if before is None or before.table is None:
            continue
        if _destination(name, before) != _destination(name, outweigh(before, one)):
            rest = {key: value for key, value in before.table.items() if key not in ("api_key", "headers")}
            below = _put(below, ("providers", name), Raw(rest, before.place))
    oidc, wanted = _table_of(below).get("oidc"), _value(_table_of(saved).get("oidc"), "issuer")
    if oidc is not None and wanted is not None and wanted != _value(oidc, "issuer"):
        rest = {key: value for key, value in _table_of(oidc).items() if key != "client_secret"}
        below = _put(below, ("oidc",), Raw(rest, oidc.place))
    return below


def _destination(name: str, values: Raw) -> tuple[str, ...]:
    """Where the secrets of a provider go, as far as what is said of it, unchecked, tells."""
    kind, address, proxy = (_value(values, key) for key in ("kind", "base_url", "proxy"))
    provider = ProviderSettings(
        name=name,
        kind=str(kind or name),
        base_url=None if address is None else str(address),
        proxy=None if proxy is None else str(proxy),
        verify_tls=str(_value(values, "verify_tls")).lower() not in ("false", "0", "no", "off"),
    )
    row = PROVIDERS.get(provider.kind)
    return destination_of(provider, None if row is None else row.base_url)


_KEY_HEADERS = frozenset(name for row in PROVIDERS.values() for name in row.key_headers)


def _without_key_headers(said: Raw, name: str) -> Raw:
    headers = _table_of(_providers(said).get(name)).get("headers")
    if headers is None or headers.table is None:
        return said
    rest = {key: one for key, one in headers.table.items() if not (one.text and key in _KEY_HEADERS)}
    return _put(said, ("providers", name, "headers"), Raw(rest, headers.place))


def _put(said: Raw, path: tuple[str, ...], raw: Raw) -> Raw:
    """`said` with `raw` in the place of what `path` leads to."""
    if not path:
        return raw
    table = said.table or {}
    return Raw({**table, path[0]: _put(table.get(path[0], Raw({}, "")), path[1:], raw)}, said.place)


def _with_arguments(
    said: Raw, arguments: Arguments, environment: Mapping[str, str], problems: Problems
) -> tuple[Raw, str | None]:
    """The arguments put into the provider they are about, and the name of the default provider."""
    name, model = _choose_provider(arguments, said, problems)
    given: Table = {
        key: Raw(value, f"--{key.replace('_', '-')}")
        for key, value in attrs.asdict(attrs.evolve(arguments, model=model)).items()
        if value is not None and key != "provider"
    }
    said = Raw({key: one for key, one in (said.table or {}).items() if key != "default_provider"}, said.place)
    if name is None and arguments.base_url is not None:
        name = "custom"
    if name is None:
        if "timeout" in given:
            said = _put(said, ("timeouts", "total"), given["timeout"])
        return said, None
    if name not in _providers(said):
        if name not in PROVIDERS:
            return said, name
        said = _outweigh(from_environment(environment, only=name), said)
        said = _put(said, ("providers", name), _providers(said).get(name, Raw({}, f"providers.{name}")))
    above = Raw({"providers": Raw({name: Raw(given, f"providers.{name}")}, "providers")}, "")
    return _outweigh(said, above), name


def _choose_provider(arguments: Arguments, said: Raw, problems: Problems) -> tuple[str | None, str | None]:
    """Which provider is the default, and the model without the provider's name before it."""
    providers = _providers(said)
    known = {*PROVIDERS, *providers, *_if_installed(arguments.provider)}
    model = _resolve_alias(arguments.model, said)
    if arguments.provider is not None:
        return choice(Raw(arguments.provider, "--provider"), known, "provider", problems), model
    prefix, _, rest = (model or "").partition("/")
    if rest and (prefix in providers and _is_set_up(prefix, providers[prefix])):
        return prefix, rest
    name = _default_name(said, known, problems)
    if rest and prefix in known and not (name is not None and _has_slashed_ids(name, providers.get(name))):
        return prefix, rest
    return name, model


def _if_installed(name: object) -> set[str]:
    """That name, where another package has installed a provider of it."""
    return {name} if isinstance(name, str) and name in PROVIDERS else set()


def _resolve_alias(model: str | None, said: Raw) -> str | None:
    """What the name of a model stands for by the aliases of the settings file, which are checked later."""
    aliases = (said.table or {}).get("aliases")
    if model is None or aliases is None or aliases.table is None:
        return model
    targets = {name: one.value for name, one in aliases.table.items() if isinstance(one.value, str)}
    return Aliases(targets).resolve(model)


def _is_set_up(name: str, values: Raw) -> bool:
    return name not in PROVIDERS or _is_ready(name, values)


def _value(values: Raw | None, key: str) -> object:
    """What a provider says under `key`, unchecked; None where it says nothing."""
    table = _table_of(values)
    return table[key].value if key in table else None


def _has_slashed_ids(name: str, values: Raw | None) -> bool:
    """Whether models of this provider may be called `vendor/model`."""
    row = PROVIDERS.get(str(_value(values, "kind") or name))
    is_moved = row is not None and row.base_url is not None and _value(values, "base_url") is not None
    return row is not None and (row.slashed_ids or row.local or is_moved)


def _default_name(said: Raw, known: set[str], problems: Problems) -> str | None:
    """The provider that is asked where none is named."""
    named, providers = (said.table or {}).get("default_provider"), _providers(said)
    if named is not None:
        return choice(named, known | _if_installed(named.value), "provider", problems)
    ready = [name for name in PROVIDERS if name in providers and _is_ready(name, providers[name])]
    ready += [name for name in providers if name not in {*PROVIDERS}]
    enabled = [name for name in ready if _value(providers[name], "enabled") is not False]
    return min(enabled, key=lambda name: -_priority(providers[name]), default=None)


def _priority(values: Raw) -> int:
    """It has not been checked yet: what is wrong is told later."""
    found = _value(values, "priority")
    return found if isinstance(found, int) else 0


def _is_ready(name: str, values: Raw) -> bool:
    """Whether a provider has been configured, and not merely given a model."""
    row = PROVIDERS[name]
    if row.is_installed:
        return True
    if row.base_url is None and _value(values, "base_url") is None:
        return False
    if row.key_required:
        return _has_key(row, values)
    return any(_value(values, key) is not None for key in ("base_url", "model", "api_key"))


def _has_key(row: Provider, values: Raw) -> bool:
    headers = _value(values, "headers")
    named = headers.keys() if isinstance(headers, dict) else ()
    return _value(values, "api_key") is not None or not row.key_headers.isdisjoint(named)
