"""Keep-alive keeps alive: local servers are asked to hold their model, all others are pinged, and changes are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Result, Success

from pointsman import App, CompletionRequest, EmbeddingRequest, ask, open_app, settle
from pointsman.adapters.simulator.listener import RunningSimulator, serve
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.error import ChatError, NetworkError
from pointsman.core.json import JsonObject, as_object
from pointsman.core.models.model import ModelHold
from pointsman.core.notice import Notice, ProviderStatusChange
from pointsman.layers.live import live
from pointsman.layers.simulation import simulator
from pointsman.services.health import keep_alive
from pointsman.services.ports.client import HOLD_MODEL, Ping
from pointsman.testing import ScriptedClient
from tests.simulated import settings_at

if TYPE_CHECKING:
    from pointsman.services.ports.clock import TimeLimit

INTERVAL = 60.0
HELD = 150
"""Twice the interval and half a minute."""


@asynccontextmanager
async def held(name: str) -> AsyncIterator[tuple[App, RunningSimulator]]:
    """An App that keeps the model of the provider `name` loaded."""
    async with serve(simulator(strict=True)) as server:
        settings = settings_at(server.address, name)
        providers = {name: attrs.evolve(one, keep_alive=INTERVAL) for name, one in settings.providers.items()}
        async with open_app(live, attrs.evolve(settings, providers=providers)) as opened:
            yield opened.unwrap(), server


def bodies(server: RunningSimulator) -> list[JsonObject]:
    return [as_object(request.json) for request in server.requests()]


@pytest.mark.parametrize(
    ("name", "path", "field"), [("ollama", "/api/generate", "keep_alive"), ("lmstudio", "/chat/completions", "ttl")]
)
async def test_a_local_server_is_asked_to_hold_its_model(name: str, path: str, field: str) -> None:
    async with held(name) as (app, server):
        ping = unwrap_or_failure(await app.clients[name].call(HOLD_MODEL, ModelHold("sim", HELD)))
        asked = server.requests()[-1]
    assert isinstance(ping, Ping)
    assert (ping.ok, ping.error) == (True, None)
    assert asked.path.endswith(path)
    body = as_object(asked.json)
    assert (body[field], body["model"]) == (HELD, "sim")


@pytest.mark.parametrize(("name", "field"), [("ollama", "keep_alive"), ("lmstudio", "ttl")])
async def test_every_request_holds_its_model(name: str, field: str) -> None:
    async with held(name) as (app, server):
        (await settle(app.manager.chat(ask(f"{name}/sim", "Hi")))).unwrap()
        (await settle(app.manager.complete(CompletionRequest(f"{name}/sim", "Once")))).unwrap()
        (await settle(app.manager.embed(EmbeddingRequest(f"{name}/sim", ("Hi",))))).unwrap()
        async with app.manager.stream(ask(f"{name}/sim", "Hi")) as events:
            _ = [event async for event in events]
        asked = bodies(server)
    assert [body[field] for body in asked] == [HELD] * 4


async def test_other_servers_are_pinged() -> None:
    async with held("openai") as (app, server):
        ping = unwrap_or_failure(await app.clients["openai"].call(HOLD_MODEL, ModelHold("sim", HELD)))
        asked = server.requests()[-1]
    assert isinstance(ping, Ping)
    assert ping.ok
    assert asked.path.endswith("/models")


@attrs.define
class Turns:
    """A clock that counts the waits, and ends with them."""

    left: int
    waits: list[float] = attrs.field(factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) > self.left:
            await anyio.sleep_forever()

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> float:
        return 0.0

    def limit(self, seconds: float) -> TimeLimit:
        return SystemClock().limit(seconds)

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    @property
    def passive(self) -> Turns:
        return self


@attrs.define
class Moody(ScriptedClient):
    """Is there, or is not, one after the other."""

    moods: list[bool] = attrs.field(factory=list)
    holds: list[ModelHold] = attrs.field(factory=list)

    async def call_hold(self, hold: ModelHold) -> Result[Ping, ChatError]:
        self.holds.append(hold)
        ok = self.moods[len(self.holds) - 1]
        return Success(Ping("fake", ok, 0.0, 0.0, None if ok else NetworkError(detail="refused")))


async def test_a_provider_that_stops_and_begins_to_answer_is_told() -> None:
    moods = [True, False, False, True, True]
    clock, client, notices = Turns(len(moods)), Moody(moods=moods), list[Notice]()
    async with anyio.create_task_group() as group:
        group.start_soon(keep_alive, "fake", client, clock, INTERVAL, notices.append)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert clock.waits == [INTERVAL] * 6
    assert {hold.seconds for hold in client.holds} == {HELD}
    assert notices == [
        ProviderStatusChange(model="fake", state="open", error=NetworkError(detail="refused")),
        ProviderStatusChange(model="fake", state="closed"),
    ]
