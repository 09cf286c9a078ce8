"""What is shared by Redis, after the end and in another event loop: each method is done or says what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio
import attrs

from pointsman import fake, fake_settings, live, open_app
from tests.every_method import outcomes_below
from tests.redis_server import needs_redis, redis_server

pytestmark = needs_redis
INSIDE = ("stores.limiter.", "stores.leases.", "stores.circuits.", "stores.carrier.")
"""What the clients of an App alone use, which are refused in another event loop before they come to it: it wakes tasks
of its own loop."""


async def test_after_the_end_and_in_another_event_loop_no_method_asks_the_server(tmp_path: Path) -> None:
    layers = attrs.evolve(fake(), stores=live.stores)
    with redis_server(tmp_path) as server:
        settings = attrs.evolve(fake_settings(), database=str(tmp_path / "p.db"), shared=server.address)
        async with open_app(layers, settings) as opened:
            app = opened.unwrap()
            await app.stores.cipher.prepare()
            assert (await outcomes_below("stores", app.stores))["stores.cache.stats"] == "ok"
            elsewhere = await anyio.to_thread.run_sync(lambda: asyncio.run(outcomes_below("stores", app.stores)))
        after = await outcomes_below("stores", app.stores)
    assert {path: one for path, one in after.items() if one.startswith(("RAISED", "HANGS"))} == {}
    raised = {path for path, one in elsewhere.items() if one.startswith(("RAISED", "HANGS"))}
    assert {path for path in raised if not path.startswith(INSIDE)} == set()
    for outcomes, advice in ((elsewhere, "open one in each."), (after, "use it inside the scope that opened it.")):
        for path in ("stores.cache.stats", "stores.cache.clear", "stores.conversations.get"):
            assert outcomes[path].startswith("StorageError: ")
            assert outcomes[path].endswith(advice)
