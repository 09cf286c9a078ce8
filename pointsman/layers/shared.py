"""What is brief, shared by all processes in a Redis or Valkey server: opened where the settings name one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.util import find_spec

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import Settings
from pointsman.core.shared_address import driver_address
from pointsman.services.interceptors.shared_limiter import SharedLimiter
from pointsman.services.ports.change_hints import EventCarrier
from pointsman.services.tasks.background import keep_running
from pointsman.services.tasks.together import background_tasks

_MISSING = "`shared` needs a package that is not installed: pip install 'pointsman[redis]'"


@attrs.frozen
class Shared:
    """What is kept together with other processes: rate limits, and what carries events."""

    limiter: SharedLimiter | None = None
    carrier: EventCarrier | None = None


@asynccontextmanager
async def open_shared(settings: Settings) -> AsyncIterator[Result[Shared, ConfigurationError]]:
    """What is shared with other processes; nothing where the settings name no server for it."""
    if settings.shared is None:
        yield Success(Shared())
        return
    if find_spec("coredis") is None:
        yield Failure(ConfigurationError(detail=_MISSING, problems=(_MISSING,)))
        return
    from pointsman.adapters.redis.event_channel import RedisEvents
    from pointsman.adapters.redis.redis_client import open_redis
    from pointsman.adapters.redis.shared_limits import RedisLimits

    async with open_redis(driver_address(settings.shared), settings.shared_password) as server:
        random = SystemRandom()
        limiter = SharedLimiter(RedisLimits(server), SystemClock(), random, random.new_id())
        async with background_tasks() as group:
            group.start_soon(keep_running, "the limits that are shared", limiter.run, anyio.sleep)
            with closing(RedisEvents(server)) as carrier:
                yield Success(Shared(limiter, carrier))
