"""Models that are loaded and unloaded are told: those of our engines, and those of servers where somebody listens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import ModelStateChange, NetworkError, ask, fold, settle
from pointsman.core.error import ModelUnavailable, ProviderError
from pointsman.core.models.local_model import LocalModel
from pointsman.core.models.served_model import ServedModel
from pointsman.core.settings import EngineSettings
from pointsman.services.engines.keeper import keep_engines
from pointsman.services.engines.local_client import LocalClient
from pointsman.services.event_bus import EventBus
from pointsman.services.middleware.model_watch import WatchedModels
from pointsman.testing import FakeEngines, FakeLibrary, ScriptedClient, VirtualClock
from tests.simulated import simulated

MODEL = LocalModel(name="tiny", path="/models/tiny.gguf", size_bytes=1000)


@attrs.define
class Server:
    """A server that tells one model's state, and counts who asks."""

    state: Result[str, ProviderError] = attrs.field(default=Success("not-loaded"))
    looks: int = 0

    async def look(self) -> Result[tuple[ServedModel, ...], ProviderError]:
        self.looks += 1
        is_loaded = self.state.value_or("") == "loaded"
        return self.state.map(lambda _: (ServedModel(id="m:latest", state="loaded" if is_loaded else "not-loaded"),))


async def states(bus: EventBus, do: AsyncIterator[None]) -> list[str]:
    """What is told while `do` runs."""
    with bus.listen(ModelStateChange) as notices:
        async for _ in do:
            pass
        told = [notices.receive_nowait() for _ in range(notices.statistics().current_buffer_used)]
    return [f"{one.model} {one.state}" for one in told if isinstance(one, ModelStateChange)]


@asynccontextmanager
async def local_client(engines: FakeEngines, clock: VirtualClock) -> AsyncIterator[LocalClient]:
    async with keep_engines(engines, clock, EngineSettings(idle=60.0)) as keeper:
        yield LocalClient("local", FakeLibrary((MODEL,)), keeper, clock)


async def test_an_engine_of_ours_tells_when_its_model_comes_and_goes() -> None:
    clock, bus = VirtualClock(), EventBus()

    async def talk() -> AsyncIterator[None]:
        async with local_client(FakeEngines(clock), clock) as client:
            client.announce_to(bus)
            for _ in range(2):
                assert isinstance(await settle(client.chat(ask("tiny", "Hello"))), Success)
            yield

    assert await states(bus, talk()) == ["local/tiny loading", "local/tiny loaded", "local/tiny unloaded"]


async def test_an_engine_that_does_not_start_is_told_with_why() -> None:
    clock, bus = VirtualClock(), EventBus()
    engines = FakeEngines(clock, failures=[ModelUnavailable(detail="it is cut")])
    with bus.listen(ModelStateChange) as notices:
        async with local_client(engines, clock) as client:
            client.announce_to(bus)
            assert isinstance(await settle(client.chat(ask("tiny", "Hello"))), Failure)
        told = [notices.receive_nowait() for _ in range(notices.statistics().current_buffer_used)]
    assert [(one.state, str(one.error)[:9]) for one in told if isinstance(one, ModelStateChange)] == [
        ("loading", "None"),
        ("failed", "it is cut"),
    ]


async def test_a_server_is_looked_at_before_its_model_is_asked_and_then_believed_for_a_while() -> None:
    clock, bus, server = VirtualClock(), EventBus(), Server()
    client = WatchedModels(ScriptedClient(), server.look, clock, "ollama")
    client.announce_to(bus)

    async def talk() -> AsyncIterator[None]:
        assert isinstance(await settle(client.chat(ask("m", "Hello"))), Success)
        assert isinstance(await settle(fold(client.stream(ask("m", "Hello")))), Success)
        yield

    assert await states(bus, talk()) == ["ollama/m loading", "ollama/m loaded"]
    assert server.looks == 1
    clock.time += 31.0
    assert await states(bus, talk()) == ["ollama/m loading", "ollama/m loaded"]


async def test_a_model_that_fails_while_it_is_loaded_is_told_as_failed() -> None:
    bus, server = EventBus(), Server()
    error = NetworkError(detail="the line is down")
    client = WatchedModels(ScriptedClient(error=error), server.look, VirtualClock(), "ollama")
    client.announce_to(bus)

    async def talk() -> AsyncIterator[None]:
        assert isinstance(await settle(fold(client.stream(ask("m", "Hello")))), Failure)
        yield

    assert await states(bus, talk()) == ["ollama/m loading", "ollama/m failed"]


@pytest.mark.parametrize("state", [Success("loaded"), Failure(NetworkError(detail="no route"))])
async def test_nothing_is_told_of_a_model_that_is_there_or_of_which_nothing_is_known(
    state: Result[str, ProviderError],
) -> None:
    bus, server = EventBus(), Server(state)
    client = WatchedModels(ScriptedClient(), server.look, VirtualClock(), "ollama")
    client.announce_to(bus)

    async def talk() -> AsyncIterator[None]:
        assert isinstance(await settle(client.chat(ask("m", "Hello"))), Success)
        yield

    assert await states(bus, talk()) == []
    assert server.looks == 1


async def test_where_nobody_listens_nobody_looks() -> None:
    server = Server()
    client = WatchedModels(ScriptedClient(), server.look, VirtualClock(), "ollama")
    client.announce_to(EventBus())
    assert isinstance(await settle(client.chat(ask("m", "Hello"))), Success)
    assert server.looks == 0


async def test_an_app_tells_of_the_models_of_its_servers() -> None:
    async with simulated("ollama") as (app, server):
        with app.events.listen(ModelStateChange) as notices:
            assert isinstance(await settle(app.client.chat(ask("ollama/sim", "Hello"))), Success)
            assert notices.statistics().current_buffer_used == 0
        assert "/api/ps" in [one.path for one in server.requests()]
