"""Models that run on this machine, put together: the library of their files, the engines, the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import platformdirs

from pointsman.adapters.client.catalog import Catalog
from pointsman.adapters.client.client import HttpClient
from pointsman.adapters.client.driver import Driver
from pointsman.adapters.engines.llama_cpp import llama_cpp
from pointsman.adapters.engines.process import Close, Connect
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.local_models.library import FileLibrary
from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.system.machine import this_machine
from pointsman.adapters.system.random import SystemRandom
from pointsman.core.models.local_model import EnginePlan
from pointsman.core.security.secret import Secret
from pointsman.core.settings import EngineSettings, ProviderSettings, Settings
from pointsman.layers.endpoints import endpoint_of
from pointsman.services.engines.keeper import keep_engines
from pointsman.services.engines.local_client import LocalClient
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook

EMBEDDED = "local"
"""The provider whose models run here."""


def library_of(settings: EngineSettings) -> FileLibrary:
    """The models of the user, in the folder that the settings name or in the data folder."""
    named = settings.folder
    folder = Path(named).expanduser() if named else Path(platformdirs.user_data_dir("pointsman", appauthor=False))
    return FileLibrary(folder if named else folder / "models")


@asynccontextmanager
async def local_models(
    provider: ProviderSettings, settings: Settings, book: ModelBook, clock: Clock
) -> AsyncIterator[LocalClient]:
    """The client of the models here. No engine runs until one is asked; all end with the scope."""
    connect = connection_to(PROVIDERS[provider.kind], provider, settings, book, clock)
    starter = llama_cpp(connect, this_machine)
    async with keep_engines(starter, clock, settings.engine) as keeper:
        yield LocalClient(provider.name, library_of(settings.engine), keeper, clock)


def connection_to(
    row: Provider, provider: ProviderSettings, settings: Settings, book: ModelBook, clock: Clock
) -> Connect:
    """How an engine is asked: as any other server that speaks its dialect, past all proxies."""
    base = endpoint_of(row, provider, settings, book)

    def connect(plan: EnginePlan, address: str, key: Secret) -> tuple[Client, Close]:
        endpoint = attrs.evolve(base, base_url=f"{address}/v1", key=key)
        transport = transport_through(None, verify=True)
        driver = Driver(endpoint, transport, clock)
        return HttpClient(driver, Catalog(driver), SystemRandom().new_id()[:8]), transport.aclose

    return connect
