"""An evaluation over a cluster of dask at size: a worker is killed in the middle, then the client, and it goes on.

    python benchmarks/cluster.py            # 100,000 cases, two workers that are processes of this machine
    python benchmarks/cluster.py 5000

A model in memory answers, a fake sandbox judges; questions, answers and verdicts are written into the file of the run
by one writer. The session is a process of its own, which is killed when two thirds are judged, and begun again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from returns.result import Result, Success

import benchmarks.evaluation as evaluation
from pointsman.adapters.dask.executor import open_dask_executor
from pointsman.adapters.dask.worker_place import PlaceRecipe
from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.core.effect import settle
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.evaluation.runner import Runner
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.testing import FakeSandbox, ScriptedClient

distributed: Any = import_module("distributed")  # without types of its own
CASES = 100_000
HERE = str(Path(__file__).parent)


@asynccontextmanager
async def open_fake() -> AsyncIterator[Result[Sandbox, SandboxError]]:
    """The place of a worker."""
    yield Success(FakeSandbox())


def _problem(why: str) -> SandboxError:
    return SandboxError(detail=why)


async def session(address: str, path: str, count: int) -> None:
    """Begin the run, or go on with it, to its end. Says now and then how many are judged."""
    cases = {case.id: case for case in map(evaluation.a_case, range(count))}
    items = tuple(RunItem(id=case.id, program=case.program, kind=case.kind.value) for case in cases.values())
    manifest = RunManifest(id="benchmark", seed=1, models=("fake/m",), endpoints={}, items=count)
    recipe = PlaceRecipe("benchmark", open_fake, 16)
    async with (
        open_run_store(path) as opened,
        open_dask_executor(address, recipe, _problem, SystemRandom().new_id) as executor,
    ):
        store = opened.unwrap()
        (await settle(store.begin(manifest, items))).unwrap()
        runner = Runner(
            manifest=manifest,
            items=items,
            challenge=evaluation.ModelsOnly(cases=cases, judge_files=judge_files),
            client=ScriptedClient(evaluation.reply),
            store=store,
            executor=executor.unwrap(),
            clock=SystemClock(),
            estimate=evaluation.estimate,
            parallel=64,
            waiting=512,
            publish=lambda notice: print(runner.progress.judged_count, flush=True),
        )
        began = time.process_time()
        (await runner.run()).unwrap()
        done = runner.progress.judged_count - runner.progress.judged_before
        print(f"cpu {(time.process_time() - began) / max(1, done) * 1e6:.0f}", flush=True)


def start(address: str, path: str, count: int) -> subprocess.Popen[str]:
    """A session in a process of its own."""
    code = f"import anyio, cluster; anyio.run(cluster.session, {address!r}, {path!r}, {count})"
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=surroundings)


def watch(process: subprocess.Popen[str], until: int) -> tuple[int, str]:
    """How many are judged when `until` are or the session has ended, and the last that it said."""
    judged, last = 0, ""
    assert process.stdout is not None
    for line in process.stdout:
        last = line.strip()
        if last.isdigit():
            judged = int(last)
            if judged >= until:
                break
    return judged, last


async def count_rows(path: str) -> tuple[int, int]:
    """How many verdicts the file holds, and of how many questions."""
    async with open_run_store(path) as opened:
        rows = (await settle(opened.unwrap().rows())).unwrap()
    judged = [row for row in rows if row.verdict is not None]
    return len(judged), len({row.answer.question.key for row in judged})


def main(count: int) -> None:
    """Run it, and say how long it took."""
    sys.path.insert(0, HERE)
    os.environ["PYTHONPATH"] = os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")])
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with tempfile.TemporaryDirectory() as folder, distributed.LocalCluster(**options) as local:
        path, address, began = str(Path(folder) / "run.db"), local.scheduler_address, time.perf_counter()
        with start(address, path, count) as first:
            judged, _ = watch(first, count // 3)
            victim = next(iter(local.workers.values())).process.pid
            os.kill(victim, signal.SIGKILL)
            print(f"after {judged:,} verdicts worker {victim} was killed", flush=True)
            judged, _ = watch(first, count * 2 // 3)
            first.kill()
        kept, _ = asyncio.run(count_rows(path))
        print(f"after {judged:,} verdicts the client was killed; {kept:,} are in the file", flush=True)
        with start(address, path, count) as second:
            _, last = watch(second, count * 2)
        took = time.perf_counter() - began
        judged, questions = asyncio.run(count_rows(path))
    assert judged == questions == count, (judged, questions)
    print(f"{count:,} cases, each judged once, in {took:.0f} s: {count / took:,.0f} a second over all of it")
    print(f"CPU of the session that went on: {last.removeprefix('cpu ')} µs a case")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
