"""`pointsman serve`, put together: database, running App, site, and the web server around them."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.net.listeners import address_of, bind_listener, host_of, is_local, take_listeners
from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.system.random import SystemRandom
from pointsman.adapters.system.service_manager import READY, notify, stopping_for
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.other_workers import NoOtherWorkers, OtherWorkers
from pointsman.adapters.web.password_guard import PasswordGuard
from pointsman.adapters.web.security import Mounted, SecurityMiddleware
from pointsman.adapters.web.sessions import Sessions
from pointsman.adapters.web.site import LOOPBACK, LocalModelServices, Policy, WebServices
from pointsman.adapters.web.uvicorn_server import run_server
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.core.notice import ModelStateChange
from pointsman.core.one_line import one_line
from pointsman.core.settings import ModelSettings, ProviderSettings, Settings
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from pointsman.layers.live import find_local, http_clients, live, load_settings, places_of_settings
from pointsman.layers.running import RunningApp, running_app
from pointsman.layers.served_tools import served_tools
from pointsman.layers.settings.saved import check_to_save, usual_address
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.simulation import simulator, simulator_running
from pointsman.layers.stores import by_settings, runs_folder
from pointsman.layers.typed import by_cattrs
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.event_exchange import EventExchange
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.retention import keep_sweeping
from pointsman.services.settings.settings_service import SettingsService, SettingsSources
from pointsman.services.tasks.keep_running import keep_running, run_guarded
from pointsman.services.tasks.together import background_tasks

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from pointsman.adapters.oidc.provider import OidcProvider
    from pointsman.adapters.workers.place import WorkerPlace
    from pointsman.core.settings import OidcSettings
    from pointsman.layers.webhooks import Couriers
    from pointsman.services.ports.identity_provider import IdentityProvider

_LOG = logging.getLogger("pointsman.server")
_SETTLING = 30.0
"""Seconds after the last call in which all is settled and closed, at most."""
_LAST_NEWS = 3.0
"""Seconds in which webhooks are told what has happened until the end."""


@attrs.frozen(kw_only=True)
class ServeOptions:
    """Where to listen, and what is known of the settings before the database is read.

    `demo` simulates models where nothing is set up; `pace` is how many pieces a second they say. With `fixed` the
    settings are those that are given: no file, no variable and nothing that was saved is read. With `reuse_port`
    another server may listen there too, such as the one that takes this one's place. With `inherit` the sockets that
    the service manager hands over are listened on, where there are any, instead of `host` and `port`.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    config: str | None = None
    arguments: Arguments = attrs.field(factory=Arguments)
    allow_hosts: tuple[str, ...] = ()
    demo: bool = True
    pace: float = 60.0
    secure_cookie: bool = False
    fixed: bool = False
    reuse_port: bool = False
    inherit: bool = False
    drain: float | None = None
    """Seconds that calls under way have when it ends; None: as the settings say."""
    place: WorkerPlace | None = None
    """Where it is one of several workers: what its supervisor has handed to it."""


@attrs.frozen(kw_only=True)
class Served:
    """A server that runs: its address, the site, and the word of the link by which one may sign in once."""

    address: str
    site: WebServices
    running: RunningApp
    link: str | None = attrs.field(repr=False)
    is_closed: bool
    """Whether one signs in by a password."""


@asynccontextmanager
async def serving(settings: Settings, options: ServeOptions) -> AsyncIterator[Result[Served, ConfigurationError]]:
    """Serve until the scope ends. `settings` name the database."""
    found = open_listeners(options)
    if isinstance(found, Failure):
        yield Failure(found.failure())
        return
    listeners = found.unwrap()
    strangers = [host_of(one) for one in listeners if not is_local(one)]
    if options.inherit and options.host in LOOPBACK and strangers:
        options = attrs.evolve(options, host=strangers[0])
    with ExitStack() as stack:
        for one in listeners:
            stack.enter_context(one)
        async with by_settings(settings) as opened:
            if isinstance(opened, Failure):
                yield Failure(opened.failure())
                return
            guarded = await _why_unsafe(opened.unwrap(), options)
            if guarded is not None:
                yield Failure(guarded)
                return
            async with _serve(settings, opened.unwrap(), options, listeners) as served:
                yield served


@asynccontextmanager
async def asgi_app(
    settings: Settings, options: ServeOptions | None = None
) -> AsyncIterator[Result[ASGIApp, ConfigurationError]]:
    """Gateway, API and page as an ASGI application, to be mounted in a server of one's own while the scope lasts.

    It may stand under a prefix (`root_path`), and asks for no lifespan events. Of `options`,
    `host` says who can reach the server that it is mounted in: beyond this machine, a password or keys must have been
    set before, else it is a `ConfigurationError`.
    """
    chosen = options or ServeOptions(demo=False)
    async with by_settings(settings) as opened:
        if isinstance(opened, Failure):
            yield Failure(opened.failure())
            return
        unsafe = await _why_unsafe(opened.unwrap(), chosen)
        if unsafe is not None:
            yield Failure(unsafe)
            return
        async with _open_site(settings, opened.unwrap(), chosen) as built, background_tasks() as group:
            if isinstance(built, Success):
                group.start_soon(keep_running, "the watches", built.unwrap()[1].watch, anyio.sleep)
            yield built.map(lambda made: Mounted(made[1]))


@asynccontextmanager
async def _serve(
    settings: Settings, stores: Stores, options: ServeOptions, listeners: tuple[socket.socket, ...]
) -> AsyncIterator[Result[Served, ConfigurationError]]:
    async with _open_site(settings, stores, options) as built:
        if isinstance(built, Failure):
            yield Failure(built.failure())
            return
        site, app, running = built.unwrap()
        served = await _describe(site, running, listeners[0], is_worker=options.place is not None)
        async with background_tasks() as group:
            await group.start(run_server, app, listeners, site.ending, options.place is not None)
            group.start_soon(_tell_end, site.ending)
            notify(READY)
            try:
                yield Success(served)
            finally:
                await site.ending.end()


async def _tell_end(ending: Ending) -> None:
    """Say at once that the server ends: the service manager is to wait for it."""
    await ending.begun.wait()
    notify(*stopping_for(ending.drain + _SETTLING))


@asynccontextmanager
async def _open_site(
    settings: Settings, stores: Stores, options: ServeOptions
) -> AsyncIterator[Result[tuple[WebServices, SecurityMiddleware, RunningApp], ConfigurationError]]:
    """The site and its application, with all that runs beside them."""
    async with background_tasks() as group:
        loader = _Loader(settings, options, group)
        others = options.place or NoOtherWorkers()
        async with running_app(attrs.evolve(live, is_on_duty=lambda: others.is_on_duty), stores, loader.load) as opened:
            if isinstance(opened, Failure):
                yield Failure(opened.failure())
                return
            running = opened.unwrap()
            async with served_tools(running) as tools:
                group.start_soon(keep_running, "the look at settings", running.watch, anyio.sleep)
                group.start_soon(
                    keep_running, "the sweep", partial(keep_sweeping, running, lambda: others.is_on_duty), anyio.sleep
                )
                exchange = _exchange(running, options)
                group.start_soon(exchange.run)
                couriers = _send_webhooks(running, group)
                drain = settings.drain if options.drain is None else options.drain
                try:
                    local = _local_models(running, settings, group)
                    runs = runs_folder(settings)
                    yield Success(_build(running, stores, options, tools, local, runs, drain, others, exchange))
                finally:
                    await couriers.finish(_LAST_NEWS)


def _build(
    running: RunningApp,
    stores: Stores,
    options: ServeOptions,
    tools: Mapping[str, ToolFunction],
    local: LocalModelServices,
    folder: Path | None,
    drain: float,
    others: OtherWorkers,
    exchange: EventExchange,
) -> tuple[WebServices, SecurityMiddleware, RunningApp]:
    from pointsman import __version__
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.adapters.sqlite.run_folder import SqliteRunFolder
    from pointsman.adapters.web.web_app import web_app
    from pointsman.layers.webhooks import try_webhook

    with running.lease() as app:
        publish = app.events.publish
    site = WebServices(
        running=running,
        desk=SettingsService(stores.settings, SystemClock(), check_to_save, usual_address, _sources(options)),
        sessions=Sessions(stores.sessions, SystemClock(), others),
        authority=StoredAuthority(
            stores.keys, stores.sessions, stores.users, stores.authority, SystemClock(), publish, stores.limiter
        ),
        guard=PasswordGuard(stores.sessions, SystemClock()),
        clock=SystemClock(),
        policy=_policy(options),
        probe=_Probe(running).ask,
        try_webhook=try_webhook,
        list_models=_Probe(running).list_models,
        identity=_IdentityProviders().of,
        structure=by_cattrs,
        tools=tools,
        rows=PROVIDERS,
        version=__version__,
        runs=SqliteRunFolder(folder),
        local=local,
        ending=Ending(drain),
        others=others,
        exchange=exchange,
    )
    return site, web_app(site, tuple(load_dialect(name) for name in DIALECT_NAMES)), running


def _exchange(running: RunningApp, options: ServeOptions) -> EventExchange:
    """What brings the events of other processes to who listens here: of this machine, and of others."""
    from pointsman.adapters.web.events import KINDS, data_of
    from pointsman.adapters.workers.place import SiblingEvents

    siblings = () if options.place is None else (SiblingEvents(options.place),)
    shared = () if running.stores.carrier is None else (running.stores.carrier,)
    with running.lease() as app:
        bus = app.events
    return EventExchange(bus, SystemClock(), SystemRandom().new_id(), KINDS, data_of, (*siblings, *shared))


def _sources(options: ServeOptions) -> SettingsSources:
    """Where the settings of this server come from."""
    if options.fixed:
        return SettingsSources(fixed="The program that runs this server sets it up; what is saved has no effect.")
    return SettingsSources(
        check=lambda stored: load_settings(options.arguments, options.config, stored=stored),
        places=lambda stored: places_of_settings(options.config, stored),
    )


def _local_models(running: RunningApp, settings: Settings, group: anyio.abc.TaskGroup) -> LocalModelServices:
    """The models of this machine. One that has come is used at once where nothing else is configured."""
    from pointsman.layers.engines import engine_watch, has_engine, shelf_of
    from pointsman.layers.model_servers import open_model_server
    from pointsman.services.engines.model_getting import ModelGetting

    def publish(notice: ModelStateChange) -> None:
        with running.lease() as app:
            app.events.publish(notice)

    async def use() -> None:
        if running.demo:
            reloaded = await running.reload()
            if isinstance(reloaded, Failure):
                _LOG.warning("a model has come, and cannot be used: %s", one_line(str(reloaded.failure())))

    return LocalModelServices(
        getting=ModelGetting(shelf_of(settings.engine), group, publish, use),
        engines=engine_watch(),
        open_server=open_model_server,
        has_engine=has_engine(settings.engine),
    )


async def _describe(site: WebServices, running: RunningApp, listener: socket.socket, *, is_worker: bool) -> Served:
    """What is told of a server that has begun. The link of workers is their supervisor's."""
    kept = await settle(running.stores.settings.read())
    if isinstance(kept, Failure):
        _LOG.warning("whether a password is set could not be read, so that no link signs in: %s", kept.failure())
    # Unreadable settings count as "a password is set": fail closed.
    closed = kept.map(lambda found: found.password is not None).value_or(True)
    return Served(
        address=address_of(listener),
        site=site,
        running=running,
        link=None if closed or is_worker else site.sessions.new_link(),
        is_closed=closed,
    )


@attrs.define(eq=False)
class _IdentityProviders:
    """The provider of identities, made anew when its settings change."""

    _made: OidcProvider | None = None

    def of(self, settings: OidcSettings) -> IdentityProvider:
        """See `pointsman.adapters.web.site.IdentityProviderOf`."""
        from pointsman.adapters.oidc.provider import OidcProvider

        if self._made is None or self._made.settings != settings:
            self._made = OidcProvider(settings, SystemClock())
        return self._made


def _send_webhooks(running: RunningApp, group: anyio.abc.TaskGroup) -> Couriers:
    """Tell other programs what happens."""
    from pointsman.layers.webhooks import Couriers

    couriers = Couriers(group)
    running.follow(couriers.follow)
    return couriers


def _policy(options: ServeOptions) -> Policy:
    local = options.host in LOOPBACK
    hosts = frozenset((*LOOPBACK, options.host, *options.allow_hosts)) if local or options.allow_hosts else frozenset()
    return Policy(hosts=hosts, open_gateway=local, secure_cookie=options.secure_cookie)


def open_listeners(options: ServeOptions) -> Result[tuple[socket.socket, ...], ConfigurationError]:
    """The sockets to listen on, before anything else is opened."""
    if options.place is not None:
        return Success(options.place.listeners)
    taken: Result[tuple[socket.socket, ...], str] = take_listeners(os.environ) if options.inherit else Success(())
    if isinstance(taken, Success) and not taken.unwrap():
        bound = bind_listener(options.host, options.port, reuse_port=options.reuse_port)
        taken = bound.map(lambda listener: (listener,))
    return taken.alt(lambda detail: ConfigurationError(detail=detail, problems=(detail,)))


async def _why_unsafe(stores: Stores, options: ServeOptions) -> ConfigurationError | None:
    """The refusal to listen on a public address without a password or keys; None if that is no concern."""
    if options.host in LOOPBACK:
        return None
    kept = await settle(stores.settings.read())
    keys = await settle(stores.keys.all())
    if isinstance(kept, Failure) or isinstance(keys, Failure):
        error = kept.failure() if isinstance(kept, Failure) else keys.failure()
        return _unsafe_host(f"{options.host} can be reached by others, and who may sign in could not be read: {error}")
    if kept.unwrap().password is not None or keys.unwrap():
        return None
    return _unsafe_host(
        f"{options.host} can be reached by others, and nobody would have to sign in; set a password by "
        "`pointsman settings set-password` first"
    )


def _unsafe_host(detail: str) -> ConfigurationError:
    return ConfigurationError(detail=detail, problems=(detail,))


@attrs.define(eq=False)
class _Loader:
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
            return Failure(ConfigurationError(detail=detail, problems=(detail,)))
        loaded = load_settings(self.options.arguments, self.options.config, stored=stored.unwrap())
        if isinstance(loaded, Failure):
            return Failure(loaded.failure())
        settings = attrs.evolve(loaded.unwrap(), database=self.first.database)
        found = await settle(find_local(settings))
        if isinstance(found, Success):
            return Success((found.unwrap(), False))
        if not self.options.demo:
            return Failure(found.failure())
        return Success((_with_demo(settings, await self._simulator()), True))

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
class _Probe:
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
            return Failure(ConfigurationError(detail=detail, problems=(detail,)))
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
