"""Shared limits keep their laws in memory and on a real server; and their minute is exact."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from pointsman.adapters.redis.redis_client import open_redis
from pointsman.adapters.redis.shared_limits import RedisLimits
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.routing.rate import Limit
from pointsman.core.security.secret import Secret
from pointsman.services.ports.shared_limits import Claim, PastUse
from pointsman.testing.clock import VirtualClock
from pointsman.testing.laws.shared_limits import LAWS, Law, claim
from pointsman.testing.shared_limits import FakeSharedLimits
from tests.patience import GUARD
from tests.redis_server import RedisProcess, needs_redis, redis_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    with redis_server(tmp_path_factory.mktemp("redis"), "--requirepass", "opens it") as found:
        yield found


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_shared_limits_in_memory_keep_their_laws(law: Law) -> None:
    await law(FakeSharedLimits(VirtualClock()))


@needs_redis
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_shared_limits_in_redis_keep_their_laws(law: Law, server: RedisProcess) -> None:
    async with open_redis(server.address, Secret("opens it"), seconds=GUARD) as opened:
        await opened.forget_all()
        await law(RedisLimits(opened))


@needs_redis
async def test_no_window_holds_more_than_the_limit(server: RedisProcess) -> None:
    """Three clients ask without pause, over several windows; each grant lies between two times."""
    grants: list[tuple[float, float]] = []
    minute, most = 0.4, 5
    end = time.monotonic() + 3.5 * minute

    async def client() -> None:
        async with open_redis(server.address, Secret("opens it"), seconds=GUARD) as opened:
            limits = RedisLimits(opened, minute)
            while time.monotonic() < end:
                before = time.monotonic()
                wanted = claim(Limit(requests_per_minute=most), name="exact")
                wait = (await settle(limits.take(wanted))).value_or(0.05)
                if wait == 0:
                    grants.append((before, time.monotonic()))
                else:
                    await anyio.sleep(min(wait, 0.02))

    with anyio.fail_after(GUARD):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client)
    grants.sort()
    assert len(grants) > most  # a window has passed
    for first, last in zip(grants, grants[most:], strict=False):
        assert last[1] - first[0] > minute


@needs_redis
async def test_a_wrong_password_and_no_server_are_values_without_secrets(server: RedisProcess) -> None:
    wanted = Claim(id="1", name="vendor", limit=Limit(requests_per_minute=1))
    for address, password in ((server.address, "wr0ng one"), ("redis://127.0.0.1:1", "opens it")):
        async with open_redis(address, Secret(password)) as opened:
            outcome = (await settle(RedisLimits(opened).take(wanted))).failure()
            assert isinstance(outcome, StorageError)
            assert password not in f"{outcome!r} {outcome} {opened!r}"
            assert "127.0.0.1" in str(outcome)


_ASK_NOBODY = """
import anyio, gc
from pointsman.adapters.redis.redis_client import open_redis

async def ask():
    async with open_redis("redis://127.0.0.1:1", None) as server:
        print(await server.publish("channel", "text"))

anyio.run(ask)
gc.collect()
"""


def test_a_connection_that_does_not_come_about_leaves_nothing_open() -> None:
    asked = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", _ASK_NOBODY],
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    assert ("Unable to establish a connection" in asked.stdout, asked.stderr) == (True, "")


@needs_redis
async def test_what_was_not_answered_is_charged_once(tmp_path: Path) -> None:
    """A server that hangs, and goes on: it does what was asked of it, and the client has not asked again."""
    with redis_server(tmp_path) as server:
        async with open_redis(server.address, None) as opened:
            limits, three = RedisLimits(opened), Limit(requests_per_minute=3)
            assert (await settle(limits.take(claim(three)))).unwrap() == 0
            server.send(signal.SIGSTOP)
            lost = claim(three)
            unanswered = await settle(limits.take(lost))
            assert isinstance(unanswered.failure(), StorageError)
            server.send(signal.SIGCONT)
            (await settle(limits.report([PastUse(claim=lost, age=1.0)]))).unwrap()
            outcomes = [(await settle(limits.take(claim(three)))).unwrap() == 0 for _ in range(3)]
            assert outcomes == [True, False, False]


@needs_redis
async def test_a_server_that_was_killed_is_taken_up_again_by_itself(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        async with open_redis(server.address, None) as opened:
            limits, wanted = RedisLimits(opened), Limit(requests_per_minute=3)
            assert (await settle(limits.take(claim(wanted)))).unwrap() == 0
            server.kill()
            assert isinstance((await settle(limits.take(claim(wanted)))).failure(), StorageError)
            server.start()  # it has forgotten scripts and counts
            assert (await with_answer(limits, wanted)) == 0


async def with_answer(limits: RedisLimits, wanted: Limit) -> float:
    """What the first says that is answered."""
    with anyio.fail_after(GUARD):
        while True:
            wait = (await settle(limits.take(claim(wanted)))).value_or(None)
            if wait is not None:
                return wait
