"""A whole App over scripted clients with prices, on a virtual clock: what the tests of the manager stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman import (
    App,
    ChatError,
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    Settings,
    StreamEvent,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Attempt
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.price import Price, Rates
from pointsman.layers.parts import ProviderDescription
from pointsman.services.ports.client import ChatClient, Client
from pointsman.testing import FixedModels, ScriptedClient, VirtualClock

FACTS = ProviderDescription(kind="custom", model="m")
KINDS = ("openai", "anthropic", "ollama", "gemini")


def priced(dollars: str, **facts: Any) -> ModelFacts:
    """Facts of a model that costs `dollars` for a million tokens, in or out."""
    rate = Decimal(dollars)
    return attrs.evolve(ModelFacts(price=Price(rates=Rates(input=rate, output=rate))), **facts)


def answer(text: str = "fine", *, provider: str = "fake", usage: Usage | None = None) -> ChatResponse:
    """A response that used 100 tokens in and 100 out."""
    return ChatResponse(
        parts=(Text(text),),
        finish_reason=Finish.STOP,
        usage=usage or Usage(100, 100, 0, 0, 0),
        model="m",
        provider=provider,
        id="1",
        latency_ms=1.0,
        attempts=(Attempt(provider, "m", 1.0),),
    )


@asynccontextmanager
async def managed(
    clients: Mapping[str, Client] | Client,
    told: Mapping[str, ModelFacts] | None = None,
    settings: Settings | None = None,
    clock: VirtualClock | None = None,
    **changes: Any,
) -> AsyncIterator[App]:
    """An open App; the model of each client is `m`, unless `told` names others."""
    named: Mapping[str, Client] = clients if isinstance(clients, Mapping) else {"fake": clients}
    layers = attrs.evolve(
        fake(named, clock or VirtualClock()),
        book=lambda settings, facts: FixedModels(told or {}),
        facts=lambda settings: {
            name: attrs.evolve(FACTS, kind=name, family=PROVIDERS[name].family or name, local=name == "ollama")
            if name in KINDS
            else FACTS
            for name in named
        },
    )
    async with open_app(layers, attrs.evolve(settings or fake_settings(*named), **changes)) as opened:
        yield opened.unwrap()


async def chat(client: ChatClient, request: ChatRequest) -> ChatResponse | ChatError:
    """The outcome of a chat."""
    return unwrap_or_failure(await settle(client.chat(request)))


async def stream(client: ChatClient, request: ChatRequest) -> list[StreamEvent]:
    """All events of a stream."""
    async with client.stream(request) as events:
        return [event async for event in events]


async def continued(client: Client, request: CompletionRequest) -> list[StreamEvent]:
    """All events of a streamed completion."""
    async with client.stream(request) as events:
        return [event async for event in events]


def scripted(name: str, text: str | None = None) -> ScriptedClient:
    """A client named `name` that always answers the same."""
    return ScriptedClient(lambda request: answer(text or f"from {name}", provider=name), provider=name)


@attrs.define
class Gated(ScriptedClient):
    """A client that answers a chat only when its gate is open."""

    gate: anyio.Event = attrs.field(factory=anyio.Event)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The next reply of the script, after the gate."""
        await self.gate.wait()
        return await ScriptedClient.call_chat(self, request)
