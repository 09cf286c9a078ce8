"""The whole App with no world in it: for the tests of programs that use pointsman. Part of the product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from returns.future import FutureResult
from returns.result import Success

from pointsman.adapters.fakes.client import Script, ScriptedClient
from pointsman.adapters.fakes.clock import VirtualClock
from pointsman.adapters.fakes.model_book import ToldModels
from pointsman.adapters.fakes.random import FixedRandom
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.app import Clients, Layers
from pointsman.layers.stack import Facts
from pointsman.layers.stores import in_memory
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock


def fake(clients: Mapping[str, Client] | Script | None = None, clock: VirtualClock | None = None) -> Layers:
    """Layers whose providers are scripted and whose clock moves by itself.

    `clients` is a client for each provider name, or one script for a provider named `fake`; without it `fake` echoes.
    The middleware around them is the real one: a `RateLimitExceeded` in a script is retried, in no time.
    """
    if clients is None:
        named: Mapping[str, Client] = {"fake": ScriptedClient()}
    elif isinstance(clients, Mapping):
        named = cast("Mapping[str, Client]", clients)
    else:
        named = {"fake": ScriptedClient(clients)}

    @asynccontextmanager
    async def opened(settings: Settings, clock: Clock) -> AsyncIterator[Clients]:
        yield named

    time = clock or VirtualClock()
    return Layers(
        load=lambda: Success(fake_settings(*named)),
        clock=lambda: time,
        chance=FixedRandom,
        resolve=FutureResult.from_value,
        clients=opened,
        stores=in_memory,
        facts=lambda settings: {name: Facts(kind="custom", model="") for name in named},
        book=lambda settings, facts: ToldModels(),
        known=lambda: frozenset(named),
    )


def fake_settings(*providers: str) -> Settings:
    """Settings for `fake`: the first of `providers` is the default; without any, `fake` is."""
    names = providers or ("fake",)
    return Settings(
        providers={name: ProviderSettings(name=name, kind="custom") for name in names}, default_provider=names[0]
    )
