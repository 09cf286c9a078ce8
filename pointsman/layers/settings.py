"""Environment, settings file and arguments to `Settings`, purely, with every problem at once.

Weights increase in that order. No secret stands in a problem: values are quoted only where they cannot be one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, get_args

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.client.deployments import read_deployments
from pointsman.adapters.net.proxy import proxy_problem, with_scheme
from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.models.aliases import Aliases
from pointsman.core.settings import KeyStoreKind, ProviderSettings, RetrySettings, Settings, Timeouts
from pointsman.layers.settings_environment import from_environment
from pointsman.layers.settings_file import read_file
from pointsman.layers.settings_sections import read_sections
from pointsman.layers.settings_values import Problems, Raw, base_url, choice, near, read_value, secret
from pointsman.services.ports.settings_store import StoredSettings

Draft: TypeAlias = dict[str, Raw]


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


def find_settings_file(environment: Mapping[str, str], folder: str, config_folder: str) -> tuple[str, ...]:
    """Where a settings file may be, the first that exists wins: the working folder, then the user's own."""
    named = environment.get("POINTSMAN_CONFIG")
    return (named,) if named else (f"{folder}/pointsman.toml", f"{config_folder}/config.toml")


def parse_settings(
    environment: Mapping[str, str],
    files: Sequence[tuple[str, bytes]],
    arguments: Arguments,
    stored: StoredSettings | None = None,
) -> Result[Settings, ConfigurationError]:
    """The settings, or a `ConfigurationError` whose `problems` name every wrong value with its place.

    `files` are (name, content) of TOML or JSON; a name that ends in `.json` is JSON. `stored` is what was saved while
    the program ran.
    """
    problems = Problems()
    whole, providers = from_environment(environment)
    for name, content in files:
        file_whole, file_providers = read_file(name, content, environment, problems)
        whole.update(file_whole)
        for provider, values in file_providers.items():
            _outweigh(providers.setdefault(provider, {}), values)
    for provider, values in _drafts(stored or StoredSettings()).items():
        _outweigh(providers.setdefault(provider, {}), values)
    if stored is not None and stored.active is not None:
        whole["default_provider"] = Raw(stored.active, "saved settings: active")
    chosen = _apply(arguments, environment, whole, providers, problems)
    built = {name: _provider(name, values, name == chosen, problems) for name, values in providers.items()}
    settings = _settings(whole, {name: one for name, one in built.items() if one is not None}, chosen, problems)
    if problems.found:
        listed = tuple(problems.found)
        return Failure(ConfigurationError(detail="; ".join(listed), problems=listed))
    return Success(settings)


def check_provider(provider: ProviderSettings) -> Result[ProviderSettings, ConfigurationError]:
    """`provider` in order (a base URL without a slash at its end, say), or everything that is wrong with it."""
    problems = Problems()
    if not _NAME.fullmatch(provider.name):
        problems.add("name", f"{provider.name!r} is not a name of letters, digits, - and _")
    values = _drafts(StoredSettings(providers={provider.name: provider}))[provider.name]
    places = {key: attrs.evolve(raw, place=key) for key, raw in values.items()}
    found = _provider(provider.name, places, False, problems)
    if problems.found or found is None:
        listed = tuple(problems.found) or ("base_url: it is needed",)
        return Failure(ConfigurationError(detail="; ".join(listed), problems=listed))
    return Success(found)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _drafts(stored: StoredSettings) -> dict[str, Draft]:
    """The saved providers as values with their places."""
    found: dict[str, Draft] = {}
    for name, provider in stored.providers.items():
        place = f"saved settings: {name}"
        values = {field.name: getattr(provider, field.name) for field in attrs.fields(ProviderSettings)}
        values["api_key"] = provider.api_key.reveal() if provider.api_key else None
        values |= {f"headers.{key}": value.reveal() for key, value in values.pop("headers").items()}
        values["tags"] = list(provider.tags)
        del values["name"]
        found[name] = {key: Raw(one, f"{place}.{key}") for key, one in values.items() if one is not None}
    return found


def _apply(
    arguments: Arguments,
    environment: Mapping[str, str],
    whole: Draft,
    providers: dict[str, Draft],
    problems: Problems,
) -> str | None:
    """Put the arguments into the provider they are about, and give the name of the default provider."""
    name, model = _named(arguments, whole, providers, problems)
    given: Draft = {
        key: Raw(value, f"--{key.replace('_', '-')}")
        for key, value in attrs.asdict(attrs.evolve(arguments, model=model)).items()
        if value is not None and key != "provider"
    }
    if name is None and arguments.base_url is not None:
        name = "custom"
    if name is None:
        if given:
            for key in given.keys() & {"timeout"}:
                whole[key] = given[key]
        return None
    if name not in providers and name not in PROVIDERS:
        return name
    if name not in providers:
        providers[name] = from_environment(environment, only=name)[1].get(name, {})
    _outweigh(providers[name], given)
    return name


def _outweigh(values: Draft, weightier: Draft) -> None:
    """Put `weightier` into `values`. A key outweighs what the environment says in its place, in whatever header."""
    if "api_key" in weightier:
        for key in [key for key, raw in values.items() if raw.text and key in _KEY_HEADERS]:
            del values[key]
    values.update(weightier)


_KEY_HEADERS = {f"headers.{name}" for row in PROVIDERS.values() for name in row.key_headers}


def _named(
    arguments: Arguments, whole: Draft, providers: dict[str, Draft], problems: Problems
) -> tuple[str | None, str | None]:
    """Which provider is the default, and the model without the provider's name before it."""
    known = {*PROVIDERS, *providers}
    model = _resolve_alias(arguments.model, whole)
    if arguments.provider is not None:
        return choice(Raw(arguments.provider, "--provider"), known, "provider", problems), model
    prefix, _, rest = (model or "").partition("/")
    if rest and (prefix in providers and _is_set_up(prefix, providers[prefix])):
        return prefix, rest
    name = _default_name(whole, providers, known, problems)
    if rest and prefix in known and not (name is not None and _has_slashed_ids(name, providers.get(name, {}))):
        return prefix, rest
    return name, model


def _resolve_alias(model: str | None, whole: Draft) -> str | None:
    """What the name of a model stands for by the aliases of the settings file, which are checked later."""
    table = whole["aliases"].value if "aliases" in whole else None
    if model is None or not isinstance(table, dict):
        return model
    return Aliases({str(name): one for name, one in table.items() if isinstance(one, str)}).resolve(model)


def _is_set_up(name: str, values: Draft) -> bool:
    return name not in PROVIDERS or _ready(name, values)


def _has_slashed_ids(name: str, values: Draft) -> bool:
    """Whether models of this provider may be called `vendor/model`."""
    kind = values["kind"].value if "kind" in values else name
    row = PROVIDERS.get(str(kind))
    return row is not None and (row.slashed_ids or row.local or (row.base_url is not None and "base_url" in values))


def _default_name(whole: Draft, providers: dict[str, Draft], known: set[str], problems: Problems) -> str | None:
    """The provider that is asked where none is named."""
    if (raw := whole.pop("default_provider", None)) is not None:
        return choice(raw, known, "provider", problems)
    ready = [name for name in PROVIDERS if _ready(name, providers.get(name))]
    ready += [name for name in providers if name not in PROVIDERS]
    enabled = [name for name in ready if _flag(providers[name], "enabled", True) is not False]
    return min(enabled, key=lambda name: -int(_flag(providers[name], "priority", 0)), default=None)


def _flag(values: Draft, key: str, usual: int) -> int:
    """A value that has not been checked yet: what is wrong is told later."""
    found = values[key].value if key in values else usual
    return found if isinstance(found, int) else usual


def _ready(name: str, values: Draft | None) -> bool:
    """Whether a provider has been configured, and not merely given a model."""
    if values is None:
        return False
    row = PROVIDERS[name]
    if row.key_required:
        return _has_key(row, values) and (row.base_url is not None or "base_url" in values)
    return "base_url" in values or "model" in values or "api_key" in values


def _has_key(row: Provider, values: Draft) -> bool:
    return "api_key" in values or any(f"headers.{name}" in values for name in row.key_headers)


def _provider(name: str, values: Draft, chosen: bool, problems: Problems) -> ProviderSettings | None:
    kind = choice(values.get("kind", Raw(name, f"providers.{name}")), set(PROVIDERS), "kind of provider", problems)
    if kind is None:
        return None
    row = PROVIDERS[kind]
    url = base_url(values.get("base_url"), row.path, problems)
    missing = _missing(row, url, values)
    if missing is not None:
        if not chosen and all(raw.text for raw in values.values()):
            return None  # half of it stands in the environment, and nobody asks for it
        problems.add(f"providers.{name}", missing)
    if (
        chosen
        and row.key_required
        and row.base_url is not None
        and "base_url" not in values
        and not _has_key(row, values)
    ):
        problems.add(f"providers.{name}", f"it needs a key; set {row.key_variables[0]}")
    return ProviderSettings(
        name=name,
        kind=kind,
        base_url=url,
        api_version=_api_version(row, values.get("api_version"), problems),
        api_key=secret(values.get("api_key"), problems),
        model=read_value(values.get("model"), str, problems) or _named_deployment(row, url),
        temperature=read_value(values.get("temperature"), float, problems, 0, 2),
        max_tokens=read_value(values.get("max_tokens"), int, problems, 1),
        timeout=read_value(values.get("timeout"), float, problems, 0.001, unit="of seconds"),
        verify_tls=read_value(values.get("verify_tls"), bool, problems) is not False,
        proxy=_proxy(values.get("proxy"), problems),
        headers={
            key.removeprefix("headers."): held
            for key, raw in values.items()
            if key.startswith("headers.") and (held := secret(raw, problems)) is not None
        },
        keep_alive=read_value(values.get("keep_alive"), float, problems, 1, unit="of seconds"),
        enabled=read_value(values.get("enabled"), bool, problems) is not False,
        priority=read_value(values.get("priority"), int, problems) or 0,
        tags=_tags(values.get("tags"), problems),
    )


def _named_deployment(row: Provider, url: str | None) -> str | None:
    """The deployment in an address of Azure."""
    return read_deployments(url, None)[1].deployment if url is not None and row.has_deployments else None


def _missing(row: Provider, url: str | None, values: Draft) -> str | None:
    """What an address lacks."""
    if url is None and row.base_url is None and "base_url" not in values:
        variable = row.base_url_variables[0] if row.base_url_variables else "base_url"
        return f"it needs a base URL; set {variable} or give --base-url"
    if "api_version" not in values and _named_deployment(row, url) is not None:
        return f"the address of a deployment needs an api_version; set {row.api_version_variables[0]}"
    return None


def _api_version(row: Provider, raw: Raw | None, problems: Problems) -> str | None:
    """The version of Azure's API; no other provider has one."""
    version = read_value(raw, str, problems)
    if raw is not None and version is not None and not row.has_deployments:
        problems.add(raw.place, f"{row.title} has no versions of its API; leave it out")
    if raw is not None and version is not None and not _VERSION.fullmatch(version):
        problems.add(raw.place, f"{version!r} is not a version such as 2024-10-21")
    return version


_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


def _proxy(raw: Raw | None, problems: Problems) -> str | None:
    """The address of a proxy; it is never quoted."""
    text = read_value(raw, str, problems, hidden=True)
    if raw is None or not text or not text.strip():
        return None
    address = with_scheme(text)
    if problem := proxy_problem(address):
        problems.add(raw.place, problem)
    return address


def _tags(raw: Raw | None, problems: Problems) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw.value, (list, tuple)) or not all(isinstance(item, str) for item in raw.value):
        problems.add(raw.place, 'it is not a list of words such as ["work"]')
        return ()
    return tuple(str(item) for item in raw.value)


def _settings(
    whole: Draft, providers: Mapping[str, ProviderSettings], chosen: str | None, problems: Problems
) -> Settings:
    def number(key: str, default: float, low: float = 0.001) -> float:
        found = read_value(whole.get(key), float, problems, low, unit="of seconds")
        return default if found is None else found

    limits, retries = Timeouts(), RetrySettings()
    total = number("timeout", number("timeouts.total", limits.total))
    most = read_value(whole.get("retries.max_retries"), int, problems, 0, 100)
    fallback = whole.get("fallback")
    return Settings(
        providers=providers,
        default_provider=chosen if chosen in providers else None,
        timeouts=Timeouts(
            connect=min(total, number("timeouts.connect", limits.connect)),
            first_byte=min(total, number("timeouts.first_byte", limits.first_byte)),
            idle=min(total, number("timeouts.idle", limits.idle)),
            total=total,
            models=number("timeouts.models", limits.models),
        ),
        retries=RetrySettings(
            max_retries=retries.max_retries if most is None else most,
            base_delay=number("retries.base_delay", retries.base_delay, 0),
            max_delay=number("retries.max_delay", retries.max_delay, 0),
            retry_after_cap=number("retries.retry_after_cap", retries.retry_after_cap, 0),
            kinds=_kinds(whole.get("retries.kinds"), problems),
            resend_unanswered=read_value(whole.get("retries.resend_unanswered"), bool, problems) or False,
        ),
        model_cache_ttl=number("model_cache_ttl", 300.0, 0),
        fallback=_references(fallback, problems),
        system=read_value(whole.get("system"), str, problems),
        database=read_value(whole.get("database"), str, problems),
        prompts=read_value(whole.get("prompts"), str, problems),
        encrypted=read_value(whole.get("encrypted"), bool, problems) or False,
        key_store=_key_store(whole.get("key_store"), problems),
        key_file=read_value(whole.get("key_file"), str, problems),
        **read_sections(whole, problems),
    )


def _key_store(raw: Raw | None, problems: Problems) -> KeyStoreKind:
    if raw is not None and raw.value not in ("file", "keyring"):
        problems.add(raw.place, f"{raw.value!r} is not file or keyring")
    return "keyring" if raw is not None and raw.value == "keyring" else "file"


def _kinds(raw: Raw | None, problems: Problems) -> dict[str, int]:
    """How often each kind of error is retried, by its tag."""
    if raw is None:
        return {}
    if not isinstance(raw.value, dict):
        problems.add(raw.place, "it is not a table such as { RateLimitExceeded = 5 }")
        return {}
    tags = {kind.__name__ for kind in get_args(LLMError) if kind.retryable}
    found = {}
    for tag, value in raw.value.items():
        place = f"{raw.place}.{tag}"
        if tag not in tags:
            problems.add(place, f"it is not an error that can be retried{near(str(tag), tags)}")
        count = read_value(Raw(value, place), int, problems, 0, 100)
        found[str(tag)] = count or 0
    return found


def _references(raw: Raw | None, problems: Problems) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw.value, list) or not all(isinstance(item, str) and item for item in raw.value):
        problems.add(raw.place, 'it is not a list of model references such as ["anthropic/claude-haiku-4-5"]')
        return ()
    return tuple(str(item) for item in raw.value)
