"""The simulator on a real socket, and an App whose every provider row leads to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from returns.methods import unwrap_or_failure

from pointsman import (
    App,
    ChatError,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    ProviderSettings,
    Settings,
    StreamEvent,
    Timeouts,
    open_app,
    settle,
)
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.simulator.listener import RunningSimulator, serve
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.core.security.secret import Secret
from pointsman.core.settings import RetrySettings, UsageSettings
from pointsman.layers.live import live
from pointsman.layers.simulation import simulated_path, simulator

KEY = "sk-simulated-secret-0123456789"
STRICT = True
"""Whether the simulators that the tests start refuse what the vendors refuse."""


def settings_at(
    address: str, *names: str, timeouts: Timeouts | None = None, retries: int = 0, read_abandoned: float = 30.0
) -> Settings:
    """Settings in which each of `names` (default: all rows) is the simulator at `address`."""
    providers = {
        name: ProviderSettings(
            name=name,
            kind=name,
            base_url=address + simulated_path(row),
            api_key=Secret(KEY),
            model="sim",
        )
        for name, row in PROVIDERS.items()
        if not names or name in names
    }
    return Settings(
        providers=providers,
        default_provider=next(iter(providers)),
        timeouts=timeouts or Timeouts(),
        retries=RetrySettings(max_retries=retries, base_delay=0.001, max_delay=0.002),
        usage=UsageSettings(read_abandoned=read_abandoned),
    )


@asynccontextmanager
async def simulated(
    *names: str,
    timeouts: Timeouts | None = None,
    retries: int = 0,
    scenario: Scenario | None = None,
    key: str | None = None,
    strict: bool = STRICT,
    read_abandoned: float = 30.0,
) -> AsyncIterator[tuple[App, RunningSimulator]]:
    """A running simulator and a live App on it."""
    made = simulator(scenario=scenario, api_key=Secret(key) if key else None, strict=strict)
    async with serve(made) as server:
        settings = settings_at(
            server.address, *names, timeouts=timeouts, retries=retries, read_abandoned=read_abandoned
        )
        async with open_app(live, settings) as opened:
            yield opened.unwrap(), server


@asynccontextmanager
async def simulated_at(address: str, *names: str) -> AsyncIterator[App]:
    """A live App whose providers `names` all listen at `address`."""
    async with open_app(live, settings_at(address, *names)) as opened:
        yield opened.unwrap()


async def chat(app: App, request: ChatRequest) -> ChatResponse | ChatError:
    """The outcome of a chat."""
    return unwrap_or_failure(await settle(app.client.chat(request)))


async def stream(app: App, request: ChatRequest | CompletionRequest) -> list[StreamEvent]:
    """All events of a stream."""
    async with app.client.stream(request) as events:
        return [event async for event in events]


def count_calls(server: RunningSimulator) -> int:
    """How many requests came, but for those for lists of models, which the meaning of a model's name may hang on."""
    stats = server.stats()
    return stats.requests - sum(n for path, n in stats.by_path.items() if path.endswith(("/models", "/api/tags")))
