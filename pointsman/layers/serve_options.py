"""How `pointsman serve` is asked to serve, what is known of it once it does, and what it listens on."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.net.listeners import bind_listener, take_listeners
from pointsman.adapters.web.site import LOOPBACK, Policy, WebServices
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.layers.running import RunningApp
from pointsman.layers.settings.sources import Arguments
from pointsman.services.ports.stores import Stores

if TYPE_CHECKING:
    from pointsman.adapters.workers.place import WorkerPlace


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
    keep_given: bool = False
    """Whether what the settings that are given say stands where file, variables and what was saved say nothing."""
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


def server_policy(options: ServeOptions) -> Policy:
    """Who may ask for what: more of it where only this machine can ask."""
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
    return taken.alt(lambda detail: configuration_error(detail))


async def why_unsafe(stores: Stores, options: ServeOptions) -> ConfigurationError | None:
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
    return configuration_error(detail)
