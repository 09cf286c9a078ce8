"""How an `App` is put together: one recipe a service, opened in one exit stack, on one screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeAlias, TypeVar

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.backoff import Backoff
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.settings import RetrySettings, Settings
from pointsman.services.app import App, Program
from pointsman.services.by_reference import ByReference
from pointsman.services.chance import Chance
from pointsman.services.client import Client
from pointsman.services.clock import Clock
from pointsman.services.fallback import Fallback, Step
from pointsman.services.health import keep_alive
from pointsman.services.retrying import Retrying
from pointsman.services.with_chat import WithChat

_Value = TypeVar("_Value")
Clients: TypeAlias = Mapping[str, Client]


@attrs.frozen(kw_only=True)
class Layers:
    """One recipe a service; `attrs.evolve(live, clock=...)` swaps any of them.

    `resolve` may complete the settings before anything is opened (find a local server, say). `clients` opens the bare
    clients by provider name; `around` puts middleware around each of them.
    """

    clock: Callable[[], Clock]
    chance: Callable[[], Chance]
    resolve: Callable[[Settings], FutureResult[Settings, ConfigurationError]]
    clients: Callable[[Settings, Clock], AbstractAsyncContextManager[Clients]]
    around: Callable[[Client, Settings, Clock, Chance], Client]
    known: Callable[[], frozenset[str]] = frozenset


@asynccontextmanager
async def open_app(layers: Layers, settings: Settings) -> AsyncIterator[Result[App, ConfigurationError]]:
    """A running `App`, closed with the scope; or what is wrong with the settings."""
    resolved = await settle(layers.resolve(settings))
    if isinstance(resolved, Failure):
        yield Failure(resolved.failure())
        return
    found = resolved.unwrap()
    async with AsyncExitStack() as stack:
        clock, chance = layers.clock(), layers.chance()
        bare = await stack.enter_async_context(layers.clients(found, clock))
        clients = {name: layers.around(client, found, clock, chance) for name, client in bare.items()}
        client = _asked_by_reference(layers, found, clients, clock)
        if isinstance(client, Failure):
            yield client
            return
        await _keep_awake(stack, found, clients, clock)
        yield Success(App(client=client.unwrap(), clients=clients, clock=clock, chance=chance, settings=found))


def _asked_by_reference(
    layers: Layers, settings: Settings, clients: Clients, clock: Clock
) -> Result[Client, ConfigurationError]:
    default = settings.default_provider
    if default is None or default not in clients:
        problem = f"the default provider {default!r} is not configured" if default else "no provider is configured"
        return Failure(ConfigurationError(detail=problem, problems=(problem,)))
    direct = ByReference(clients, default, layers.known())
    if not settings.fallback:
        return Success(direct)
    steps = (Step(direct), *(Step(direct, model) for model in settings.fallback))
    return Success(WithChat(direct, Fallback(steps, clock)))


async def _keep_awake(stack: AsyncExitStack, settings: Settings, clients: Clients, clock: Clock) -> None:
    """Ping the providers that are to be kept awake, until the app closes."""
    wanted = {name: provider.keep_alive for name, provider in settings.providers.items() if provider.keep_alive}
    if not wanted:
        return
    group = await stack.enter_async_context(anyio.create_task_group())
    stack.callback(group.cancel_scope.cancel)
    for name, seconds in wanted.items():
        if name in clients:
            group.start_soon(keep_alive, clients[name], clock, seconds, lambda ping: None)


def retrying(client: Client, settings: Settings, clock: Clock, chance: Chance) -> Client:
    """The middleware that every provider has: retries by the settings."""
    return Retrying(client, clock, chance, backoff(settings.retries))


def backoff(retries: RetrySettings) -> Backoff:
    """The settings as the policy of `Retrying`."""
    return Backoff(retries.max_retries, retries.base_delay, retries.max_delay, 0.25, retries.retry_after_cap)


def provide(program: Program[_Value], layers: Layers, settings: Settings) -> FutureResult[_Value, LLMError]:
    """Open an app, run `program` in it, close the app: an effect with nothing left to be given."""
    return _provided(program, layers, settings)


@effect
async def _provided(program: Program[_Value], layers: Layers, settings: Settings) -> Result[_Value, LLMError]:
    async with open_app(layers, settings) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        return await settle(program(opened.unwrap()))
