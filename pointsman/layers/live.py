"""The real thing: HTTP clients for the configured providers, and a local server found where nothing is configured.

What is heavy (httpx, the dialects, cattrs) is imported when an app is opened, not when pointsman is imported.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.system.random import SystemRandom
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.price import Price, Rates
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.settings import ModelSettings, ProviderSettings, Settings
from pointsman.layers.app import Clients, Layers
from pointsman.layers.recipes import OpenTransport, Wraps
from pointsman.layers.remote import remote_refusal
from pointsman.layers.stack import ProviderDescription
from pointsman.layers.stores import by_settings
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.middleware.own_call import own_call
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.tracer import NO_TRACER, Tracer
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from pointsman.adapters.http1.exchange import Transport
    from pointsman.layers.settings.sources import Arguments
    from pointsman.services.ports.settings_store import StoredSettings

DISCOVERY_SECONDS = 1.0
_LOG = logging.getLogger("pointsman.settings")


def load_settings(
    arguments: Arguments | None = None,
    config: str | None = None,
    environment: Mapping[str, str] | None = None,
    stored: StoredSettings | None = None,
) -> Result[Settings, ConfigurationError]:
    """Settings from environment, settings file, what was `stored`, and `arguments`, in that order of rising weight.

    `config` is the path of a TOML or JSON file that must exist; without it `POINTSMAN_CONFIG`, `pointsman.toml` in
    the working directory and the user's own are looked for. Files of other programs are read, too; what has another
    name there goes to the log `pointsman.settings`.
    """
    from pointsman.layers.settings.parse import parse_settings
    from pointsman.layers.settings.sources import Arguments

    given = os.environ if environment is None else environment
    read = _read_file(config, given)
    if isinstance(read, Failure):
        return Failure(read.failure())
    notes: list[str] = []
    parsed = parse_settings(given, read.unwrap(), arguments or Arguments(), stored, notes)
    for note in notes:
        _LOG.info("%s", note)
    return parsed


def places_of_settings(config: str | None, stored: StoredSettings) -> dict[str, str]:
    """Where each setting comes from, by its whole name; what is said nowhere is left out."""
    from pointsman.layers.settings.parse import settings_places

    return settings_places(os.environ, _read_file(config, os.environ).value_or(()), stored)


def settings_notes(config: str | None = None, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What the settings file calls otherwise than we do, because it is of another program: a line each."""
    from pointsman.core.records.values import Problems
    from pointsman.layers.settings.sources import from_file

    given = os.environ if environment is None else environment
    files = _read_file(config, given).map(tuple).value_or(())
    return tuple(note for name, content in files for note in from_file(name, content, given, Problems()).notes)


def _read_file(
    config: str | None, environment: Mapping[str, str]
) -> Result[tuple[tuple[str, bytes], ...], ConfigurationError]:
    from pointsman.layers.settings.sources import find_settings_file

    named = config or environment.get("POINTSMAN_CONFIG")
    candidates = [named] if named else find_settings_file(environment, str(Path.cwd()), _config_folder())
    for candidate in candidates:
        path = Path(candidate).expanduser()
        try:
            data = path.read_bytes()
            if not named and path.parent == Path(_config_folder()):
                _close_to_others(path)
            return Success(((str(path), data),))
        except FileNotFoundError:
            if named:
                return _unreadable(candidate, "there is no such file")
        except OSError as problem:
            return _unreadable(candidate, (problem.strerror or "it cannot be read").lower())
    return Success(())


def _close_to_others(path: Path) -> None:
    """Take away what others were allowed of the user's own settings, where keys may stand.

    Not of a file that was named, or lies in a project: others may be meant to read it, such as a service.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & 0o077:
            path.chmod(mode & 0o700)


def _unreadable(name: str, why: str) -> Failure[ConfigurationError]:
    problem = f"the settings file {name!r}: {why}"
    return Failure(ConfigurationError(detail=problem, problems=(problem,)))


def _config_folder() -> str:
    import platformdirs

    return platformdirs.user_config_dir("pointsman", appauthor=False)


def own_database() -> str | None:
    """The database in the user's data folder; None where it cannot be made."""
    import platformdirs

    folder = Path(platformdirs.user_data_dir("pointsman", appauthor=False))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return str(folder / "pointsman.db") if os.access(folder, os.W_OK) else None


@asynccontextmanager
async def http_clients(
    settings: Settings, clock: Clock, open_transport: OpenTransport | None = None
) -> AsyncIterator[Result[Clients, ConfigurationError]]:
    """A client for every enabled provider, or what they lack; their connections close with the scope."""
    from urllib.request import getproxies

    from pointsman.adapters.client.catalog import Catalog
    from pointsman.adapters.client.client import HttpClient
    from pointsman.adapters.client.driver import Driver
    from pointsman.adapters.http1.proxies import transport_through
    from pointsman.adapters.net.proxy import Proxy, proxy_before
    from pointsman.adapters.providers.installed import load_client
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.layers.endpoints import endpoint_of
    from pointsman.layers.model_servers import watch_models
    from pointsman.layers.settings.rules import lacking_anywhere, may_be_asked, refusal

    lacking = lacking_anywhere(settings)
    if lacking:
        yield Failure(refusal(lacking))
        return
    connect = open_transport or transport_through
    proxies, book = getproxies(), price_book(settings, provider_facts(settings))
    shared: dict[tuple[bool, Proxy | None], Transport] = {}
    clients: dict[str, Client] = {}
    async with AsyncExitStack() as stack:
        for name, provider in settings.providers.items():
            if not provider.enabled or not may_be_asked(provider, settings):
                continue
            row = PROVIDERS[provider.kind]
            if row.is_installed:
                clients[name] = own_call(load_client(provider, settings.plugins.disabled), clock, name)
                continue
            if row.is_run_here and provider.base_url is None:
                from pointsman.layers.engines import local_models

                clients[name] = await stack.enter_async_context(local_models(provider, settings, book, clock))
                continue
            endpoint = endpoint_of(row, provider, settings, book)
            proxy = proxy_before(endpoint.base_url, provider.proxy, proxies, f"providers.{name}.proxy")
            key = (provider.verify_tls, proxy)
            if key not in shared:
                shared[key] = _within_reach(connect(proxy, verify=provider.verify_tls))
                stack.push_async_callback(shared[key].aclose)
            driver = Driver(endpoint, shared[key], clock)
            client = HttpClient(driver, Catalog(driver), SystemRandom().new_id()[:8])
            clients[name] = watch_models(client, driver, row.name, name)
        yield Success(clients)


def _within_reach(transport: Transport) -> Transport:
    """`transport`, kept on this machine where that is all that may be asked."""
    from pointsman.adapters.http1.loopback import LoopbackTransport

    why = remote_refusal()
    return transport if why is None else LoopbackTransport(transport, why)


@effect
async def find_local(
    settings: Settings, open_transport: OpenTransport | None = None
) -> Result[Settings, ConfigurationError]:
    """`settings`; where no provider is configured, with the local server that answers, or a model that was got."""
    if settings.default_provider is not None:
        return Success(settings)
    from pointsman.adapters.providers.table import PROVIDERS

    wanted = tuple(name for name, row in PROVIDERS.items() if row.is_looked_for)
    local = {name: ProviderSettings(name=name, kind=name) for name in wanted}
    answered: dict[str, Ping] = {}
    async with http_clients(attrs.evolve(settings, providers=local), SystemClock(), open_transport) as opened:
        clients = opened.unwrap()  # rows of servers on this machine lack nothing

        async def ask(name: str) -> None:
            ping = unwrap_or_failure(await settle(clients[name].ping()))
            if isinstance(ping, Ping) and ping.ok:
                answered[name] = ping

        with anyio.move_on_after(DISCOVERY_SECONDS):
            async with tasks_together() as group:
                for name in wanted:
                    group.start_soon(ask, name)
    chosen = min(answered, key=wanted.index, default=None)
    provider = await _model_here(settings) if chosen is None else local[chosen]
    if provider is None:
        return Failure(_nothing_found())
    providers = {**settings.providers, provider.name: provider}
    return Success(attrs.evolve(settings, providers=providers, default_provider=provider.name))


async def _model_here(settings: Settings) -> ProviderSettings | None:
    """The largest of the models that pointsman has got; those of other programs are not taken unasked."""
    from pointsman.layers.engines import EMBEDDED, library_of

    models = [model for model in library_of(settings.engine).own_models() if not model.is_embedder]
    if not models:
        return None
    return ProviderSettings(name=EMBEDDED, kind=EMBEDDED, model=max(models, key=lambda model: model.count).name)


def _embedder_here(settings: Settings) -> str:
    """The first of the models that pointsman has got that makes vectors; empty: there is none."""
    from pointsman.layers.engines import library_of

    return next((model.name for model in library_of(settings.engine).own_models() if model.is_embedder), "")


def _nothing_found() -> ConfigurationError:
    problem = "no provider is configured, and no local server answers (Ollama, LM Studio, llama.cpp, MLX)"
    cures = (
        "set a key such as OPENAI_API_KEY, start a local server, get a very small model by `pointsman local get"
        " smollm2`, or try `pointsman demo`"
    )
    return ConfigurationError(detail=f"{problem}; {cures}", problems=(problem,))


@effect
async def resolve(
    settings: Settings, open_transport: OpenTransport | None = None
) -> Result[Settings, ConfigurationError]:
    """`settings` with a provider, and with a model where the default provider has none: the first it lists."""
    found = await settle(find_local(settings, open_transport))
    if isinstance(found, Failure):
        return found
    return Success(await _with_model(found.unwrap(), open_transport))


async def _with_model(settings: Settings, open_transport: OpenTransport | None) -> Settings:
    from pointsman.adapters.providers.table import PROVIDERS

    name = settings.default_provider or ""
    provider = settings.providers.get(name)
    if provider is None or provider.model or PROVIDERS[provider.kind].default_model:
        return settings
    only = attrs.evolve(settings, providers={name: provider})
    async with http_clients(only, SystemClock(), open_transport) as opened:
        client = opened.map(lambda clients: clients.get(name)).value_or(None)
        listed = unwrap_or_failure(await settle(client.models())) if client is not None else ()
    models = [model for model in listed if model.type != "embedding"] if isinstance(listed, tuple) else []
    if not models:
        return settings
    loaded = [model for model in models if model.state == "loaded"]
    chosen = attrs.evolve(provider, model=(loaded or models)[0].id)
    return attrs.evolve(settings, providers={**settings.providers, name: chosen})


def provider_facts(settings: Settings) -> dict[str, ProviderDescription]:
    """What the provider table says of each configured provider."""
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.layers.endpoints import load_dialect

    found = {}
    for name, provider in settings.providers.items():
        row = PROVIDERS[provider.kind]
        own = load_dialect(row.dialect).origin
        found[name] = ProviderDescription(
            kind=provider.kind,
            model=provider.model or row.default_model or "",
            local=row.local,
            origins=row.quirks.origins | ({own} if own else set()),
            address=provider.base_url or row.base_url or "",
            slashed_ids=row.slashed_ids or row.local or _is_moved(provider.base_url, row.base_url),
            family=row.family or row.name,
            embedding_model=row.default_embedding_model or (_embedder_here(settings) if row.is_run_here else ""),
            transcription_model=row.default_transcription_model or "",
            prices=row.prices,
            when_left=row.when_left,
            is_run_here=row.is_run_here and provider.base_url is None,
        )
    return found


def _is_moved(address: str | None, vendors: str | None) -> bool:
    """Whether a vendor's row is used for another server: that one's models may have any names."""
    return address is not None and vendors is not None and address != vendors


def price_book(settings: Settings, facts: Mapping[str, ProviderDescription]) -> ModelBook:
    """Prices and sizes: the settings' own, else those of the table that comes with pointsman; local models are free."""
    from pointsman.adapters.prices.book import PriceBook

    return PriceBook(
        lists={name: one.prices for name, one in facts.items()},
        local=frozenset(name for name, one in facts.items() if one.local),
        overrides=model_overrides(settings),
        default_models={name: one.model for name, one in facts.items()},
    )


def model_overrides(settings: Settings) -> dict[str, ModelFacts]:
    """What the settings say of models, by `provider/model`, as `PriceBook` takes it."""
    return {name: _facts(model) for name, model in settings.models.items()}


def _facts(model: ModelSettings) -> ModelFacts:
    rates = Rates(
        input=model.input,
        output=model.output,
        cached_input=model.cached_input,
        cache_write=model.cache_write,
        cache_write_1h=model.cache_write_1h,
        reasoning=model.reasoning,
    )
    priced = model.input is not None or model.output is not None
    return ModelFacts(
        context_length=model.context_length,
        max_output=model.max_output,
        lacks=model.lacks or frozenset(),
        price=Price(rates=rates, source="settings") if priced else None,
    )


def telemetry(settings: Settings) -> Result[tuple[Interceptor, ...], ConfigurationError]:
    """OpenTelemetry where it was asked for, and nothing (not even its import) where it was not."""
    if not settings.telemetry.enabled:
        return Success(())
    from pointsman.adapters.otel.telemetry import open_telemetry
    from pointsman.adapters.providers.table import PROVIDERS

    rows = {name: PROVIDERS[provider.kind] for name, provider in settings.providers.items()}
    called = {name: row.telemetry_name or row.name for name, row in rows.items()}
    return open_telemetry(called, content=settings.telemetry.content).map(lambda guard: (guard,))


def tracer(settings: Settings) -> Result[Tracer, ConfigurationError]:
    """Spans in OpenTelemetry, likewise."""
    if not settings.telemetry.enabled:
        return Success(NO_TRACER)
    from pointsman.adapters.otel.tracer import open_tracer

    return open_tracer(content=settings.telemetry.content)


def _prompts(settings: Settings) -> Result[PromptBook, ConfigurationError]:
    from pointsman.layers.prompts import prompt_book

    return prompt_book(settings)


def _middleware(settings: Settings) -> Wraps:
    """That of plug-ins, where the settings name some."""
    if not settings.plugins.middleware:
        return ()
    from pointsman.layers.plugins import plugin_middleware

    return plugin_middleware(settings)


def _known_names() -> frozenset[str]:
    from pointsman.adapters.providers.table import PROVIDERS

    return frozenset(PROVIDERS)


@attrs.frozen
class HttpClients:
    """The recipe of `live` for clients: `http_clients`, over the transports that are opened here."""

    open_transport: OpenTransport | None = None

    def __call__(
        self, settings: Settings, clock: Clock
    ) -> AbstractAsyncContextManager[Result[Clients, ConfigurationError]]:
        """See `http_clients`."""
        return http_clients(settings, clock, self.open_transport)

    def through(self, open_transport: OpenTransport, /) -> HttpClients:
        """As `OverHttp.through`."""
        return HttpClients(open_transport)


@attrs.frozen
class HttpResolve:
    """The recipe of `live` that completes the settings: `resolve`, likewise."""

    open_transport: OpenTransport | None = None

    def __call__(self, settings: Settings) -> FutureResult[Settings, ConfigurationError]:
        """See `resolve`."""
        return resolve(settings, self.open_transport)

    def through(self, open_transport: OpenTransport, /) -> HttpResolve:
        """As `OverHttp.through`."""
        return HttpResolve(open_transport)


live: Layers = Layers(
    load=load_settings,
    clock=SystemClock,
    random=SystemRandom,
    resolve=HttpResolve(),
    clients=HttpClients(),
    stores=by_settings,
    facts=provider_facts,
    book=price_book,
    telemetry=telemetry,
    tracer=tracer,
    prompts=_prompts,
    known=_known_names,
    middleware=_middleware,
)
"""The real App: `async with open_app(live) as opened`, or with settings of your own: `open_app(live, settings)`."""
