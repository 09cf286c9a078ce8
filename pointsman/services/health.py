"""How all providers are, asked at once; and what keeps the models of local ones loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Never

from returns.methods import unwrap_or_failure
from returns.result import Result, Success

from pointsman.core.effect import effect, settle
from pointsman.core.error import UnsupportedFeature
from pointsman.core.models.model import ModelHold
from pointsman.core.notice import ProviderStatusChange
from pointsman.services.event_bus import Publish
from pointsman.services.ports.client import HOLD_MODEL, Client, Ping
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together


@effect
async def health(clients: Mapping[str, Client], clock: Clock) -> Result[tuple[Ping, ...], Never]:
    """A ping of each client, in the order of their names, all asked at the same time."""
    found: dict[str, Ping] = {}

    async def one(name: str, client: Client) -> None:
        found[name] = await _ping(name, client, clock)

    async with tasks_together() as group:
        for name, client in clients.items():
            group.start_soon(one, name, client)
    return Success(tuple(found[name] for name in sorted(found)))


async def _ping(name: str, client: Client, clock: Clock) -> Ping:
    outcome = unwrap_or_failure(await settle(client.ping()))
    return outcome if isinstance(outcome, Ping) else Ping(name, False, 0.0, clock.now(), outcome)


async def keep_alive(
    name: str,
    client: Client,
    clock: Clock,
    seconds: float,
    publish: Publish,
    model: str = "",
    is_on_duty: Callable[[], bool] = lambda: True,
) -> None:
    """Every `seconds`, until cancelled, have the provider `name` keep its model loaded, or see whether it answers.

    When it stops answering, and when it begins again, a `ProviderStatusChange` says so.
    """
    was_there = True
    while True:
        await clock.passive.sleep(seconds)
        if not is_on_duty():  # another worker does it
            continue
        outcome = unwrap_or_failure(await client.call(HOLD_MODEL, ModelHold(model, hold_seconds(seconds))))
        if isinstance(outcome, UnsupportedFeature):
            return
        error = outcome.error if isinstance(outcome, Ping) else outcome
        is_there = isinstance(outcome, Ping) and outcome.ok
        if is_there != was_there:
            publish(ProviderStatusChange(model=name, state="closed" if is_there else "open", error=error))
        was_there = is_there


def hold_seconds(interval: float) -> float:
    """For how long a model is to be held by who asks every `interval` seconds: the next time may be late."""
    return 2 * interval + 30.0
