"""How an `App` is put together: one recipe a service, opened in one exit stack, on one screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeAlias, TypeVar

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.models.aliases import Aliases
from pointsman.core.prompts.book import PromptBook
from pointsman.core.settings import Settings
from pointsman.layers.stack import Facts, Parts, around, managed, places_of
from pointsman.services.app import App, Program
from pointsman.services.event_bus import EventBus
from pointsman.services.health import keep_alive
from pointsman.services.interceptors.breaker import CircuitBreaker
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.interceptors.interceptor import Interceptor
from pointsman.services.manager import Manager
from pointsman.services.middleware.hooks import After, Before
from pointsman.services.middleware.while_open import WhileOpen
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.random import Random
from pointsman.services.ports.stores import Stores
from pointsman.services.tasks.background import Background

_Value = TypeVar("_Value")
Clients: TypeAlias = Mapping[str, Client]


@attrs.frozen(kw_only=True)
class Layers:
    """One recipe a service; `attrs.evolve(live, clock=...)` swaps any of them.

    `resolve` may complete the settings before anything is opened (find a local server, say). `clients` opens the bare
    clients by provider name; `around` puts middleware around each of them. `facts` tells of each configured provider
    what its settings do not. `stores` opens what keeps things; it may fail. `before` and `after` are the user's hooks.
    """

    clock: Callable[[], Clock]
    chance: Callable[[], Random]
    resolve: Callable[[Settings], FutureResult[Settings, ConfigurationError]]
    clients: Callable[[Settings, Clock], AbstractAsyncContextManager[Clients]]
    stores: Callable[[Settings], AbstractAsyncContextManager[Result[Stores, ConfigurationError]]]
    facts: Callable[[Settings], Mapping[str, Facts]]
    book: Callable[[Settings, Mapping[str, Facts]], ModelBook]
    around: Callable[[Clients, Parts], Clients] = around
    telemetry: Callable[[Settings], Result[tuple[Interceptor, ...], ConfigurationError]] = lambda settings: Success(())
    prompts: Callable[[Settings], Result[PromptBook, ConfigurationError]] = lambda settings: Success(PromptBook())
    events: Callable[[], EventBus] = EventBus
    known: Callable[[], frozenset[str]] = frozenset
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()


@asynccontextmanager
async def open_app(layers: Layers, settings: Settings) -> AsyncIterator[Result[App, ConfigurationError]]:
    """A running `App`, closed with the scope; or what is wrong with the settings."""
    resolved = await settle(layers.resolve(settings))
    if isinstance(resolved, Failure):
        yield Failure(resolved.failure())
        return
    raised: BaseException | None = None
    async with AsyncExitStack() as stack:
        opened = await _opened(layers, resolved.unwrap(), stack)
        try:
            yield opened
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as problem:  # the caller's own: the task group must not wrap it
            raised = problem
    if raised is not None:
        raise raised


async def _opened(layers: Layers, settings: Settings, stack: AsyncExitStack) -> Result[App, ConfigurationError]:
    stores = await stack.enter_async_context(layers.stores(settings))
    prompts, telemetry = layers.prompts(settings), layers.telemetry(settings)
    for opened in (stores, prompts, telemetry):
        if isinstance(opened, Failure):
            return Failure(opened.failure())
    group = await stack.enter_async_context(anyio.create_task_group())
    stack.callback(group.cancel_scope.cancel)
    lifetime = OpenedHere("this App")
    stack.callback(lifetime.close)
    clock = layers.clock()
    bare = await stack.enter_async_context(layers.clients(settings, clock))
    default = settings.default_provider
    if default is None or default not in bare:
        problem = f"the default provider {default!r} is not configured" if default else "no provider is configured"
        return Failure(ConfigurationError(detail=problem, problems=(problem,)))
    parts = _parts(layers, settings, default, bare, stores.unwrap(), clock, Background(group, lifetime))
    parts = attrs.evolve(parts, prompts=prompts.unwrap(), telemetry=telemetry.unwrap())
    wrong = _wrong_references(parts)
    if wrong:
        return Failure(ConfigurationError(detail="; ".join(wrong), problems=wrong))
    clients = {name: WhileOpen(client, lifetime) for name, client in layers.around(bare, parts).items()}
    for name, provider in settings.providers.items():
        if provider.keep_alive and name in clients:
            group.start_soon(keep_alive, name, clients[name], clock, provider.keep_alive, parts.bus.publish)
    manager = managed(clients, parts)
    manager = attrs.evolve(manager, client=WhileOpen(manager.client, lifetime))
    return Success(_app(manager, clients, stores.unwrap(), parts))


def _parts(
    layers: Layers,
    settings: Settings,
    default: str,
    bare: Clients,
    kept: Stores,
    clock: Clock,
    background: Background,
) -> Parts:
    """What the stack is made of, but for prompts and telemetry."""
    facts = {name: found for name, found in layers.facts(settings).items() if name in bare}
    book, bus = layers.book(settings, facts), layers.events()
    return Parts(
        settings=settings,
        default=default,
        facts=facts,
        known=layers.known(),
        aliases=Aliases(settings.aliases),
        clock=clock,
        chance=layers.chance(),
        book=book,
        scoreboard=kept.scoreboard,
        ledger=kept.ledger,
        usage_log=kept.usage_log,
        cache=kept.cache if settings.cache.enabled else None,
        conversations=kept.conversations,
        memories=kept.memories,
        prompts=PromptBook(),
        bus=bus,
        background=background,
        breaker=CircuitBreaker(clock, settings.breaker, bus.publish),
        keeper=BudgetKeeper(settings.budgets, kept.ledger, book, clock, bus.publish),
        before=layers.before,
        after=layers.after,
    )


def _app(manager: Manager, clients: Clients, stores: Stores, parts: Parts) -> App:
    return App(
        client=manager,
        clients=clients,
        clock=parts.clock,
        chance=parts.chance,
        settings=parts.settings,
        manager=manager,
        stores=stores,
        events=parts.bus,
    )


def _wrong_references(parts: Parts) -> tuple[str, ...]:
    """Models that the settings name and that cannot be asked."""
    routing, places = parts.settings.routing, places_of(parts)
    named = {
        "aliases": tuple(parts.settings.aliases.values()),
        "routing.candidates": routing.candidates,
        "routing.context_fallback": routing.context_fallback,
        "routing.filter_fallback": routing.filter_fallback,
    }
    return tuple(
        f"{place}: the provider of {ref!r} is not configured"
        for place, refs in named.items()
        for ref in refs
        if places.place(parts.aliases.resolve(ref)) is None
    )


def provide(program: Program[_Value], layers: Layers, settings: Settings) -> FutureResult[_Value, LLMError]:
    """Open an app, run `program` in it, close the app: an effect with nothing left to be given."""
    return _provided(program, layers, settings)


@effect
async def _provided(program: Program[_Value], layers: Layers, settings: Settings) -> Result[_Value, LLMError]:
    async with open_app(layers, settings) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        return await settle(program(opened.unwrap()))
