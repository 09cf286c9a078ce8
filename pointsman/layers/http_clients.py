"""Clients over HTTP for the providers that are configured, and for what answers on this machine where none is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import anyio
import attrs
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.app import Clients
from pointsman.layers.provider_facts import price_book, provider_facts
from pointsman.layers.recipes import OpenTransport
from pointsman.layers.remote import remote_refusal
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together

if TYPE_CHECKING:
    from pointsman.adapters.http1.exchange import Transport
    from pointsman.adapters.net.proxy import Proxy
    from pointsman.adapters.providers.row import Provider
    from pointsman.services.ports.model_book import ModelBook

DISCOVERY_SECONDS = 1.0


@asynccontextmanager
async def http_clients(
    settings: Settings, clock: Clock, open_transport: OpenTransport | None = None
) -> AsyncIterator[Result[Clients, ConfigurationError]]:
    """A client for every enabled provider, or what they lack; their connections close with the scope."""
    from pointsman.layers.settings.rules import lacking_anywhere, may_be_asked, refusal

    lacking = lacking_anywhere(settings)
    if lacking:
        yield Failure(refusal(lacking))
        return
    async with AsyncExitStack() as stack:
        opener = _ClientOpener(settings, clock, open_transport, stack)
        usable = [one for one in settings.providers.items() if one[1].enabled and may_be_asked(one[1], settings)]
        yield Success({name: await opener.open(name, provider) for name, provider in usable})


@attrs.define(eq=False)
class _ClientOpener:
    """Opens clients that share a transport where they reach the world alike; all are closed with `stack`."""

    settings: Settings
    clock: Clock
    open_transport: OpenTransport | None
    stack: AsyncExitStack
    _transports: dict[tuple[bool, Proxy | None], Transport] = attrs.field(factory=dict)

    async def open(self, name: str, provider: ProviderSettings) -> Client:
        """The client of one provider: a plug-in's, of a model that is run here, or over HTTP."""
        from pointsman.adapters.providers.table import PROVIDERS

        row = PROVIDERS[provider.kind]
        if row.is_installed:
            from pointsman.adapters.providers.installed import load_client
            from pointsman.services.middleware.own_call import own_call

            return own_call(load_client(provider, self.settings.plugins.disabled), self.clock, name)
        if row.is_run_here and provider.base_url is None:
            from pointsman.layers.engines import local_models

            here = local_models(provider, self.settings, self._book, self.clock)
            return await self.stack.enter_async_context(here)
        return self._over_http(name, provider, row)

    def _over_http(self, name: str, provider: ProviderSettings, row: Provider) -> Client:
        from pointsman.adapters.client.catalog import Catalog
        from pointsman.adapters.client.client import HttpClient
        from pointsman.adapters.client.driver import Driver
        from pointsman.layers.endpoints import endpoint_of
        from pointsman.layers.model_servers import watch_models

        endpoint = endpoint_of(row, provider, self.settings, self._book)
        driver = Driver(endpoint, self._transport(name, provider, endpoint.base_url), self.clock)
        client = HttpClient(driver, Catalog(driver), SystemRandom().new_id()[:8])
        return watch_models(client, driver, row.name, name)

    def _transport(self, name: str, provider: ProviderSettings, address: str) -> Transport:
        from pointsman.adapters.http1.proxies import transport_through
        from pointsman.adapters.net.proxy import proxy_before

        proxy = proxy_before(address, provider.proxy, self._proxies, f"providers.{name}.proxy")
        key = (provider.verify_tls, proxy)
        if key not in self._transports:
            connect = self.open_transport or transport_through
            self._transports[key] = _within_reach(connect(proxy, verify=provider.verify_tls))
            self.stack.push_async_callback(self._transports[key].aclose)
        return self._transports[key]

    @cached_property
    def _book(self) -> ModelBook:
        return price_book(self.settings, provider_facts(self.settings))

    @cached_property
    def _proxies(self) -> dict[str, str]:
        from urllib.request import getproxies

        return getproxies()


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

    own = library_of(settings.engine).own_models()
    models = [model for model in own if not (model.is_embedder or model.is_hearer)]
    if not models:
        return None
    return ProviderSettings(name=EMBEDDED, kind=EMBEDDED, model=max(models, key=lambda model: model.count).name)


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
