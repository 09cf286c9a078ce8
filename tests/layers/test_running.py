"""The App of a server takes up what another process changes, and looks for it by the clock's port."""

from __future__ import annotations

import anyio
from returns.result import Result, Success

from pointsman import App, ConfigurationError, ProviderSettings, Settings, fake_settings, settle
from pointsman.layers.running import WATCH_SECONDS, running_app
from pointsman.layers.stores import in_memory
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.stores import Stores
from pointsman.testing import VirtualClock, fake
from pointsman.testing.laws.settings_store import entry


async def test_what_another_process_changes_is_taken_up_by_the_clock_of_the_app() -> None:
    clock, apps = VirtualClock(jumps=False), list[App]()

    async def load(stores: Stores) -> Result[tuple[Settings, bool], ConfigurationError]:
        return Success((fake_settings(), False))

    async with (
        in_memory(fake_settings()) as stores,
        running_app(fake(clock=clock), stores.unwrap(), load) as opened,
        anyio.create_task_group() as group,
    ):
        running = opened.unwrap()
        running.follow(apps.append)
        group.start_soon(running.watch)
        await clock.run_for(3 * WATCH_SECONDS)
        assert len(apps) == 1  # nothing has changed
        provider = ProviderSettings(name="more", kind="openai")
        changed = StoredSettings(providers={"more": provider})
        assert (await settle(stores.unwrap().settings.write(changed, entry("changed")))).unwrap()
        await clock.run_for(WATCH_SECONDS / 2)
        assert len(apps) == 1
        await clock.run_for(WATCH_SECONDS)
        assert len(apps) == 2
        group.cancel_scope.cancel()
