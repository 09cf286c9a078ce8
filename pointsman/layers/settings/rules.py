"""What settings must be beyond their types, and what is mended in them: the same wherever they come from.

Rules and mending look at records alone, so that settings from code, a file, a page or a database are treated alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias, get_args
from urllib.parse import urlsplit

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.client.endpoint import read_deployments
from pointsman.adapters.net.proxy import proxy_problem, with_scheme
from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.database_address import names_server, read_address
from pointsman.core.error import ConfigurationError, LLMError, configuration_error
from pointsman.core.loopback import is_loopback, is_safe_address
from pointsman.core.mcp_server import mcp_problems
from pointsman.core.models.aliases import Aliases
from pointsman.core.notice import EVENT_NAMES
from pointsman.core.prompts.prompt import SavedTemplate, problems_of
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, Raw, near, with_places
from pointsman.core.records.write import write_record
from pointsman.core.retention import read_span
from pointsman.core.settings import (
    KeepSettings,
    OidcSettings,
    ProviderSettings,
    RetryOverrides,
    RetrySettings,
    Settings,
    Timeouts,
)
from pointsman.core.shared_address import cluster_problem, shared_problem
from pointsman.core.webhook import webhook_problems

Wrong: TypeAlias = Iterator[tuple[tuple[str, ...], str]]
"""What is wrong: the keys that lead to it, and a sentence without its subject."""


def check_settings(settings: Settings) -> Result[Settings, ConfigurationError]:
    """`settings` in order, or everything that is wrong with them: types, bounds and rules. It raises nothing."""
    problems = Problems()
    raw = with_places(write_record(settings), "")
    read = read_record(Settings, raw, problems, partial=True)
    checked = problems.found if read is None else [*problems.found, *_broken_rules(read, raw)]
    if checked or read is None:
        return Failure(refusal(checked))
    return Success(mend_settings(read))


def check_provider(provider: ProviderSettings) -> Result[ProviderSettings, ConfigurationError]:
    """`provider` in order (a base URL without a slash at its end, say), or everything that is wrong with it."""
    return read_provider(with_places(write_record(provider), ""))


def read_provider(raw: Raw) -> Result[ProviderSettings, ConfigurationError]:
    """The provider in a table, in order; or everything that is wrong with it. Nothing that it needs may be missing."""
    problems = Problems()
    provider = read_record(ProviderSettings, raw, problems)
    if provider is not None:
        for path, problem in provider_problems(provider):
            problems.add(place_at(raw, path), problem)
    if problems.found or provider is None:
        return Failure(refusal(problems.found))
    mended = mend_provider(provider)
    lacking = lacking_in(mended)
    return Success(mended) if lacking is None else Failure(refusal([f"base_url: {lacking}"]))


def refusal(problems: list[str]) -> ConfigurationError:
    """The error that lists `problems`, each once."""
    listed = tuple(dict.fromkeys(problems))
    return configuration_error(*listed)


def _broken_rules(settings: Settings, raw: Raw) -> Iterator[str]:
    for path, problem in settings_problems(settings):
        yield f"{place_at(raw, path)}: {problem}"


def place_at(raw: Raw, path: tuple[str, ...]) -> str:
    """The place of what `path` leads to, as far as somebody has said it."""
    for number, key in enumerate(path):
        if raw.table is None or key not in raw.table:
            return ".".join((*((raw.place,) if raw.place else ()), *path[number:]))
        raw = raw.table[key]
    return raw.place


def settings_problems(settings: Settings) -> Wrong:
    """What the types do not say of `settings`."""
    for name, provider in settings.providers.items():
        for path, problem in provider_problems(provider):
            yield ("providers", name, *path), problem
    for path, problem in _retry_problems(settings.retries):
        yield ("retries", *path), problem
    for alias, problem in Aliases(settings.aliases).problems():
        yield ("aliases", alias), problem
    yield from _money_problems(settings)
    yield from _limit_problems(settings)
    yield from _other_problems(settings)


def _money_problems(settings: Settings) -> Wrong:
    for budget in settings.budgets:
        if budget.usd is None and budget.tokens is None:
            yield ("budgets", budget.name), "it has no limit; give usd or tokens"
        if "|" in budget.name:
            yield ("budgets", budget.name), "its name has a |; leave that out"


def _limit_problems(settings: Settings) -> Wrong:
    known = {*PROVIDERS, *settings.providers}
    for name, limit in settings.limits.items():
        provider = name.partition("/")[0]
        if 0 in (limit.requests_per_minute, limit.tokens_per_minute, limit.concurrent):
            yield ("limits", name), "a limit of 0 lets nothing through; leave it out, or use 1"
        if provider not in known:
            yield ("limits", name), f"{provider!r} is not a provider{near(provider, known)}"
    breaker = settings.breaker
    for key, number in (("failures", breaker.failures), ("probes", breaker.probes)):
        if number < 1:
            yield ("breaker", key), f"{number} is not at least 1"


def _other_problems(settings: Settings) -> Wrong:
    if names_server(settings.database):
        read = read_address(settings.database or "")
        if isinstance(read, Failure):
            yield ("database",), read.failure()
    if settings.shared is not None and (problem := shared_problem(settings.shared)) is not None:
        yield ("shared",), problem
    if settings.cluster is not None and (problem := cluster_problem(settings.cluster)) is not None:
        yield ("cluster",), problem
    for experiment in settings.experiments:
        if not experiment.variants and not experiment.shadow:
            yield ("experiments", experiment.name), "it has neither variants nor shadow models"
    for server in settings.mcp:
        for problem in mcp_problems(server):
            yield ("mcp", server.name), problem
    for hook in settings.webhooks:
        for problem in webhook_problems(hook, EVENT_NAMES):
            yield ("webhooks", hook.name), problem
    for field in attrs.fields(KeepSettings):
        span = getattr(settings.keep, field.name)
        if span is not None and read_span(span) is None:
            yield ("keep", field.name), "it is no time; write 400d, 12h or 52w"
    for name, versions in settings.templates.items():
        yield from _template_problems(name, versions)
    for name, problem in _oidc_problems(settings.oidc):
        yield ("oidc", name), problem
    semantic = settings.cache.semantic
    if semantic is not None and not semantic.model:
        yield ("cache", "semantic", "model"), "it needs the name of an embedding model"


def _template_problems(name: str, versions: tuple[SavedTemplate, ...]) -> Wrong:
    for version, template in enumerate(versions, 1):
        for problem in problems_of(template.as_template(name, version)):
            yield ("templates", name), f"version {version}: {problem}"


def _oidc_problems(oidc: OidcSettings) -> Iterator[tuple[str, str]]:
    if not oidc.issuer:
        return
    for name, address in (("issuer", oidc.issuer), ("address", oidc.address)):
        if address is not None and not is_safe_address(address):
            yield name, "it is not an https address such as https://accounts.example"
    if not oidc.client_id:
        yield "client_id", "it is missing; the provider gives one to each program that signs people in"
    if "openid" not in oidc.scope.split():
        yield "scope", "it must hold the word openid"


def _retry_problems(retries: RetrySettings | RetryOverrides) -> Wrong:
    tags = {kind.__name__ for kind in get_args(LLMError) if kind.retryable}
    for tag in retries.kinds:
        if tag not in tags:
            yield ("kinds", tag), f"it is not an error that can be retried{near(tag, tags)}"


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2: what the name of a header may be."""


def provider_problems(provider: ProviderSettings) -> Wrong:
    """What the types do not say of a provider."""
    if not _NAME.fullmatch(provider.name):
        yield ("name",), f"{provider.name!r} is not a name of letters, digits, - and _"
    kind = kind_of(provider)
    if kind not in PROVIDERS:
        yield ("kind",), f"{provider.kind!r} is not a kind of provider{near(kind, PROVIDERS)}"
        return
    if provider.base_url is not None and (problem := _url_problem(_address(provider.base_url))):
        yield ("base_url",), problem
    if provider.proxy and provider.proxy.strip() and (problem := proxy_problem(with_scheme(provider.proxy))):
        yield ("proxy",), problem
    if provider.retries is not None:
        for path, problem in _retry_problems(provider.retries):
            yield ("retries", *path), problem
    for name in provider.headers:
        if not _HEADER.fullmatch(name):
            yield ("headers", name), "it is not the name of a header"
    yield from _version_problems(provider, PROVIDERS[kind])


def _version_problems(provider: ProviderSettings, row: Provider) -> Wrong:
    """The version of Azure's API; no other provider has one."""
    if provider.api_version is None:
        return
    if not row.has_deployments:
        yield ("api_version",), f"{row.title} has no versions of its API; leave it out"
    if not _VERSION.fullmatch(provider.api_version):
        yield ("api_version",), f"{provider.api_version!r} is not a version such as 2024-10-21"


def _url_problem(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not an address such as http://localhost:1234/v1"
    if (
        parts.scheme not in ("http", "https")
        or not host
        or any(letter.isspace() or not letter.isprintable() for letter in text)
    ):
        return "it is not an address such as http://localhost:1234/v1"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or password; give keys by api_key"
    return "it has a query or a fragment; leave that out" if parts.query or parts.fragment else None


def kind_of(provider: ProviderSettings) -> str:
    """The name of the row that `provider` is of; case does not count."""
    kind = provider.kind
    return kind if kind in PROVIDERS else kind.strip().lower()


def lacking_in(provider: ProviderSettings) -> str | None:
    """What the address of a mended provider lacks, and how to say it."""
    row = PROVIDERS[provider.kind]
    if provider.base_url is None and row.base_url is None:
        variable = row.base_url_variables[0] if row.base_url_variables else "base_url"
        return f"it needs a base URL; set {variable} or give --base-url"
    if provider.api_version is None and named_deployment(row, provider.base_url) is not None:
        return f"the address of a deployment needs an api_version; set {row.api_version_variables[0]}"
    return None


def lacking_key(provider: ProviderSettings) -> str | None:
    """That a vendor's own address needs a key, where there is none."""
    row = PROVIDERS[provider.kind]
    has_key = provider.api_key is not None or not row.key_headers.isdisjoint(provider.headers)
    if has_key or not row.key_required or row.base_url is None or provider.base_url is not None:
        return None
    return f"it needs a key; set {row.key_variables[0]}"


def lacking_anywhere(settings: Settings) -> list[str]:
    """What mended providers lack before they can be asked, each with its place.

    The default one may need a key, and must be on this machine where no other may be asked.
    """
    found = []
    for name, provider in settings.providers.items():
        lacking = lacking_in(provider)
        if lacking is None and name == settings.default_provider:
            lacking = lacking_key(provider) if may_be_asked(provider, settings) else _NOT_HERE
        if provider.enabled and lacking is not None:
            found.append(f"providers.{name}: {lacking}")
    return found


_NOT_HERE = "it is not on this machine, and `remote = false` keeps every call here; name a local one, or allow others"


def may_be_asked(provider: ProviderSettings, settings: Settings) -> bool:
    """Whether a mended provider, and the proxy on the way to it, are where the settings let requests go."""
    own = provider.base_url or PROVIDERS[provider.kind].base_url or ""
    stops = [own, *([provider.proxy] if provider.proxy else [])]
    return settings.remote or all(is_loopback((urlsplit(stop).hostname or "").lower()) for stop in stops)


def named_deployment(row: Provider, url: str | None) -> str | None:
    """The deployment in an address of Azure."""
    return read_deployments(url, None)[1].deployment if url is not None and row.has_deployments else None


def mend_settings(settings: Settings) -> Settings:
    """Settings without problems in the form in which they are used."""
    limits, total = settings.timeouts, settings.timeouts.total
    return attrs.evolve(
        settings,
        providers={name: mend_provider(one) for name, one in settings.providers.items()},
        timeouts=within(limits, total, limits.models),
    )


def within(limits: Timeouts, total: float, models: float) -> Timeouts:
    """`limits`, none of them longer than `total` seconds, which is the whole call's."""
    return Timeouts(
        connect=min(limits.connect, total),
        first_byte=min(limits.first_byte, total),
        idle=min(limits.idle, total),
        total=total,
        models=models,
    )


def mend_provider(provider: ProviderSettings) -> ProviderSettings:
    """A provider without problems as it is used: a whole address, small letters in the names of its headers."""
    kind = kind_of(provider)
    row = PROVIDERS[kind]
    url = None if provider.base_url is None else _base_url(provider.base_url, row.path)
    proxy = provider.proxy.strip() if provider.proxy else ""
    return attrs.evolve(
        provider,
        kind=kind,
        base_url=url,
        model=provider.model or named_deployment(row, url),
        proxy=with_scheme(proxy) if proxy else None,
        headers={name.lower(): value for name, value in provider.headers.items()},
    )


def _address(text: str) -> str:
    text = text.strip().rstrip("/")
    return text if "://" in text else f"http://{text}"


def _base_url(text: str, path: str) -> str:
    """An http address without a slash at its end; `path` is appended where it has no path of its own."""
    text = _address(text)
    parts = urlsplit(text)
    if parts.hostname in _EVERYWHERE:  # where a server listens; it is asked here
        text = text.replace(*_EVERYWHERE[parts.hostname], 1)
    return text if parts.path else text + path


_EVERYWHERE: Mapping[str | None, tuple[str, str]] = {"0.0.0.0": ("0.0.0.0", "127.0.0.1"), "::": ("[::]", "[::1]")}
