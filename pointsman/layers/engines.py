"""Models that run on this machine, put together: the library of their files, the engines, the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.client.catalog import Catalog
from pointsman.adapters.client.client import HttpClient
from pointsman.adapters.client.driver import Driver
from pointsman.adapters.dialects.dialect import Quirks
from pointsman.adapters.engines.engine_process import Close, Connect
from pointsman.adapters.engines.folder_engines import FOLDER_KINDS, chosen_kind, folder_engine
from pointsman.adapters.engines.llama_cpp import LLAMA_CPP, is_installed, llama_cpp
from pointsman.adapters.engines.records import EngineRecords
from pointsman.adapters.engines.watch import RecordedEngines
from pointsman.adapters.home import expand_home, find_data_folder, user_home
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.http1.until_closed import UntilClosed
from pointsman.adapters.local_models.library import FileLibrary
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.system.capacity import capacity_now, memory_of
from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.error import ProviderError, UnsupportedFeature
from pointsman.core.models.local_model import EnginePlan, LocalModel
from pointsman.core.security.secret import Secret
from pointsman.core.settings import EngineSettings, ProviderSettings, Settings
from pointsman.layers.endpoints import endpoint_of
from pointsman.services.engines.engines_by_format import EnginesByFormat
from pointsman.services.engines.keeper import EngineLease, keep_engines
from pointsman.services.engines.local_client import LocalClient
from pointsman.services.engines.plugin_engines import NoEngines
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.engine import EngineStarter, RunningEngine
from pointsman.services.ports.model_book import ModelBook

_FOR_EVER = 1e9
"""Seconds."""
AUTO = "auto"
OWN_KINDS = (AUTO, LLAMA_CPP, *FOLDER_KINDS)
"""What `engine.kind` may say that is no plug-in."""
_FOLDER_QUIRKS = Quirks(
    strict="never",
    think_tags=True,
    reasoning_field="reasoning",
    lacks=frozenset(("n", "parallel_tools", "verbosity", "thinking", "metadata")),
)
"""What mlx_lm and transformers have in common, so far as it departs from the dialect."""
EMBEDDED = "local"
"""The provider whose models run here."""


def library_of(settings: EngineSettings) -> FileLibrary:
    """The models of the user, to be asked."""
    return FileLibrary(_models_folder(settings))


def shelf_of(settings: EngineSettings) -> FileShelf:
    """The models of the user, to be added to."""
    return FileShelf(_models_folder(settings))


def has_engine(settings: EngineSettings) -> bool:
    """Whether what runs the models is installed; that of a plug-in is known when it is loaded."""
    return settings.kind not in (AUTO, LLAMA_CPP) or is_installed()


def engine_records() -> EngineRecords:
    """The engines that run on this machine, for this user."""
    return EngineRecords(_data_folder() / "engines")


def engine_watch() -> RecordedEngines:
    """The same, to be looked at."""
    return RecordedEngines(engine_records(), memory_of)


def _models_folder(settings: EngineSettings) -> Path:
    """That which the settings name, or the one in the data folder."""
    return expand_home(settings.folder) if settings.folder else _data_folder() / "models"


def _data_folder() -> Path:
    """That of the user; where none is known one that cannot be: nothing is found in it, and nothing put there."""
    return find_data_folder() or user_home() / "pointsman"


@asynccontextmanager
async def local_models(
    provider: ProviderSettings, settings: Settings, book: ModelBook, clock: Clock
) -> AsyncIterator[LocalClient]:
    """The client of the models here. No engine runs until one is asked; all end with the scope."""
    connect = connection_to(PROVIDERS[provider.kind], provider, settings, book, clock)
    async with keep_engines(engine_starter(settings, connect), clock, settings.engine) as keeper:
        yield LocalClient(provider.name, library_of(settings.engine), keeper, clock)


def engine_starter(settings: Settings, connect: Connect) -> EngineStarter:
    """What starts engines of the kind that the settings name; a plug-in that does not load starts none, and says so.

    Of our own, llama.cpp runs GGUF files whatever the kind, since the others cannot.
    """
    kind, records = settings.engine.kind, engine_records()
    if kind in OWN_KINDS:
        return EnginesByFormat(
            llama_cpp(connect, capacity_now, records),
            folder_engine(chosen_kind(kind), connect, capacity_now, records, settings.engine.python),
        )
    from pointsman.layers.plugins import plugin_engine

    made = plugin_engine(settings.engine, settings.plugins.disabled)
    return made.unwrap() if isinstance(made, Success) else NoEngines(made.failure(), capacity_now)


def connection_to(
    row: Provider, provider: ProviderSettings, settings: Settings, book: ModelBook, clock: Clock
) -> Connect:
    """How an engine is asked: as any other server that speaks its dialect, past all proxies."""
    base = endpoint_of(row, provider, settings, book)

    def connect(plan: EnginePlan, address: str, key: Secret) -> tuple[Client, Close]:
        quirks = base.quirks if plan.model.format == "gguf" else _FOLDER_QUIRKS
        endpoint = attrs.evolve(base, base_url=f"{address}/v1", key=key, quirks=quirks)
        transport = UntilClosed(transport_through(None, verify=True))
        driver = Driver(endpoint, transport, clock)
        return HttpClient(driver, Catalog(driver), SystemRandom().new_id()[:8]), transport.aclose

    return connect


@attrs.frozen
class RunningModel:
    """An engine, and where programs on this machine ask it."""

    engine: RunningEngine
    address: str
    key: Secret


@asynccontextmanager
async def running_model(name: str, settings: Settings) -> AsyncIterator[Result[RunningModel, ProviderError]]:
    """An engine for the model `name` alone, as the settings say it; it ends with the scope."""
    provider, clock = ProviderSettings(name=EMBEDDED), SystemClock()
    connect = connection_to(PROVIDERS[EMBEDDED], provider, settings, PriceBook(lists={}), clock)
    places: list[tuple[str, Secret]] = []

    def remember(plan: EnginePlan, address: str, key: Secret) -> tuple[Client, Close]:
        places.append((address, key))
        return connect(plan, address, key)

    found = unwrap_or_failure(await library_of(settings.engine).find(name))
    if not isinstance(found, LocalModel):
        yield Failure(found)
        return
    starter = engine_starter(settings, remember)
    async with keep_engines(starter, clock, attrs.evolve(settings.engine, idle=_FOR_EVER)) as keeper:
        lease = unwrap_or_failure(await keeper.acquire(found, for_embeddings=found.is_embedder))
        if isinstance(lease, EngineLease) and not places:
            yield Failure(_not_shared(name, settings.engine.kind))
        elif isinstance(lease, EngineLease):
            yield Success(RunningModel(lease.engine, *places[-1]))
        else:
            yield Failure(lease)


def _not_shared(name: str, kind: str) -> UnsupportedFeature:
    detail = f"the engine {kind} is a plug-in's, and only pointsman can ask it; ask the model as {EMBEDDED}/{name}"
    return UnsupportedFeature(detail=detail, feature="loading", model=name, local=True)
