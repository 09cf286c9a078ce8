"""The App of a server: replaced when the settings change; calls under way finish on the one they began with."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError
from pointsman.core.json import Json
from pointsman.core.settings import Settings
from pointsman.layers.app import Layers, open_app
from pointsman.services.app import App
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.stores import Stores
from pointsman.services.tasks.background import keep_running, run_guarded
from pointsman.services.tasks.together import background_tasks
from pointsman.services.tasks.waiting import wait_for_change

_LOG = logging.getLogger("pointsman.server")
Load: TypeAlias = Callable[[Stores], Awaitable[Result[tuple[Settings, bool], ConfigurationError]]]
"""The settings as they are now, and whether models are simulated."""
WATCH_SECONDS = 0.5
"""How often it is looked whether another process has changed the settings."""


@attrs.define(eq=False)
class _SharedApp:
    """An open App, and how many are using it: each within a scope of it."""

    app: App
    demo: bool
    leases: int = 0
    retired: bool = False
    idle: anyio.Event = attrs.field(factory=anyio.Event)

    def __enter__(self) -> App:
        self.leases += 1
        return self.app

    def __exit__(self, *raised: object) -> None:
        self.leases -= 1
        if self.retired and not self.leases:
            self.idle.set()

    def retire(self) -> None:
        self.retired = True
        if not self.leases:
            self.idle.set()


@attrs.define(eq=False)
class RunningApp:
    """See `pointsman.services.ports.running.Running`."""

    stores: Stores
    _layers: Layers
    _load: Load
    _group: anyio.abc.TaskGroup
    overrides: Mapping[str, Mapping[str, Json]] = attrs.field(factory=dict)
    _held: _SharedApp | None = None
    _version: int = -1
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock)
    _followers: list[Callable[[App], None]] = attrs.field(factory=list)

    @property
    def demo(self) -> bool:
        """As `Running.demo`."""
        return self._held is not None and self._held.demo

    def lease(self) -> _SharedApp:
        """As `Running.lease`."""
        assert self._held is not None, "it is opened before it is given out"
        return self._held

    def follow(self, follower: Callable[[App], None]) -> None:
        """Tell `follower` the App there is, and every one that takes its place."""
        self._followers.append(follower)
        with self.lease() as app:
            follower(app)

    async def reload(self) -> Result[None, ConfigurationError]:
        """As `Running.reload`."""
        async with self._turn:
            kept = await settle(self.stores.settings.read())
            if isinstance(kept, Success):  # else the loading fails, too, and says why
                self._version, self.overrides = kept.unwrap().version, kept.unwrap().overrides
            loaded = await self._load(self.stores)
            if isinstance(loaded, Failure):
                return Failure(loaded.failure())
            settings, demo = loaded.unwrap()
            opened: Result[_SharedApp, ConfigurationError] = await self._group.start(self._hold, settings, demo)
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            before, self._held = self._held, opened.unwrap()
            for follower in self._followers:
                follower(self._held.app)
            if before is not None:
                before.retire()
            return Success(None)

    async def _hold(
        self,
        settings: Settings,
        demo: bool,
        *,
        task_status: anyio.abc.TaskStatus[Result[_SharedApp, ConfigurationError]],
    ) -> None:
        holding: list[_SharedApp] = []

        async def hold() -> None:
            async with open_app(self._layers, settings) as opened:
                if isinstance(opened, Failure):
                    task_status.started(opened)
                    return
                held = _SharedApp(opened.unwrap(), demo)
                holding.append(held)
                task_status.started(Success(held))
                await held.idle.wait()

        if not await run_guarded("the App", hold) and holding == [self._held]:
            await keep_running("the App that takes its place", self._replace, anyio.sleep)

    async def _replace(self) -> None:
        """Open another App: a bug has ended the one there was."""
        reloaded = await self.reload()
        if isinstance(reloaded, Failure):
            _LOG.warning("no App takes the place of the one that failed: %s", reloaded.failure())

    async def watch(self) -> None:
        """Take up what other processes change."""
        seen = 0
        while True:
            with self.lease() as app:
                clock = app.clock.passive
            await wait_for_change(self.stores.hints, seen, clock, WATCH_SECONDS)
            seen = self.stores.hints.count
            read = await settle(self.stores.settings.read())
            if isinstance(read, Success) and read.unwrap().version != self._version:
                reloaded = await self.reload()
                if isinstance(reloaded, Failure):
                    _LOG.warning("the settings that another process saved are not in use: %s", reloaded.failure())


@asynccontextmanager
async def running_app(
    layers: Layers, stores: Stores, load: Load
) -> AsyncIterator[Result[RunningApp, ConfigurationError]]:
    """An App that can be reloaded, over `stores` that stay; closed with the scope."""
    bus = EventBus()

    @asynccontextmanager
    async def share_stores(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
        yield Success(stores)

    here = attrs.evolve(layers, stores=share_stores, events=lambda: bus)
    async with background_tasks() as group:
        running = RunningApp(stores, here, load, group)
        first = await running.reload()
        yield first.map(lambda _: running)
