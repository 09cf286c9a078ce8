"""All that the command line is given by the layers that reach the world.

Modules are loaded by the method that needs them, so that no command waits for what another one uses.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Literal

from pointsman.adapters.cli.terminal import typed_in
from pointsman.wiring.databases import DatabaseWiring
from pointsman.wiring.evaluations import EvaluationWiring
from pointsman.wiring.servers import ServerWiring, read_arguments

if TYPE_CHECKING:
    from returns.result import Result

    from pointsman.adapters.cli.context import OpenedTools
    from pointsman.adapters.cli.opened import (
        InstalledPlugins,
        KeptTexts,
        KnownTools,
        LoadedModel,
        LocalModels,
    )
    from pointsman.adapters.cli.options import Options
    from pointsman.core.chat.part import Audio, Image
    from pointsman.core.error import ConfigurationError, InvalidRequest, ProviderError
    from pointsman.core.models.served_model import FoundServer
    from pointsman.core.prompts.prompt import PromptBook
    from pointsman.core.settings import Settings
    from pointsman.services.app import App
    from pointsman.services.documents.document_reader import DocumentReader
    from pointsman.services.ports.client import Client
    from pointsman.services.ports.clock import Clock
    from pointsman.services.ports.model_server import ModelServer
    from pointsman.services.ports.settings_store import StoredSettings
    from pointsman.services.ports.stores import Stores
    from pointsman.services.ports.tools import ToolFunction
    from pointsman.services.settings.settings_service import SettingsService


class LiveWiring(ServerWiring, EvaluationWiring, DatabaseWiring):
    """`pointsman.adapters.cli.wiring.Wiring` by the layers that reach the world."""

    def read_settings(
        self, config: str | None, stored: StoredSettings | None = None
    ) -> Result[Settings, ConfigurationError]:
        from pointsman.layers.settings import Arguments
        from pointsman.layers.settings.found import load_settings

        return load_settings(Arguments(), config, stored=stored)

    def settings_notes(self, config: str | None) -> tuple[str, ...]:
        from pointsman.layers.settings.found import settings_notes

        return settings_notes(config)

    async def load_settings(self, options: Options) -> Result[Settings, ConfigurationError]:
        from pointsman.core.effect import settle
        from pointsman.layers.settings.saved import load_all_settings

        return await settle(load_all_settings(read_arguments(options), options.config))

    def own_database(self) -> str | None:
        from pointsman.layers.settings.found import own_database

        return own_database()

    def clock(self) -> Clock:
        from pointsman.adapters.system.clock import SystemClock

        return SystemClock()

    def open_app(self, settings: Settings) -> AbstractAsyncContextManager[Result[App, ConfigurationError]]:
        from pointsman.layers.app import open_app
        from pointsman.layers.live import live

        return open_app(live, settings)

    def open_stores(self, settings: Settings) -> AbstractAsyncContextManager[Result[Stores, ConfigurationError]]:
        from pointsman.layers.stores import by_settings

        return by_settings(settings)

    def open_clients(
        self, settings: Settings
    ) -> AbstractAsyncContextManager[Result[Mapping[str, Client], ConfigurationError]]:
        from pointsman.layers.http_clients import http_clients

        return http_clients(settings, self.clock())

    @asynccontextmanager
    async def open_tools(
        self, names: Sequence[str], settings: Settings
    ) -> AsyncIterator[Result[OpenedTools, ConfigurationError]]:
        from pointsman.adapters.cli.context import OpenedTools
        from pointsman.layers.tools import equipment

        async with equipment(names, settings) as opened:
            yield opened.map(lambda tools: OpenedTools(tools.tools, tools.failed))

    def load_functions(self, source: str) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
        from pointsman.layers.user_functions import load_functions

        return load_functions(source)

    def kept_texts(self, settings: Settings, kind: Literal["prompts", "schemas"]) -> KeptTexts:
        from pointsman.layers.kept_files import kept_files

        return kept_files(settings, kind)

    def local_models(self, settings: Settings) -> LocalModels:
        from pointsman.adapters.cli.opened import LocalModels
        from pointsman.layers.engines import engine_watch, shelf_of

        return LocalModels(shelf_of(settings.engine), engine_watch())

    @asynccontextmanager
    async def run_local_model(self, name: str, settings: Settings) -> AsyncIterator[Result[LoadedModel, ProviderError]]:
        from pointsman.adapters.cli.opened import LoadedModel
        from pointsman.layers.engines import running_model

        async with running_model(name, settings) as opened:
            yield opened.map(lambda model: LoadedModel(model.address, model.key, model.engine.wait))

    def open_model_server(
        self, named: str, settings: Settings
    ) -> AbstractAsyncContextManager[Result[ModelServer, ConfigurationError]]:
        from pointsman.layers.model_servers import open_model_server

        return open_model_server(named, settings)

    async def scan_hosts(self, hosts: tuple[str, ...], *, announced: bool) -> tuple[FoundServer, ...]:
        from pointsman.adapters.net.server_scan import scan_announced, scan_hosts

        found = (*await scan_hosts(hosts), *(await scan_announced() if announced else ()))
        return tuple({server.address: server for server in found}.values())

    def known_tools(self, settings: Settings) -> KnownTools:
        from pointsman.adapters.cli.opened import KnownTools
        from pointsman.layers.plugins import all_plugin_tools
        from pointsman.layers.tools import NAMES, built_in

        brought, problems = all_plugin_tools(settings.plugins.disabled)
        return KnownTools((*built_in(NAMES).unwrap(), *brought), problems)

    def plugins(self, settings: Settings) -> InstalledPlugins:
        from pointsman.adapters.cli.opened import InstalledPlugins
        from pointsman.adapters.plugins.discovery import unreadable_packages
        from pointsman.layers.plugins import plugin_reports

        return InstalledPlugins(plugin_reports(settings), unreadable_packages())

    def write_plugin(self, name: str, groups: tuple[str, ...]) -> Result[str, InvalidRequest]:
        from pathlib import Path

        from pointsman.adapters.plugins.new_plugin import write_plugin

        return write_plugin(Path.cwd(), name, groups).map(str)

    def prompt_book(self, settings: Settings) -> Result[PromptBook, ConfigurationError]:
        from pointsman.layers.prompts import prompt_book

        return prompt_book(settings)

    async def read_image(self, name: str, settings: Settings) -> Result[Image, InvalidRequest]:
        from pointsman.adapters.media.image import image_from
        from pointsman.core.effect import settle
        from pointsman.layers.media import limits_of

        provider = settings.providers.get(settings.default_provider or "")
        source = await typed_in(sys.stdin.buffer.read) if name == "-" and sys.stdin is not None else name
        return await settle(image_from(source, limits=limits_of(provider.kind if provider else "")))

    def document_reader(self, config: str | None) -> DocumentReader:
        from pointsman.layers.documents import document_reader

        disabled = self.read_settings(config).map(lambda settings: settings.plugins.disabled)
        return document_reader(disabled=disabled.value_or(()))

    async def read_audio(self, name: str) -> Result[Audio, InvalidRequest]:
        from pointsman.adapters.media.file_part import audio_from
        from pointsman.core.effect import settle

        return await settle(audio_from(name))

    def settings_service(self, stores: Stores) -> SettingsService:
        from pointsman.layers.settings.saved import check_to_save, usual_address
        from pointsman.services.settings.settings_service import SettingsService

        return SettingsService(stores.settings, self.clock(), check_to_save, usual_address)

    def provider_names(self) -> tuple[str, ...]:
        from pointsman.adapters.providers.table import PROVIDERS

        return tuple(PROVIDERS)

    def version(self) -> str:
        from pointsman import __version__

        return __version__
