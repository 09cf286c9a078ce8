"""A process that makes calls in every manner, many at once, until its standard input ends: see `test_money.py`.

`CONFIG SEED BACKEND`: what it asks by, what decides its calls, and the event loop it runs in.
"""

from __future__ import annotations

import random
import sys

import anyio
import anyio.to_thread
import attrs

from pointsman import App, CallOptions, ask, open_app, settle
from pointsman.core.chat.event import TextDelta
from pointsman.layers.live import live
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments
from tests.managed import stream

CALLERS = 3
PATIENCE = 0.5
"""Seconds after which a caller leaves, whatever it has got until then."""


async def call_until_told(config: str, seed: str) -> None:
    chance = random.Random(seed)
    settings = load_settings(Arguments(), config, {}).unwrap()
    async with open_app(live, settings) as opened, anyio.create_task_group() as group:
        for _ in range(CALLERS):
            group.start_soon(_call_again, opened.unwrap(), chance)
        print("ready", flush=True)
        await anyio.to_thread.run_sync(sys.stdin.readline)
        group.cancel_scope.cancel()
        print("idle", flush=True)
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(sys.stdin.readline)


async def _call_again(app: App, chance: random.Random) -> None:
    while True:
        await _call(app, chance)
        await anyio.sleep(0.01)


async def _call(app: App, chance: random.Random) -> None:
    options = CallOptions(
        tenant=chance.choice(("ann", "bob")),
        hedge_after=chance.choice((None, None, 0.001)),
        tags=chance.choice(((), ("t",))),
    )
    request = ask("one/m", "word " * chance.randint(1, 40), options)
    request = attrs.evolve(request, max_tokens=chance.randint(1, 300))
    how = chance.choice(("whole", "streamed", "left"))
    with anyio.move_on_after(PATIENCE):
        if how == "whole":
            await settle(app.client.chat(request))
        elif how == "streamed":
            await stream(app.client, request)
        else:
            async with app.client.stream(request) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        break


if __name__ == "__main__":
    anyio.run(call_until_told, sys.argv[1], sys.argv[2], backend=sys.argv[3])
