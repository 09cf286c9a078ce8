"""The board, the leases and the cache of all processes keep their laws in memory and on a real server."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.redis.cache_store import RedisCache
from pointsman.adapters.redis.redis_client import RedisServer, open_redis
from pointsman.adapters.redis.shared_board import RedisBoard
from pointsman.adapters.redis.shared_leases import RedisLeases
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.services.ports.cache_store import CacheBounds, CacheStore
from pointsman.services.ports.shared_board import SharedBoard
from pointsman.services.ports.shared_leases import LEASE_SECONDS, SharedLease
from pointsman.services.shared.availability import Availability
from pointsman.services.shared.board_keeper import BoardKeeper
from pointsman.services.shared.shared_scoreboard import SharedScoreboard
from pointsman.testing import VirtualClock
from pointsman.testing.laws import cache_store, scoreboard, shared_board, shared_leases
from pointsman.testing.shared_board import FakeSharedBoard
from pointsman.testing.shared_leases import FakeSharedLeases
from tests.patience import GUARD
from tests.redis_server import RedisProcess, needs_redis, redis_server

SHORT = 0.4
"""Seconds of a lease: what may be lost sooner on a slow machine is asked before it is over, or not at all."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    with redis_server(tmp_path_factory.mktemp("redis"), "--requirepass", "opens it") as found:
        yield found


@asynccontextmanager
async def emptied(server: RedisProcess) -> AsyncIterator[RedisServer]:
    async with open_redis(server.address, Secret("opens it"), seconds=GUARD) as opened:
        await opened.forget_all()
        yield opened


@pytest.mark.parametrize("law", shared_board.LAWS, ids=lambda law: law.__name__)
async def test_a_board_in_memory(law: shared_board.Law) -> None:
    board = FakeSharedBoard(VirtualClock())

    async def forget() -> None:
        board.forget_all()

    await law(board, forget)


@needs_redis
@pytest.mark.parametrize("law", shared_board.LAWS, ids=lambda law: law.__name__)
async def test_a_board_in_redis(law: shared_board.Law, server: RedisProcess) -> None:
    async with emptied(server) as opened:
        await law(RedisBoard(opened), opened.forget_all)


@pytest.mark.parametrize("law", shared_leases.LAWS, ids=lambda law: law.__name__)
async def test_leases_in_memory(law: shared_leases.Law) -> None:
    clock = VirtualClock()

    async def lapse() -> None:
        clock.advance(0.55 * LEASE_SECONDS)

    await law(FakeSharedLeases(clock), lapse)


LASTING = (shared_leases.who_is_dead_loses_it_and_who_renews_it_does_not, shared_leases.what_has_lapsed_is_not_renewed)
"""Those in which leases run out: in real time, they would depend on how fast the machine is."""


@needs_redis
@pytest.mark.parametrize("law", [law for law in shared_leases.LAWS if law not in LASTING], ids=lambda law: law.__name__)
async def test_leases_in_redis(law: shared_leases.Law, server: RedisProcess) -> None:
    async def lapse() -> None:
        raise AssertionError("no lease of this law runs out")

    async with emptied(server) as opened:
        await law(RedisLeases(opened, 3600.0), lapse)


@needs_redis
async def test_leases_in_redis_run_out_by_its_clock_unless_they_are_renewed(server: RedisProcess) -> None:
    dead, alive = SharedLease("dead", "1"), SharedLease("alive", "1")
    async with emptied(server) as opened:
        brief, long = RedisLeases(opened, SHORT), RedisLeases(opened, 3600.0)
        assert await shared_leases.acquire(brief, dead)
        assert await shared_leases.acquire(brief, alive)
        (await settle(long.renew([alive]))).unwrap()
        while not await shared_leases.acquire(brief, SharedLease("dead", "2")):  # noqa: ASYNC110  # by the server's clock
            await anyio.sleep(SHORT / 10)
        assert not await shared_leases.acquire(brief, SharedLease("alive", "2"))
        (await settle(long.renew([dead]))).unwrap()
        await shared_leases.release(long, SharedLease("dead", "2"))
        assert await shared_leases.acquire(long, SharedLease("dead", "3")), "what had lapsed was not renewed"


@needs_redis
@pytest.mark.parametrize("law", cache_store.LAWS, ids=lambda law: law.__name__)
async def test_a_cache_in_redis(law: cache_store.Law, server: RedisProcess) -> None:
    async with open_redis(server.address, Secret("opens it"), seconds=GUARD) as opened:

        @asynccontextmanager
        async def opening(bounds: CacheBounds) -> AsyncIterator[CacheStore]:
            await opened.forget_all()
            yield RedisCache(opened, bounds)

        await law(opening)


@needs_redis
@pytest.mark.long
@pytest.mark.parametrize("law", cache_store.PROPERTIES, ids=lambda law: law.__name__)
def test_properties_of_a_cache_in_redis(law: cache_store.Property, server: RedisProcess) -> None:
    @asynccontextmanager
    async def opening(bounds: CacheBounds) -> AsyncIterator[CacheStore]:
        async with emptied(server) as opened:
            yield RedisCache(opened, bounds)

    law(opening)


@pytest.mark.parametrize("law", scoreboard.LAWS, ids=lambda law: law.__name__)
def test_a_shared_scoreboard_keeps_the_laws_of_one(law: scoreboard.Law) -> None:
    law(SharedScoreboard(MemoryScoreboard(), VirtualClock(), "one"))


async def keep_pair_law(law: scoreboard.PairLaw, board: SharedBoard, clock: SystemClock | VirtualClock) -> None:
    one, other = (SharedScoreboard(MemoryScoreboard(), clock, process) for process in ("one", "other"))
    keepers = [BoardKeeper(board, Availability(clock), found.process, (found,)) for found in (one, other)]

    async def tell() -> None:
        for keeper in (*keepers, *keepers):
            await keeper.exchange()

    await law(one, other, tell, clock.now)


@pytest.mark.parametrize("law", scoreboard.PAIR_LAWS, ids=lambda law: law.__name__)
async def test_scoreboards_by_a_board_in_memory(law: scoreboard.PairLaw) -> None:
    clock = VirtualClock()
    await keep_pair_law(law, FakeSharedBoard(clock), clock)


@needs_redis
@pytest.mark.parametrize("law", scoreboard.PAIR_LAWS, ids=lambda law: law.__name__)
async def test_scoreboards_by_a_board_in_redis(law: scoreboard.PairLaw, server: RedisProcess) -> None:
    async with emptied(server) as opened:
        await keep_pair_law(law, RedisBoard(opened), SystemClock())


@needs_redis
async def test_a_server_that_hangs_is_a_failure_of_each_and_all_go_on_when_it_does(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        async with open_redis(server.address, None) as opened:
            board, leases, cache = RedisBoard(opened), RedisLeases(opened), RedisCache(opened)
            place = (await shared_board.exchange(board, "one", a="1")).position
            server.send(signal.SIGSTOP)
            assert isinstance((await settle(board.exchange("one", {"b": "1"}, place))).failure(), StorageError)
            assert isinstance((await settle(leases.acquire(SharedLease("a", "1"), 1))).failure(), StorageError)
            assert isinstance((await settle(cache.find("a", 0.0))).failure(), StorageError)
            server.send(signal.SIGCONT)
            assert shared_board.texts(await shared_board.exchange(board, "two")) == {"a": "1", "b": "1"}
