"""Which server of models is meant by a name or an address, and how it is asked: by its provider's row and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.request import getproxies

from returns.result import Failure, Result, Success

from pointsman.adapters.client.driver import Driver
from pointsman.adapters.http1.loopback import LoopbackTransport
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.net.proxy import proxy_before
from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.records.values import near
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.endpoints import endpoint_of
from pointsman.layers.remote import remote_refusal
from pointsman.layers.settings.rules import check_provider, may_be_asked
from pointsman.services.ports.client import Client

if TYPE_CHECKING:
    from pointsman.adapters.model_servers.questions import ServerQuestions
    from pointsman.services.ports.model_server import ModelServer

_KINDS = ("ollama", "lmstudio", "llamacpp")
_SIGNS = (
    ("ollama", "/api/version", "version"),
    ("lmstudio", "/api/v1/models", "models"),
    ("lmstudio", "/api/v0/models", "data"),
)
"""By what a server is told that only an address is known of: the first that answers a path with that field."""


@asynccontextmanager
async def open_model_server(named: str, settings: Settings) -> AsyncIterator[Result[ModelServer, ConfigurationError]]:
    """The server called `named`: a provider of the settings, a kind at its usual address, or an address."""
    found = _settings_of(named, settings)
    if isinstance(found, Failure):
        yield Failure(found.failure())
        return
    provider = found.unwrap()
    if not may_be_asked(provider, settings):
        yield _wrong(f"{named!r} is not on this machine, and `remote = false` keeps every call here")
        return
    async with _open_questions(provider, settings) as questions:
        kind = await _kind_at(questions) if provider.kind == "custom" else provider.kind
        yield Success(_server_of(kind, questions))


def watch_models(client: Client, driver: Driver, kind: str, name: str) -> Client:
    """`client` of the provider `name`; of a server that tells which models are in its memory, one that looks first."""
    if kind not in _KINDS:
        return client
    from pointsman.adapters.model_servers.questions import ServerQuestions
    from pointsman.services.middleware.model_watch import WatchedModels

    return WatchedModels(client, _server_of(kind, ServerQuestions(driver)).models, driver.clock, name)


def _server_of(kind: str, questions: ServerQuestions) -> ModelServer:
    if kind == "ollama":
        from pointsman.adapters.model_servers.ollama import OllamaServer

        return OllamaServer(questions)
    if kind == "lmstudio":
        from pointsman.adapters.model_servers.lmstudio import LmStudioServer

        return LmStudioServer(questions)
    from pointsman.adapters.model_servers.llamacpp import LlamaCppServer

    return LlamaCppServer(questions)


@asynccontextmanager
async def _open_questions(provider: ProviderSettings, settings: Settings) -> AsyncIterator[ServerQuestions]:
    from pointsman.adapters.model_servers.questions import ServerQuestions

    row = PROVIDERS[provider.kind]
    endpoint = endpoint_of(row, provider, settings, PriceBook(lists={}))
    proxy = proxy_before(endpoint.base_url, provider.proxy, getproxies(), f"providers.{provider.name}.proxy")
    transport, why = transport_through(proxy, verify=provider.verify_tls), remote_refusal()
    try:
        yield ServerQuestions(
            Driver(endpoint, transport if why is None else LoopbackTransport(transport, why), SystemClock())
        )
    finally:
        await transport.aclose()


async def _kind_at(questions: ServerQuestions) -> str:
    """What kind of server answers at an address; one that gives no other sign is asked as llama.cpp's."""
    for kind, path, field in _SIGNS:
        if field in (await questions.ask("GET", path)).value_or({}):
            return kind
    return "llamacpp"


def _settings_of(named: str, settings: Settings) -> Result[ProviderSettings, ConfigurationError]:
    known = {name: one for name, one in settings.providers.items() if one.kind in _KINDS}
    if named in known:
        return Success(known[named])
    if named in _KINDS:
        return check_provider(ProviderSettings(name=named))
    if "://" in named or ":" in named:
        return check_provider(ProviderSettings(name="server", kind="custom", base_url=named))
    return _wrong(f"{named!r} is no server of models{near(named, (*known, *_KINDS))}; or give its address")


def _wrong(problem: str) -> Failure[ConfigurationError]:
    return Failure(configuration_error(problem))
