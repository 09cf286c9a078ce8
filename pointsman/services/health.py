"""How all providers are, asked at once; and the ping that keeps one awake."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
from returns.methods import unwrap_or_failure
from returns.result import Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import ChatError
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.clock import Clock


@effect
async def health(clients: Mapping[str, Client], clock: Clock) -> Result[tuple[Ping, ...], ChatError]:
    """A ping of each client, in the order of their names, all asked at the same time."""
    found: dict[str, Ping] = {}

    async def one(name: str, client: Client) -> None:
        found[name] = await _ping(name, client, clock)

    async with anyio.create_task_group() as group:
        for name, client in clients.items():
            group.start_soon(one, name, client)
    return Success(tuple(found[name] for name in sorted(found)))


async def _ping(name: str, client: Client, clock: Clock) -> Ping:
    outcome = unwrap_or_failure(await settle(client.ping()))
    return outcome if isinstance(outcome, Ping) else Ping(name, False, 0.0, clock.now(), outcome)


async def keep_alive(client: Client, clock: Clock, seconds: float, report: Callable[[Ping], None]) -> None:
    """Ping `client` every `seconds` until cancelled, so that a local server keeps its model loaded."""
    while True:
        await clock.sleep(seconds)
        outcome = unwrap_or_failure(await settle(client.ping()))
        if isinstance(outcome, Ping):
            report(outcome)
