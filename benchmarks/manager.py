"""What the manager costs, and whether it holds under load.

python benchmarks/manager.py          # needs requirements-dev.txt; about a minute
python benchmarks/manager.py load     # only the load: 10,000 calls at 256 concurrent with 5 % faults
python benchmarks/manager.py call     # only what a call costs in memory, the client alone and the stack taking turns
"""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure

from pointsman import (
    App,
    Budget,
    CacheSettings,
    CallOptions,
    ChatRequest,
    ChatResponse,
    Limit,
    ModelFacts,
    ModelSettings,
    Price,
    Rates,
    RetrySettings,
    Settings,
    ask,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.chat.event import Done, Started, StreamEvent, TextDelta
from pointsman.core.chat.part import Text
from pointsman.core.chat.response import Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Attempt
from pointsman.layers.live import live
from pointsman.layers.simulation import simulated_settings
from pointsman.layers.stores import by_settings
from pointsman.services.middleware.retry import Retrying
from pointsman.services.ports.client import ChatClient
from pointsman.testing import FixedModels, ScriptedClient

CALLS, CHUNKS, ROUNDS = 2000, 4000, 5
ANSWER = ChatResponse(
    parts=(Text("A signal box stands beside the line. " * 8),),
    finish_reason=Finish.STOP,
    usage=Usage(20, 64, 0, 0, 0),
    model="m",
    provider="fake",
    id="1",
    latency_ms=1.0,
    attempts=(Attempt("fake", "m", 1.0),),
)
STREAM: list[StreamEvent] = [Started("1", "m"), *[TextDelta(f" word{n}") for n in range(CHUNKS)], Done(ANSWER)]
PRICE = Price(rates=Rates(input=Decimal(1), output=Decimal(2)))
EVERYTHING = attrs.evolve(
    fake_settings("fake"),
    cache=CacheSettings(enabled=True, max_entries=CALLS),
    budgets=(Budget(name="all", usd=Decimal(10**6)),),
    limits={"fake": Limit(requests_per_minute=10**7, tokens_per_minute=10**10, concurrent=1000)},
)


@asynccontextmanager
async def managed(settings: Settings, inner: ScriptedClient) -> AsyncIterator[App]:
    """The whole stack around `inner`, on the system's clock."""
    layers = attrs.evolve(
        fake({"fake": inner}),
        clock=SystemClock,
        stores=by_settings,
        book=lambda settings, facts: FixedModels({"fake/m": ModelFacts(price=PRICE)}),
    )
    async with open_app(layers, settings) as opened:
        yield opened.unwrap()


async def per_call(
    client: ChatClient, requests: Callable[[int], ChatRequest], first: int = 0, n: int = ROUNDS
) -> float:
    """CPU microseconds for one call, the best of `n` rounds from the one numbered `first`."""
    found = []
    for number in range(first, first + n):
        asked = [requests(number * CALLS + index) for index in range(CALLS)]
        began = time.process_time()
        for request in asked:
            await settle(client.chat(request))
        found.append((time.process_time() - began) / CALLS * 1e6)
    return min(found)


async def per_chunk(client: ChatClient) -> float:
    """CPU microseconds for one streamed event, the best of several rounds."""
    found = []
    for number in range(ROUNDS):
        began = time.process_time()
        async with client.stream(ask("fake/m", f"stream {number} {id(client)}")) as events:
            async for _ in events:
                pass
        found.append((time.process_time() - began) / CHUNKS * 1e6)
    return min(found)


def fresh(index: int) -> ChatRequest:
    return ask("fake/m", f"Which way to the station? {index}")


def same(index: int) -> ChatRequest:
    return ask("fake/m", "Which way to the station?")


async def overhead(folder: Path) -> None:
    """The table of what each call and chunk costs."""
    whole, streamed = ScriptedClient(lambda request: ANSWER), ScriptedClient(lambda request: STREAM)
    bare = await per_call(whole, lambda index: ask("m", f"Which way to the station? {index}"))
    row("call: the client alone", bare)
    tried = Retrying(whole, SystemClock(), fake().random())
    before = await per_call(tried, lambda index: ask("m", f"Which way to the station? {index}"))
    row("call: with its retries (what there was before the manager)", before, before - bare)
    async with managed(EVERYTHING, whole) as app:
        full = await per_call(app.client, fresh)
        row("call: + route, limit, budget, cache miss, record, events", full, full - before, "150 µs")
        hit = await per_call(app.client, same)
        row("call: cache hit, memory", hit, hit, "100 µs")
    on_disk = attrs.evolve(EVERYTHING, database=str(folder / "bench.db"))
    async with managed(on_disk, whole) as app:
        found = await per_call(app.client, fresh)
        row("call: the same, all in SQLite", found, found - before)
        wall = await hit_seconds(app)
        row("call: cache hit, SQLite (wall, median)", wall, wall, "1000 µs")
    alone = await per_chunk(streamed)
    row("chunk: the client alone", alone)
    retried = await per_chunk(Retrying(streamed, SystemClock(), fake().random()))
    row("chunk: with its retries", retried, retried - alone)
    async with managed(EVERYTHING, streamed) as app:
        chunk = await per_chunk(app.client)
        row("chunk: + the whole stack", chunk, chunk - retried, "2 µs")


async def in_turns() -> None:
    """What the stack adds to a call, the least of many rounds: for a machine that others use, too."""
    whole = ScriptedClient(lambda request: ANSWER)
    alone, full, hit = list[float](), list[float](), list[float]()
    async with managed(EVERYTHING, whole) as app:
        for number in range(3 * ROUNDS):
            alone.append(await per_call(whole, lambda index: ask("m", f"Which way to the station? {index}"), number, 1))
            full.append(await per_call(app.client, fresh, number, 1))
            hit.append(await per_call(app.client, same, number, 1))
    print(f"alone {min(alone):.1f}, all {min(full):.1f}, added {min(full) - min(alone):.1f}, a hit {min(hit):.1f} µs")


async def hit_seconds(app: App) -> float:
    """Wall microseconds of a hit on disk, the median."""
    await settle(app.client.chat(same(0)))
    found = []
    for _ in range(500):
        began = time.perf_counter()
        response = (await settle(app.client.chat(same(0)))).unwrap()
        found.append((time.perf_counter() - began) * 1e6)
        assert response.is_cached
    return statistics.median(found)


def row(title: str, value: float, more: float | None = None, target: str = "") -> None:
    added = "" if more is None else f"{more:.1f}"
    print(f"| {title} | {value:.1f} | {added} | {target} |", flush=True)


async def load(folder: Path, calls: int = 10_000, concurrent: int = 256) -> None:
    """Many calls through a simulator in its own process; every twentieth meets a fault first."""
    command = [sys.executable, "-m", "pointsman", "simulate", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        try:
            await _load(simulator.stdout.readline().split()[3], folder, calls, concurrent)
        finally:
            simulator.kill()


FAULTS = ("sim-status-503", "sim-reset", "sim-html", "sim-429")


async def _load(address: str, folder: Path, calls: int, concurrent: int) -> None:
    settings = attrs.evolve(
        simulated_settings(address),
        retries=RetrySettings(max_retries=0),
        models={"openai/*": ModelSettings(input=Decimal(1), output=Decimal(2))},
        budgets=(Budget(name="all", usd=Decimal(1000), period="total"),),
        limits={"openai": Limit(concurrent=concurrent)},
        cache=CacheSettings(enabled=True, max_entries=500),
        database=str(folder / "load.db"),
    )
    outcomes: list[object] = []
    memory: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    async with open_app(live, settings) as opened:
        app = opened.unwrap()
        waiting = iter(range(calls))

        async def lane() -> None:
            for number in waiting:
                fault = FAULTS[number // 20 % len(FAULTS)] if number % 20 == 0 else "sim"
                request = ask(f"openai/{fault}", f"Question {number}", CallOptions(order=("openai/sim",)))
                outcomes.append(_slim(unwrap_or_failure(await settle(app.client.chat(request)))))
                if len(outcomes) % (calls // 5) == 0:
                    gc.collect()
                    memory.append(_resident())

        await asyncio.gather(*(lane() for _ in range(concurrent)))
        balances = (await settle(app.manager.balances())).unwrap()
        rows = (await settle(app.manager.report("all"))).unwrap()
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    paid = sum((cost for cost in outcomes if isinstance(cost, Decimal)), Decimal(0))
    good = sum(isinstance(cost, Decimal) for cost in outcomes)
    print(f"{calls} calls at {concurrent}: {good} answered, {calls // 20} met a fault, {seconds:.1f} s, ", end="")
    print(f"{used / calls * 1e6:.0f} µs CPU a call, resident MB by fifths: {', '.join(f'{mb:.0f}' for mb in memory)}")
    booked, recorded = balances[0][1].spent.cost.amount, rows[0].cost.amount
    print(f"responses ${paid}, ledger ${booked}, records ${recorded} of {rows[0].calls}")
    assert rows[0].calls == calls
    assert balances[0][1].reserved.picodollars == 0
    assert paid == booked == recorded


def _slim(outcome: object) -> object:
    """Of an outcome only what it cost: the benchmark must not be what fills the memory."""
    return outcome.cost.amount if isinstance(outcome, ChatResponse) else type(outcome).__name__


def _resident() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    """Run what was asked for."""
    if "call" in sys.argv:
        asyncio.run(in_turns())
        return
    with tempfile.TemporaryDirectory() as name:
        if "load" not in sys.argv:
            print("| CPU µs | | added | at most |\n|---|---|---|---|")
            asyncio.run(overhead(Path(name)))
        asyncio.run(load(Path(name)))


if __name__ == "__main__":
    main()
