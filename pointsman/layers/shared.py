"""What is brief, shared by all processes in a Redis or Valkey server: opened where the settings name one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

import anyio
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.system.random import SystemRandom
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import Settings
from pointsman.core.shared_address import driver_address
from pointsman.services.interceptors.shared_limiter import SharedLimiter
from pointsman.services.tasks.keep_running import keep_running
from pointsman.services.tasks.together import background_tasks

_MISSING = "`shared` needs a package that is not installed: pip install 'pointsman[redis]'"


@asynccontextmanager
async def open_limiter(settings: Settings) -> AsyncIterator[Result[SharedLimiter | None, ConfigurationError]]:
    """What keeps rate limits together with other processes; None where they are this one's alone."""
    if settings.shared is None:
        yield Success(None)
        return
    if find_spec("coredis") is None:
        yield Failure(ConfigurationError(detail=_MISSING, problems=(_MISSING,)))
        return
    from pointsman.adapters.redis.redis_client import open_redis
    from pointsman.adapters.redis.shared_limits import RedisLimits

    async with open_redis(driver_address(settings.shared), settings.shared_password) as server:
        random = SystemRandom()
        limiter = SharedLimiter(RedisLimits(server), SystemClock(), random, random.new_id())
        async with background_tasks() as group:
            group.start_soon(keep_running, "the limits that are shared", limiter.run, anyio.sleep)
            yield Success(limiter)
