"""The engine on this machine, as pointsman runs it in a child, beside the same engine called directly.

    pointsman local get smollm2
    python benchmarks/local_engine.py            # about two minutes; prints ratios, and what must hold

Both have the same threads, slots and context, and take turns, so that what else the machine does falls on both. The
engine alone is called in a process of its own, by its own call with a function for each token: no socket, no JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import attrs

import pointsman as p
from pointsman.adapters.system.capacity import memory_of
from pointsman.core.chat.event import TextDelta
from pointsman.core.models.local_model import LocalModel
from pointsman.core.settings import EngineSettings, Settings
from pointsman.layers.engines import engine_watch, library_of

MODEL = "smollm2"
PROMPT = "Tell a long story of a train in the night."
TOKENS = 96
ROUNDS = 8
SLOTS, CONTEXT, THREADS = 1, 2048, 1
DIRECT = """
import json, os, sys, time
os.environ["OMP_WAIT_POLICY"] = "passive"
import xllamacpp
path, prompt, tokens, slots, context, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
params = xllamacpp.CommonParams()
params.model.path = path
params.n_parallel, params.n_ctx, params.port, params.verbosity = slots, slots * context, 0, 1
params.hostnames, params.warmup, params.use_jinja = ["127.0.0.1"], False, True
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(params)
body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": tokens, "temperature": 0, "stream": True,
        "ignore_eos": True, "cache_prompt": True}
for line in sys.stdin:
    began, times = time.perf_counter(), []
    server.handle_chat_completions(body, lambda *piece: times.append(time.perf_counter() - began) and False)
    print(json.dumps(times), flush=True)
"""


@attrs.frozen
class Run:
    """One answer: seconds to its first token, and tokens a second after that."""

    first: float
    rate: float

    @classmethod
    def of(cls, times: list[float]) -> Run:
        """By when each token came, in seconds from the question."""
        return cls(times[0], (len(times) - 1) / (times[-1] - times[0]))


@contextmanager
def direct_engine(path: str) -> Iterator[subprocess.Popen[str]]:
    """The engine alone; each line that it is given makes one answer."""
    numbers = [str(number) for number in (TOKENS, SLOTS, CONTEXT, THREADS)]
    command = [sys.executable, "-c", DIRECT, path, PROMPT, *numbers]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def ask_directly(process: subprocess.Popen[str]) -> Run:
    """One answer of the engine alone."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    times = json.loads(process.stdout.readline())
    return Run.of(times[1:] if len(times) > TOKENS else times)  # the first piece may be the role alone


async def ask_child(app: p.App) -> Run:
    """The same by pointsman."""
    request = attrs.evolve(
        p.ask(f"local/{MODEL}", PROMPT), max_tokens=TOKENS, temperature=0.0, extra={"ignore_eos": True}
    )
    began, times = time.perf_counter(), []
    async with app.client.stream(request) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                times.append(time.perf_counter() - began)
    return Run.of(times)


@asynccontextmanager
async def opened(**engine: Any) -> AsyncIterator[p.App]:
    """pointsman with that model."""
    settings = attrs.evolve(
        Settings.of("local", MODEL), engine=EngineSettings(slots=SLOTS, context=CONTEXT, threads=THREADS, **engine)
    )
    async with p.open_app(p.live, settings) as app:
        yield app.unwrap()


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Programs that take all the time they get; they end by themselves after a minute at the latest."""
    loop = "import time; end = time.time() + 60\nwhile time.time() < end: pass"
    loops = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(count)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()


def generate(*words: str) -> subprocess.Popen[bytes]:
    """`pointsman generate`, as a user has it."""
    command = [sys.executable, "-m", "pointsman", "generate", "-m", f"local/{MODEL}", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def cold_start() -> tuple[float, float]:
    """Seconds from the command to the end of its answer, and of CPU; engine and model are started for it."""
    began, before = time.perf_counter(), _cpu_of_children()
    process = generate("--max-tokens", "20", "Say hello.")
    process.communicate(timeout=120)
    assert process.returncode == 0
    return time.perf_counter() - began, _cpu_of_children() - before


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def after_kill(of_parent: bool) -> list[int]:
    """The engines that are left when the parent, or the child, is killed in the middle of an answer."""
    process = generate("--max-tokens", "2000", "Tell a story without an end.")
    assert process.stdout is not None
    process.stdout.read(1)
    mine = [engine for engine in engine_watch().running() if engine.parent == process.pid]
    assert mine, "it has an engine while it answers"
    os.kill(process.pid if of_parent else mine[0].pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode != 0
    deadline = time.monotonic() + 5
    while (left := [engine.pid for engine in mine if _lives(engine.pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _lives(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


async def side_by_side(path: str) -> tuple[list[Run], list[Run], list[float]]:
    """Answers of both in turns; and the rate of the child beside two busy loops."""
    with direct_engine(path) as process:
        async with opened() as app:
            ask_directly(process), await ask_child(app)  # both have loaded the model, and know the prompt
            alone, child = [], []
            for _ in range(ROUNDS):
                alone.append(ask_directly(process))
                child.append(await ask_child(app))
            with busy_loops(2):
                crowded = [(await ask_child(app)).rate for _ in range(2)]
    return alone, child, crowded


async def idle_memory() -> float:
    """MB of a program whose engine has ended of idleness, with all its children."""
    async with opened(idle=0.5) as app:
        await ask_child(app)
        mine = [engine.pid for engine in engine_watch().running() if engine.parent == os.getpid()]
        with anyio.fail_after(30):
            while any(_lives(pid) for pid in mine):
                await anyio.sleep(0.1)
        return (memory_of(os.getpid()) or 0) / 1e6


def row(what: str, found: str, target: str, holds: bool) -> None:
    """One line of the table."""
    print(f"| {what} | {found} | {target}{'' if holds else ' (not met)'} |", flush=True)


async def main() -> None:
    """Print the table."""
    model = (await library_of(EngineSettings()).find(MODEL)).unwrap()
    assert isinstance(model, LocalModel)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {MODEL}, {THREADS} thread, {TOKENS} tokens\n")
    print("| | | target |\n|---|---|---|")
    memory = await idle_memory()
    row("program, its engine ended of idleness, MB", f"{memory:.0f}", "120", memory <= 120)
    cold, cpu = min(cold_start() for _ in range(3))
    row("`generate`, cold, to the end of the answer, s (of CPU)", f"{cold:.1f} ({cpu:.1f})", "10", cold < 10)
    alone, child, crowded = await side_by_side(model.path)
    ratio = statistics.median(one.rate / other.rate for one, other in zip(child, alone, strict=True))
    rates = f"{statistics.median(run.rate for run in child):.1f} / {statistics.median(run.rate for run in alone):.1f}"
    row("tokens a second, child / engine directly", f"{rates} = {ratio:.2f}", "0.90", ratio >= 0.9)
    first = statistics.median(run.first for run in child)
    more = statistics.median(one.first - other.first for one, other in zip(child, alone, strict=True)) * 1000
    row("first token, warm, s", f"{first:.3f}", "1", first < 1)
    row("first token, more than the engine directly, ms", f"{more:.1f}", "10", more <= 10)
    row("tokens a second beside two busy loops", f"{min(crowded):.1f}", "at least 5", min(crowded) >= 5)
    left = after_kill(of_parent=True) + after_kill(of_parent=False)
    row("engines left after `kill -9` of parent, of child", str(len(left)), "0", not left)


if __name__ == "__main__":
    anyio.run(main)
