"""`pointsman serve --workers`: the supervisor put together, and what a worker does with its place."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.net.listeners import address_of
from pointsman.adapters.system.server_process import READY, notify, stopping_for
from pointsman.adapters.web.metrics import add_counts
from pointsman.adapters.workers.place import WorkerPlace
from pointsman.adapters.workers.supervisor import Supervisor, own_command, texts_of
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.json import JsonObject, as_text
from pointsman.core.settings import Settings
from pointsman.layers.serve_options import Served, ServeOptions, open_listeners
from pointsman.layers.serving import serving
from pointsman.layers.stores import IN_MEMORY
from pointsman.services.tasks.together import background_tasks

_SETTLING = 60.0


@attrs.frozen(kw_only=True)
class Supervised:
    """Workers that serve: where, what the first of them says of itself, and who ends them."""

    address: str
    default_provider: str
    demo: bool
    link: str | None = attrs.field(repr=False)
    supervisor: Supervisor

    def replace(self) -> None:
        """Replace all workers, one after the other, and tell the service manager."""
        tell_renewal()
        self.supervisor.replace()


@asynccontextmanager
async def supervising(
    settings: Settings, options: ServeOptions, count: int
) -> AsyncIterator[Result[Supervised, ConfigurationError]]:
    """`count` workers that serve until the scope ends, each a process with the command line of this one."""
    problem = _why_impossible(settings)
    if problem is not None:
        yield Failure(problem)
        return
    found = open_listeners(options)
    if isinstance(found, Failure):
        yield Failure(found.failure())
        return
    with ExitStack() as stack:
        for one in found.unwrap():
            stack.enter_context(one)
        supervisor = Supervisor(
            count,
            own_command(),
            found.unwrap(),
            secrets.token_urlsafe(24),
            settings.drain if options.drain is None else options.drain,
            add_counts,
        )
        async with background_tasks() as group:
            begun: Result[JsonObject, JsonObject] = await group.start(supervisor.run)
            if isinstance(begun, Failure):
                yield Failure(_error_of(begun.failure()))
                return
            notify(READY)
            group.start_soon(_tell_end, supervisor)
            try:
                yield Success(_describe(supervisor, begun.unwrap(), found.unwrap()[0]))
            finally:
                supervisor.hasten()
                with anyio.CancelScope(shield=True):
                    await supervisor.over.wait()


async def _tell_end(supervisor: Supervisor) -> None:
    await supervisor.begun.wait()
    notify(*stopping_for(supervisor.drain + _SETTLING))


def tell_renewal() -> None:
    """Say that workers are being replaced: the service manager may wait for what comes next. See sd_notify(3)."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
    notify(READY)


def _why_impossible(settings: Settings) -> ConfigurationError | None:
    if os.name == "nt" or not hasattr(socket, "AF_UNIX"):
        return _refusal("this system hands no sockets on to other processes: serve without --workers")
    if settings.database is None or settings.database in IN_MEMORY:
        detail = (
            "several workers need a database that they share; name a file by --database, or serve without --workers"
        )
        return _refusal(detail)
    return None


def _refusal(detail: str) -> ConfigurationError:
    return configuration_error(detail)


def _describe(supervisor: Supervisor, facts: JsonObject, listener: socket.socket) -> Supervised:
    if facts.get("closed") is not False:
        supervisor.link = None
    return Supervised(
        address=address_of(listener),
        default_provider=as_text(facts.get("default_provider")),
        demo=facts.get("demo") is True,
        link=supervisor.link,
        supervisor=supervisor,
    )


def _error_of(told: JsonObject) -> ConfigurationError:
    """Why the first worker cannot serve, in its own words."""
    detail = as_text(told.get("detail")) or "the first worker ended before it served; what it said is above"
    return ConfigurationError(
        detail=detail,
        problems=texts_of(told.get("problems")) or (detail,),
        is_storage=told.get("is_storage") is True,
        remedy=as_text(told.get("remedy")) or None,
    )


def _as_told(error: ConfigurationError) -> JsonObject:
    return {
        "detail": error.detail,
        "problems": list(error.problems),
        "is_storage": error.is_storage,
        "remedy": error.remedy,
    }


async def work(place: WorkerPlace, settings: Settings, options: ServeOptions) -> bool:
    """Serve at `place` until it is told to end, or its supervisor is gone; whether it could."""
    served: list[Served] = []
    opening = anyio.CancelScope()
    async with background_tasks() as group:
        await group.start(place.run, lambda: served[0].site.ending.calls if served else 0)
        group.start_soon(_obey, place, served, opening)
        group.start_soon(_take_signals, place)
        with opening:
            async with serving(settings, attrs.evolve(options, place=place)) as opened:
                if isinstance(opened, Failure):
                    place.tell("failed", _as_told(opened.failure()))
                    await place.say_last("over", {})
                    return False
                served.append(opened.unwrap())
                place.tell("ready", _facts_of(served[0]))
                await served[0].site.ending.over.wait()
            ending = served[0].site.ending
            await place.say_last("over", {"cut": ending.cut_count, "counted": place.count()})
    return True


def _facts_of(served: Served) -> JsonObject:
    with served.running.lease() as app:
        provider = app.settings.default_provider
    return {"default_provider": provider, "demo": served.running.demo, "closed": served.is_closed}


async def _take_signals(place: WorkerPlace) -> None:
    """As the supervisor, for who asks a single worker to end."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            (place.hastened if place.ended.is_set() else place.ended).set()


async def _obey(place: WorkerPlace, served: list[Served], opening: anyio.CancelScope) -> None:
    await place.ended.wait()
    if not served:
        opening.cancel()
        return
    served[0].site.ending.begin()
    await place.hastened.wait()
    served[0].site.ending.hasten()
