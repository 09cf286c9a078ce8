"""A process that makes calls without end, many at once, for the tests that kill it.

`python -m tests.services.bill_process DATABASE ADDRESS SEED BACKEND`
"""

from __future__ import annotations

import random
import sys
from decimal import Decimal

import anyio
import attrs

from pointsman import (
    Budget,
    CallOptions,
    ModelSettings,
    ProviderSettings,
    Settings,
    TextDelta,
    ask,
    live,
    open_app,
    settle,
)
from pointsman.services.app import App

BUDGETS = (
    Budget(name="all", usd=Decimal(50), period="total"),
    Budget(name="each", usd=Decimal(25), period="total", scope="tenant"),
)
TENANTS = ("ann", "bob")
ENDINGS = ("whole", "whole", "silent", "cut", "refused", "slow", "stream", "stream", "left")
AT_ONCE = 6


def settings_for(database: str, address: str) -> Settings:
    """One provider, of which every model costs ten dollars a million tokens."""
    provider = ProviderSettings(name="openai", kind="custom", base_url=f"{address}/v1", model="m")
    return Settings(
        providers={"openai": provider},
        default_provider="openai",
        models={"openai/*": ModelSettings(input=Decimal(10), output=Decimal(10))},
        budgets=BUDGETS,
        database=database,
    )


async def make(app: App, chance: random.Random) -> None:
    """One call, which ends as its model's name says."""
    ending, most = chance.choice(ENDINGS), chance.randint(1, 200)
    options = CallOptions(tenant=chance.choice(TENANTS))
    request = attrs.evolve(ask(f"openai/{ending}", "word " * chance.randint(1, 40), options), max_tokens=most)
    with anyio.move_on_after(0.05 if ending == "slow" else 30):
        if ending not in ("stream", "left"):
            await settle(app.client.chat(request))
            return
        async with app.client.stream(request) as events:
            async for event in events:
                if ending == "left" and isinstance(event, TextDelta):
                    break


async def run(database: str, address: str, seed: str) -> None:
    chance = random.Random(seed)
    async with open_app(live, settings_for(database, address)) as opened, anyio.create_task_group() as tasks:
        app = opened.unwrap()

        async def lane() -> None:
            while True:
                await make(app, chance)

        for _ in range(AT_ONCE):
            tasks.start_soon(lane)


if __name__ == "__main__":
    anyio.run(run, sys.argv[1], sys.argv[2], sys.argv[3], backend=sys.argv[4])
