"""`pointsman serve`, put together: database, running App, site, and the web server around them."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.net.listeners import address_of, host_of, is_local
from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.adapters.system.server_process import READY, notify, stopping_for
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.other_workers import NoOtherWorkers, OtherWorkers
from pointsman.adapters.web.password_guard import PasswordGuard
from pointsman.adapters.web.security import Mounted, SecurityMiddleware
from pointsman.adapters.web.sessions import Sessions
from pointsman.adapters.web.site import LOOPBACK, LocalModelServices, WebServices
from pointsman.adapters.web.uvicorn_server import server_running
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError
from pointsman.core.notice import ModelStateChange
from pointsman.core.one_line import one_line
from pointsman.core.settings import Settings
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from pointsman.layers.live import live
from pointsman.layers.running import RunningApp, running_app
from pointsman.layers.serve_options import Served, ServeOptions, open_listeners, server_policy, why_unsafe
from pointsman.layers.served_settings import IdentityProviders, ProviderProbe, ServedSettings, settings_sources
from pointsman.layers.served_tools import served_tools
from pointsman.layers.settings.saved import check_to_save, usual_address
from pointsman.layers.stores import by_settings
from pointsman.layers.typed import by_cattrs
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.event_exchange import EventExchange
from pointsman.services.loss_log import LossLog
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.retention import keep_sweeping
from pointsman.services.settings.settings_service import SettingsService
from pointsman.services.tasks.background import keep_running
from pointsman.services.tasks.together import background_tasks

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from pointsman.layers.webhooks import Couriers

_LOG = logging.getLogger("pointsman.server")
_SETTLING = 30.0
"""Seconds after the last call in which all is settled and closed, at most."""
_LAST_NEWS = 3.0
"""Seconds in which webhooks are told what has happened until the end."""


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
            guarded = await why_unsafe(opened.unwrap(), options)
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

    Without `options` it has these `settings` and no others; with them, what they name and what is saved is read as by
    `pointsman serve`, and goes before these. It may stand under a prefix (`root_path`), and asks for no lifespan
    events. Of `options`, `host` says who can reach the server that it is mounted in: beyond this machine, a password
    or keys must have been set before, else it is a `ConfigurationError`.
    """
    chosen = ServeOptions(demo=False, fixed=True) if options is None else attrs.evolve(options, keep_given=True)
    async with by_settings(settings) as opened:
        if isinstance(opened, Failure):
            yield Failure(opened.failure())
            return
        unsafe = await why_unsafe(opened.unwrap(), chosen)
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
        is_worker = options.place is not None
        served = await _describe(site, running, listeners[0], is_worker=is_worker)
        async with server_running(app, listeners, site.ending, shares_listeners=is_worker) as group:
            group.start_soon(_tell_end, site.ending)
            notify(READY)
            yield Success(served)


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
        loader = ServedSettings(settings, options, group)
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
                with running.lease() as app:
                    losses = LossLog(app.events, SystemClock())
                group.start_soon(keep_running, "the log of what is lost", losses.run, anyio.sleep)
                exchange = _exchange(running, options)
                group.start_soon(exchange.run)
                couriers = _send_webhooks(running, group)
                drain = settings.drain if options.drain is None else options.drain
                try:
                    local = _local_models(running, settings, group)
                    yield Success(_build(running, stores, options, tools, local, drain, others, exchange))
                finally:
                    await couriers.finish(_LAST_NEWS)


def _build(
    running: RunningApp,
    stores: Stores,
    options: ServeOptions,
    tools: Mapping[str, ToolFunction],
    local: LocalModelServices,
    drain: float,
    others: OtherWorkers,
    exchange: EventExchange,
) -> tuple[WebServices, SecurityMiddleware, RunningApp]:
    from pointsman import __version__
    from pointsman.adapters.providers.table import PROVIDERS
    from pointsman.adapters.web.web_app import web_app
    from pointsman.layers.webhooks import try_webhook

    site = WebServices(
        running=running,
        desk=SettingsService(stores.settings, SystemClock(), check_to_save, usual_address, settings_sources(options)),
        sessions=Sessions(stores.sessions, SystemClock(), others),
        authority=_authority(running, stores),
        guard=PasswordGuard(stores.sessions, SystemClock()),
        clock=SystemClock(),
        policy=server_policy(options),
        probe=ProviderProbe(running).ask,
        try_webhook=try_webhook,
        list_models=ProviderProbe(running).list_models,
        identity=IdentityProviders().of,
        structure=by_cattrs,
        tools=tools,
        rows=PROVIDERS,
        version=__version__,
        runs=stores.runs(),
        local=local,
        ending=Ending(drain),
        others=others,
        exchange=exchange,
    )
    return site, web_app(site, tuple(load_dialect(name) for name in DIALECT_NAMES)), running


def _authority(running: RunningApp, stores: Stores) -> StoredAuthority:
    with running.lease() as app:
        publish = app.events.publish
    return StoredAuthority(
        stores.keys,
        stores.sessions,
        stores.users,
        stores.authority,
        SystemClock(),
        publish,
        stores.limiter,
        stores.hints,
    )


def _exchange(running: RunningApp, options: ServeOptions) -> EventExchange:
    """What brings the events of other processes to who listens here: of this machine, and of others."""
    from pointsman.adapters.web.events import KINDS, data_of
    from pointsman.adapters.workers.place import SiblingEvents

    siblings = () if options.place is None else (SiblingEvents(options.place),)
    shared = () if running.stores.carrier is None else (running.stores.carrier,)
    with running.lease() as app:
        bus = app.events
    return EventExchange(bus, SystemClock(), SystemRandom().new_id(), KINDS, data_of, (*siblings, *shared))


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


def _send_webhooks(running: RunningApp, group: anyio.abc.TaskGroup) -> Couriers:
    """Tell other programs what happens."""
    from pointsman.layers.webhooks import Couriers

    couriers = Couriers(group)
    running.follow(couriers.follow)
    return couriers
