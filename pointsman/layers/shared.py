"""What is brief, shared by all processes in a Redis or Valkey server: opened where the settings name one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.settings import Settings
from pointsman.core.shared_address import driver_address
from pointsman.services.ports.cache_store import CacheBounds
from pointsman.services.ports.stores import Stores
from pointsman.services.tasks.together import background_tasks

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from pointsman.adapters.redis.redis_client import RedisServer
    from pointsman.services.interceptors.shared_limiter import SharedLimiter
    from pointsman.services.ports.cache_store import CacheStore
    from pointsman.services.ports.change_hints import EventCarrier
    from pointsman.services.shared.circuits import SharedCircuits
    from pointsman.services.shared.lease_keeper import LeaseKeeper
    from pointsman.services.shared.shared_scoreboard import SharedScoreboard

_MISSING = "`shared` needs a package that is not installed: pip install 'pointsman[redis]'"


@attrs.frozen
class Shared:
    """What is kept together with other processes, where the settings name a server for it."""

    limiter: SharedLimiter | None = None
    carrier: EventCarrier | None = None
    circuits: SharedCircuits | None = None
    scoreboard: SharedScoreboard | None = None
    leases: LeaseKeeper | None = None
    cache: CacheStore | None = None

    def over(self, own: Stores) -> Stores:
        """The stores of a process that has the others as well."""
        if self.limiter is None:
            return own
        return attrs.evolve(
            own,
            limiter=self.limiter,
            carrier=self.carrier,
            circuits=self.circuits,
            scoreboard=self.scoreboard or own.scoreboard,
            leases=self.leases,
            cache=self.cache or own.cache,
        )


@asynccontextmanager
async def open_shared(settings: Settings) -> AsyncIterator[Result[Shared, ConfigurationError]]:
    """What is shared with other processes; nothing where the settings name no server for it."""
    if settings.shared is None:
        yield Success(Shared())
        return
    if find_spec("coredis") is None:
        yield Failure(configuration_error(_MISSING))
        return
    from pointsman.adapters.redis.event_channel import RedisEvents
    from pointsman.adapters.redis.redis_client import open_redis

    address = driver_address(settings.shared)
    here = OpenedHere("the connection to the server of `shared`")
    async with (
        open_redis(address, settings.shared_password, lifetime=here) as server,
        background_tasks() as group,
    ):
        with closing(RedisEvents(server)) as carrier:
            yield Success(attrs.evolve(_begin(server, settings, group), carrier=carrier))


def _begin(server: RedisServer, settings: Settings, group: TaskGroup) -> Shared:
    """All that goes by `server`, and what runs for it."""
    from pointsman.adapters.memory.scoreboard import MemoryScoreboard
    from pointsman.adapters.redis.cache_store import RedisCache
    from pointsman.adapters.redis.shared_board import RedisBoard
    from pointsman.adapters.redis.shared_leases import RedisLeases
    from pointsman.adapters.redis.shared_limits import RedisLimits
    from pointsman.adapters.system.clock import SystemClock, SystemRandom
    from pointsman.services.interceptors.shared_limiter import SharedLimiter
    from pointsman.services.shared.availability import Availability
    from pointsman.services.shared.board_keeper import BoardKeeper
    from pointsman.services.shared.circuits import SharedCircuits
    from pointsman.services.shared.lease_keeper import LeaseKeeper
    from pointsman.services.shared.miss_while_away import MissWhileAway
    from pointsman.services.shared.shared_scoreboard import SharedScoreboard
    from pointsman.services.tasks.background import keep_running

    clock, random = SystemClock(), SystemRandom()
    process, availability = random.new_id(), Availability(clock)
    limiter = SharedLimiter(RedisLimits(server), availability, random, process)
    leases = LeaseKeeper(RedisLeases(server), availability, random, process)
    scoreboard = SharedScoreboard(MemoryScoreboard(), clock, process)
    circuits = SharedCircuits(leases, clock)
    keeper = BoardKeeper(RedisBoard(server), availability, process, (scoreboard, circuits))
    circuits.keeper = keeper
    for name, run in (
        ("the limits that are shared", limiter.run),
        ("the leases that are shared", leases.run),
        ("what processes tell each other of models", keeper.run),
    ):
        group.start_soon(keep_running, name, run, anyio.sleep)
    cache = MissWhileAway(RedisCache(server, cache_bounds(settings)), availability)
    return Shared(limiter=limiter, circuits=circuits, scoreboard=scoreboard, leases=leases, cache=cache)


def cache_bounds(settings: Settings) -> CacheBounds:
    """The most that a cache may hold, as the settings say."""
    return CacheBounds(entries=settings.cache.max_entries, size=settings.cache.max_bytes)
