"""Two Apps that share a real server of Redis, as two processes do: what each learns, and equal questions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import attrs
import pytest
from returns.result import Result

from pointsman import (
    App,
    CacheSettings,
    ChatError,
    ChatRequest,
    ChatResponse,
    RetrySettings,
    Settings,
    ask,
    fake_settings,
    open_app,
)
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.error import ModelUnavailable, NetworkError
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.layers.stores import by_settings
from pointsman.testing import ScriptedClient, fake
from tests.managed import Gated, answer, chat
from tests.patience import GUARD, until
from tests.redis_server import RedisProcess, needs_redis, redis_server

pytestmark = needs_redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProcess]:
    with redis_server(tmp_path) as found:
        yield found


def settings_for(server: RedisProcess) -> Settings:
    return attrs.evolve(
        fake_settings("fake"),
        shared=server.address,
        cache=CacheSettings(enabled=True),
        retries=RetrySettings(max_retries=0),
        breaker=BreakerPolicy(failures=3, cool_down=3600.0),
    )


@attrs.define
class Noting(Gated):
    """Says whether it has been asked, before its gate is open."""

    is_asked: bool = False

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        self.is_asked = True
        return await Gated.call_chat(self, request)


@asynccontextmanager
async def an_app(server: RedisProcess, model: ScriptedClient) -> AsyncIterator[App]:
    layers = attrs.evolve(fake({"fake": model}), clock=SystemClock, stores=by_settings)
    async with open_app(layers, settings_for(server)) as opened:
        yield opened.unwrap()


async def test_what_one_learns_of_a_model_the_other_goes_by(server: RedisProcess) -> None:
    down, fine = ScriptedClient(error=NetworkError(detail="gone")), ScriptedClient([answer()])
    async with an_app(server, down) as one, an_app(server, fine) as other:
        for number in range(3):
            assert isinstance(await chat(one.client, ask("fake/m", str(number))), NetworkError)
        with anyio.fail_after(GUARD):
            await until(lambda: other.manager.planner.cooling("fake/m") > 0)
            refused = await chat(other.client, ask("fake/m", "Hello"))
            assert isinstance(refused, ModelUnavailable)
            assert "NetworkError: gone" in refused.detail
            boards = [app.stores.scoreboard for app in (one, other)]
            own, read = [board.read(["fake/m"], one.clock.now())[0].observed.errors for board in boards]
            assert 0 < read == pytest.approx(own, rel=0.01)
    assert not fine.requests


async def test_an_equal_question_is_asked_once_and_by_each_while_the_server_is_away(server: RedisProcess) -> None:
    first, second = Noting(lambda request: answer()), Noting(lambda request: answer())
    outcomes = list[ChatResponse]()

    async def put(app: App, text: str) -> None:
        outcome = await chat(app.client, ask("fake/m", text))
        assert isinstance(outcome, ChatResponse)
        outcomes.append(outcome)

    async with an_app(server, first) as one, an_app(server, second) as other:
        with anyio.fail_after(GUARD):
            async with anyio.create_task_group() as group:
                for app in (one, other, one, other):
                    group.start_soon(put, app, "Hello")
                await until(lambda: first.is_asked or second.is_asked)
                first.gate.set()
                second.gate.set()
            assert len(first.requests) + len(second.requests) == 1
            assert [outcome.is_cached for outcome in outcomes].count(True) == 3
            server.kill()
            for app in (one, other):
                await put(app, "Hello")
            assert len(first.requests) + len(second.requests) == 3
            assert not any(outcome.warnings for outcome in outcomes)
            limiters = [app.stores.limiter for app in (one, other)]
            assert [limiter is not None and limiter.is_away for limiter in limiters] == [True, True]
            server.start()
            await until(lambda: not any(limiter is None or limiter.is_away for limiter in limiters))
            await put(one, "Good evening")
            await put(other, "Good evening")
            assert len(first.requests) + len(second.requests) == 4
