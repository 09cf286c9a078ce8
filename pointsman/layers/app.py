"""How an `App` is put together: one recipe a service, opened in one exit stack, on one screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.models.aliases import Aliases
from pointsman.core.money.settlement import WhenLeft
from pointsman.core.on_demand import on_first_use
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.settings import Settings
from pointsman.layers.documents import document_reader
from pointsman.layers.parts import Parts, ProviderDescription
from pointsman.layers.recipes import Clients as Clients
from pointsman.layers.recipes import Layers as Layers
from pointsman.layers.recipes import Opened as Opened
from pointsman.layers.recipes import all_facts, as_result, own_clients, with_own_providers, without_own_providers
from pointsman.layers.routes import places_of
from pointsman.services.app import App, Program
from pointsman.services.call_log import log_calls
from pointsman.services.event_bus import Announcer, Publish
from pointsman.services.health import keep_alive
from pointsman.services.interceptors.abandoned import AbandonedReading
from pointsman.services.interceptors.breaker import CircuitBreaker, OwnCircuits
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.manager import Manager
from pointsman.services.middleware.while_open import WhileOpen
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.stores import Stores
from pointsman.services.routing.evidence_keeper import EvidenceKeeper
from pointsman.services.tasks.background import Background, keep_running
from pointsman.services.tasks.together import tasks_together

_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


@asynccontextmanager
async def open_app(layers: Layers, settings: Settings | None = None) -> AsyncIterator[Result[App, ConfigurationError]]:
    """A running `App`, closed with the scope; or what is wrong with the settings, wherever they came from.

    Without `settings` the layers' own are taken: those of `live` from environment and settings file, those of `fake`
    name its clients.
    """
    connected = layers.over_transport()
    if isinstance(connected, Failure):
        yield Failure(connected.failure())
        return
    layers = connected.unwrap()
    resolved = await _settings_of(layers, settings)
    if isinstance(resolved, Failure):
        yield Failure(resolved.failure())
        return
    raised: BaseException | None = None
    async with AsyncExitStack() as stack:
        opened = await _open_services(layers, resolved.unwrap(), stack)
        try:
            yield opened
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as problem:  # the caller's own: the task group must not wrap it
            raised = problem
    if raised is not None:
        raise raised


async def _settings_of(layers: Layers, settings: Settings | None) -> Result[Settings, ConfigurationError]:
    """The settings in order, complete, and with the layers' own providers in them."""
    from pointsman.layers.settings.rules import check_settings

    if layers.conflicts:
        return Failure(ConfigurationError(detail="; ".join(layers.conflicts), problems=layers.conflicts))
    given = layers.load() if settings is None else Success(settings)
    checked = given.map(lambda read: with_own_providers(layers, read)).bind(check_settings)
    if isinstance(checked, Failure) or checked.unwrap().default_provider in layers.providers:
        return checked
    resolved = await settle(layers.resolve(without_own_providers(layers, checked.unwrap())))
    return resolved.map(lambda read: with_own_providers(layers, read))


async def _open_services(layers: Layers, settings: Settings, stack: AsyncExitStack) -> Result[App, ConfigurationError]:
    stores, theirs = await _open_stores(layers, settings, stack), without_own_providers(layers, settings)
    prompts, telemetry, tracer = layers.prompts(settings), layers.telemetry(theirs), layers.tracer(theirs)
    for opened in (stores, prompts, telemetry, tracer):
        if isinstance(opened, Failure):
            return Failure(opened.failure())
    group = await stack.enter_async_context(tasks_together())
    stack.callback(group.cancel_scope.cancel)
    lifetime = OpenedHere("this App")
    stack.callback(lifetime.close)
    clock = layers.clock()
    ready = await stack.enter_async_context(layers.clients(theirs, clock))
    found = as_result(ready)
    if isinstance(found, Failure):
        return Failure(found.failure())
    bare: Clients = {**found.unwrap(), **own_clients(layers, clock)}
    default = settings.default_provider
    if default is None or default not in bare:
        problem = f"the default provider {default!r} is not configured" if default else "no provider is configured"
        return Failure(configuration_error(problem))
    parts = _parts(layers, settings, default, bare, stores.unwrap(), clock, Background(group, lifetime))
    parts = attrs.evolve(parts, prompts=prompts.unwrap(), telemetry=telemetry.unwrap(), tracer=tracer.unwrap())
    for client in (*bare.values(), parts.shared):
        if isinstance(client, Announcer):
            client.announce_to(parts.bus)
    wrong = _wrong_references(parts)
    if wrong:
        return Failure(configuration_error(*wrong))
    clients = {name: WhileOpen(client, lifetime) for name, client in layers.around(bare, parts).items()}
    for name, provider in settings.providers.items():
        if provider.keep_alive and name in clients:
            model, seconds = parts.facts[name].model, provider.keep_alive
            keep = partial(keep_alive, name, clients[name], clock, seconds, parts.bus.publish, model, layers.is_on_duty)
            group.start_soon(keep_running, f"keeping {name} loaded", keep, clock.passive.sleep)
    await stack.enter_async_context(parts.evidence.follow(parts.bus))
    await stack.enter_async_context(log_calls(parts.bus))
    manager = layers.manager(clients, parts)
    manager = attrs.evolve(manager, client=WhileOpen(manager.client, lifetime))
    alone = {name: Intercepted(client, (), clock, name) for name, client in clients.items()}
    return Success(_app(layers, manager, alone, stores.unwrap(), parts))


async def _open_stores(layers: Layers, settings: Settings, stack: AsyncExitStack) -> Result[Stores, ConfigurationError]:
    """The stores, each that has a recipe of its own by that."""
    opened = await stack.enter_async_context(layers.stores(settings))
    for name, recipe in layers.each_store.items():
        if isinstance(opened, Failure):
            break
        one = await stack.enter_async_context(recipe(settings))
        opened = opened.bind(partial(_with_store, name, one))
    return opened


def _with_store(
    name: str, store: Result[object, ConfigurationError], stores: Stores
) -> Result[Stores, ConfigurationError]:
    def put(opened: object) -> Stores:
        changes: dict[str, Any] = {name.removesuffix("_store"): opened}
        return attrs.evolve(stores, **changes)

    return store.map(put)


def _parts(
    layers: Layers, settings: Settings, default: str, bare: Clients, kept: Stores, clock: Clock, background: Background
) -> Parts:
    """What the stack is made of, but for prompts, telemetry and tracer."""
    facts = {name: found for name, found in all_facts(layers, settings).items() if name in bare}
    book, bus = layers.book(settings, facts), layers.events()
    return Parts(
        settings=settings,
        default=default,
        facts=facts,
        known=layers.known(),
        aliases=Aliases(settings.aliases),
        clock=clock,
        random=layers.random(),
        book=book,
        scoreboard=kept.scoreboard,
        evidence=EvidenceKeeper(kept.evidence, clock, kept.scoreboard, bus.publish),
        ledger=kept.ledger,
        usage_log=kept.usage_log,
        shared=kept.limiter,
        leases=kept.leases,
        cache=kept.cache if settings.cache.enabled else None,
        conversations=kept.conversations,
        memories=kept.memories,
        collections=kept.collections,
        prompts=PromptBook(),
        bus=bus,
        background=background,
        breaker=CircuitBreaker(clock, settings.breaker, bus.publish, kept.circuits or OwnCircuits()),
        keeper=_keeper(settings, facts, kept.ledger, book, clock, bus.publish, background),
        structure=layers.structure(),
        router=layers.router,
        before=layers.before,
        after=layers.after,
        middleware=layers.middleware(settings),
    )


def _keeper(
    settings: Settings,
    facts: Mapping[str, ProviderDescription],
    ledger: Ledger,
    book: ModelBook,
    clock: Clock,
    publish: Publish,
    background: Background,
) -> BudgetKeeper:
    usage = settings.usage
    when_left: dict[str, WhenLeft] = {name: one.when_left for name, one in facts.items()}
    return BudgetKeeper(
        settings.budgets,
        ledger,
        book,
        clock,
        publish,
        stops_with_client=frozenset(name for name, left in when_left.items() if left == "stops"),
        reading=AbandonedReading(background, when_left, usage.read_abandoned, usage.read_abandoned_bytes),
    )


def _app(layers: Layers, manager: Manager, clients: Clients, stores: Stores, parts: Parts) -> App:
    return App(
        client=manager,
        clients=clients,
        clock=parts.clock,
        random=parts.random,
        settings=parts.settings,
        manager=manager,
        stores=stores,
        events=parts.bus,
        tracer=parts.tracer,
        open_sandbox=layers.sandbox,
        documents=on_first_use(partial(document_reader, manager, layers.extractors, parts.settings.plugins.disabled)),
    )


def _wrong_references(parts: Parts) -> tuple[str, ...]:
    """Models that the settings name and that cannot be asked."""
    routing, places = parts.settings.routing, places_of(parts)
    named = {
        "aliases": tuple(parts.settings.aliases.values()),
        "routing.candidates": routing.candidates,
        "routing.context_fallback": routing.context_fallback,
        "routing.filter_fallback": routing.filter_fallback,
        "routing.error_classifier": (routing.error_classifier,) if routing.error_classifier else (),
    }
    return tuple(
        f"{place}: the provider of {ref!r} is not configured"
        for place, refs in named.items()
        for ref in refs
        if places.place(parts.aliases.resolve(ref)) is None
    )


@effect
async def provide(
    program: Program[_Value, _Error], layers: Layers, settings: Settings | None = None
) -> Result[_Value, _Error | ConfigurationError]:
    """Open an app, run `program` in it, close the app: an effect with nothing left to be given."""
    async with open_app(layers, settings) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        return await settle(program(opened.unwrap()))
