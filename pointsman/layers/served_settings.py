"""Settings as `pointsman serve` uses them: read again when they change, simulated where there are none, tried first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemClock
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, LLMError, configuration_error
from pointsman.core.models.model import ModelInfo
from pointsman.core.settings import ModelSettings, ProviderSettings, Settings
from pointsman.layers.http_clients import find_local, http_clients
from pointsman.layers.running import RunningApp
from pointsman.layers.serve_options import ServeOptions
from pointsman.layers.settings.found import load_settings, places_of_settings
from pointsman.layers.simulation import simulator, simulator_running
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.stores import Stores
from pointsman.services.settings.settings_service import SettingsSources
from pointsman.services.tasks.background import run_guarded

if TYPE_CHECKING:
    from pointsman.adapters.oidc.provider import OidcProvider
    from pointsman.core.settings import OidcSettings
    from pointsman.services.ports.identity_provider import IdentityProvider


def settings_sources(options: ServeOptions) -> SettingsSources:
    """Where the settings of this server come from."""
    if options.fixed:
        return SettingsSources(fixed="The program that runs this server sets it up; what is saved has no effect.")
    return SettingsSources(
        check=lambda stored: load_settings(options.arguments, options.config, stored=stored),
        places=lambda stored: places_of_settings(options.config, stored),
    )


@attrs.define(eq=False)
class IdentityProviders:
    """The provider of identities, made anew when its settings change."""

    _made: OidcProvider | None = None

    def of(self, settings: OidcSettings) -> IdentityProvider:
        """See `pointsman.adapters.web.site.IdentityProviderOf`."""
        from pointsman.adapters.oidc.provider import OidcProvider

        if self._made is None or self._made.settings != settings:
            self._made = OidcProvider(settings, SystemClock())
        return self._made


_UNTOUCHED = Settings()


@attrs.define(eq=False)
class ServedSettings:
    """Reads the settings, and offers simulated models where there are no others."""

    first: Settings
    options: ServeOptions
    group: anyio.abc.TaskGroup
    _simulated: str | None = None

    async def load(self, stores: Stores) -> Result[tuple[Settings, bool], ConfigurationError]:
        """See `pointsman.layers.running.Load`."""
        if self.options.fixed:
            return Success((self.first, False))
        stored = await settle(stores.settings.read())
        if isinstance(stored, Failure):
            detail = stored.failure().detail
            return Failure(configuration_error(detail))
        loaded = load_settings(self.options.arguments, self.options.config, stored=stored.unwrap())
        if isinstance(loaded, Failure):
            return Failure(loaded.failure())
        settings = self._with_given(loaded.unwrap())
        found = await settle(find_local(settings))
        if isinstance(found, Success):
            return Success((found.unwrap(), False))
        if not self.options.demo:
            return Failure(found.failure())
        return Success((_with_demo(settings, await self._simulator()), True))

    def _with_given(self, loaded: Settings) -> Settings:
        """`loaded`, with what the program that serves has set and they leave open: it named the database, too."""
        if not self.options.keep_given:
            return attrs.evolve(loaded, database=self.first.database)
        given, kept = self.first, dict[str, Any]()
        for field in attrs.fields(Settings):
            theirs, ours = getattr(loaded, field.name), getattr(given, field.name)
            if isinstance(ours, Mapping):
                kept[field.name] = {**ours, **theirs}
            elif theirs == getattr(_UNTOUCHED, field.name):
                kept[field.name] = ours
        return attrs.evolve(loaded, **kept | {"database": given.database})

    async def _simulator(self) -> str:
        address = self._simulated or str(await self.group.start(self._simulate))
        self._simulated = address
        return address

    async def _simulate(self, *, task_status: anyio.abc.TaskStatus[str]) -> None:
        async def serve() -> None:
            async with simulator_running(attrs.evolve(simulator(pace=self.options.pace), faulty=False)) as address:
                task_status.started(address)
                await anyio.sleep_forever()

        await run_guarded("the simulated models", serve)
        self._simulated = None  # a change of the settings has them simulated anew


def _with_demo(settings: Settings, address: str) -> Settings:
    """`settings` with simulated models as the only ones that answer."""
    demo = ProviderSettings(name="demo", kind="custom", base_url=f"{address}/v1", model="sim")
    price = ModelSettings(input=Decimal("0.15"), output=Decimal("0.6"))  # made up, so that there is a cost to see
    return attrs.evolve(
        settings,
        providers={**settings.providers, "demo": demo},
        default_provider="demo",
        models={"demo/*": price, **settings.models},
    )


@attrs.frozen
class ProviderProbe:
    """Asks a provider that need not be saved."""

    running: RunningApp

    async def ask(self, provider: ProviderSettings) -> Result[Ping, ConfigurationError]:
        """See `pointsman.adapters.web.site.Probe`."""
        async with self._client(provider) as opened:
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            pinged = await settle(opened.unwrap().ping())
        if isinstance(pinged, Failure):
            detail = str(pinged.failure())
            return Failure(configuration_error(detail))
        return Success(pinged.unwrap())

    async def list_models(self, provider: ProviderSettings) -> Result[tuple[ModelInfo, ...], LLMError]:
        """See `pointsman.adapters.web.site.ListModels`."""
        async with self._client(provider) as opened:
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            return await settle(opened.unwrap().models(detailed=True, use_cache=False))

    @asynccontextmanager
    async def _client(self, provider: ProviderSettings) -> AsyncIterator[Result[Client, ConfigurationError]]:
        """A client of `provider` alone."""
        with self.running.lease() as app:
            providers = {provider.name: attrs.evolve(provider, enabled=True)}
            settings = attrs.evolve(app.settings, providers=providers, default_provider=provider.name)
        async with http_clients(settings, SystemClock()) as opened:
            yield opened.map(lambda clients: clients[provider.name])
