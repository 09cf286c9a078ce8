"""Events between processes by a real server: to all others, and again after it was away."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from pointsman.adapters.redis.event_channel import RedisEvents
from pointsman.adapters.redis.redis_client import open_redis
from pointsman.core.json import JsonObject
from pointsman.services.tasks.together import background_tasks
from tests.patience import GUARD
from tests.redis_server import needs_redis, redis_server

pytestmark = pytest.mark.anyio


@needs_redis
async def test_what_one_sends_the_other_hears_and_after_the_server_was_away_again(tmp_path: Path) -> None:
    heard: list[JsonObject] = []
    with redis_server(tmp_path) as server:
        async with open_redis(server.address, None) as one, open_redis(server.address, None) as other:
            sender, hearer = RedisEvents(one), RedisEvents(other)

            async def hear(number: int) -> None:
                with anyio.fail_after(GUARD):
                    while {"number": number} not in heard:
                        sender.send({"number": number})
                        await anyio.sleep(0.05)

            async with background_tasks() as group:
                group.start_soon(sender.run, lambda message: None)
                group.start_soon(hearer.run, heard.append)
                await hear(1)
                server.kill()
                sender.send({"number": 2})  # nobody waits, and it is lost or comes late
                server.start()
                await hear(3)
            sender.close()
            hearer.close()
            sender.send({"number": 4})
