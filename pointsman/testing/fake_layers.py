"""The whole App with no world in it: for the tests of programs that use pointsman. Part of the product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import cast

import attrs
from returns.future import FutureResult
from returns.result import Success

from pointsman.adapters.prices.book import PriceBook
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.models.model import NO_FACTS, ModelFacts
from pointsman.core.money.price import Price, Rates
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.app import Clients, Layers
from pointsman.layers.parts import Parts, ProviderDescription
from pointsman.layers.provider_facts import model_overrides, provider_facts
from pointsman.layers.stack import build_manager
from pointsman.layers.stores import in_memory
from pointsman.services.manager import Manager
from pointsman.services.middleware.time_limit import TimeLimited
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.testing.client import Script, ScriptedClient
from pointsman.testing.clock import FixedRandom, VirtualClock
from pointsman.testing.sandbox import FakeSandbox, always_opening

FAKE_PRICE = Price(rates=Rates(input=Decimal(1), output=Decimal(2)), source="fake")
"""Of the models that no table knows, in dollars for a million tokens: so budgets can be tried."""


def fake(clients: Mapping[str, Client] | Script | None = None, clock: VirtualClock | None = None) -> Layers:
    """Layers whose providers are scripted and whose clock moves by itself.

    `clients` is a client for each provider name, or one script for a provider named `fake`; without it `fake` echoes.
    The middleware around them is the real one: a `RateLimitExceeded` in a script is retried, in no time, and a request
    keeps its `timeout`. Prices are the settings' own, else those of the provider's kind, or of its name where the
    settings name no kind; a model that none of them knows costs `FAKE_PRICE`.
    """
    if clients is None:
        named: Mapping[str, Client] = {"fake": ScriptedClient()}
    elif isinstance(clients, Mapping):
        named = cast("Mapping[str, Client]", clients)
    else:
        named = {"fake": ScriptedClient(clients)}

    @asynccontextmanager
    async def open_clients(settings: Settings, clock: Clock) -> AsyncIterator[Clients]:
        for client in named.values():
            if isinstance(client, ScriptedClient) and client.clock is None:
                client.clock = clock
        yield {name: TimeLimited(client, clock, name) for name, client in named.items()}

    time = clock or VirtualClock()
    return Layers(
        load=lambda: Success(fake_settings(*named)),
        clock=lambda: time,
        random=FixedRandom,
        resolve=FutureResult.from_value,
        clients=open_clients,
        stores=in_memory,
        facts=lambda settings: _facts(settings, named),
        book=_book,
        known=lambda: frozenset(named),
        sandbox=always_opening(FakeSandbox()),
    )


def _facts(settings: Settings, names: Iterable[str]) -> dict[str, ProviderDescription]:
    """What the provider table says of those whose kind the settings name; of the others nothing."""
    of_a_kind = {name: one for name, one in settings.providers.items() if name in names and one.kind != "custom"}
    known = provider_facts(attrs.evolve(settings, providers=of_a_kind))
    return {name: known.get(name, ProviderDescription(kind="custom", model="")) for name in names}


def _book(settings: Settings, facts: Mapping[str, ProviderDescription]) -> ModelBook:
    """The prices of each provider's kind; of one that is of none, those of the provider that is named as it is."""
    kinds = {name: name if one.kind == "custom" and name in PROVIDERS else one.kind for name, one in facts.items()}
    defaults = {name: PROVIDERS[kind].default_model or "" for name, kind in kinds.items() if kind in PROVIDERS}
    return _AllPriced(
        PriceBook(
            lists={name: PROVIDERS[kind].prices for name, kind in kinds.items() if kind in PROVIDERS},
            local=frozenset(name for name, kind in kinds.items() if kind in PROVIDERS and PROVIDERS[kind].local),
            overrides=model_overrides(settings),
            default_models=defaults | {name: one.model for name, one in facts.items() if one.model},
        )
    )


@attrs.frozen
class _AllPriced:
    """A `ModelBook` in which `FAKE_PRICE` stands where `book` has no price."""

    book: ModelBook

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        facts = self.book.facts(provider, model)
        return facts if facts.price is not None else attrs.evolve(facts, price=FAKE_PRICE)


def fake_settings(*providers: str) -> Settings:
    """Settings for `fake`: the first of `providers` is the default; without any, `fake` is."""
    names = providers or ("fake",)
    return Settings(
        providers={name: ProviderSettings(name=name, kind="custom") for name in names}, default_provider=names[0]
    )


def manager_over(client: Client) -> Callable[[Clients, Parts], Manager]:
    """The recipe of a manager that asks `client` whatever it is asked: nothing is routed, cached or recorded.

    Its conversations, memories and reports are the real ones: `fake().but(manager=manager_over(mine))`.
    """

    def put_together(clients: Clients, parts: Parts) -> Manager:
        whole = build_manager(clients, parts)
        talks = whole.conversations.through(client)
        return attrs.evolve(whole, client=client, conversations=talks)

    return put_together


@attrs.frozen
class FixedModels:
    """Facts by `provider/model`, and nothing of any other."""

    by_model: Mapping[str, ModelFacts] = attrs.field(factory=dict)

    def facts(self, provider: str, model: str) -> ModelFacts:
        """As `ModelBook.facts`."""
        return self.by_model.get(f"{provider}/{model}", NO_FACTS)
