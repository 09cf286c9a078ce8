"""How fast evaluation itself is: cases through runner, executor and journal, with a fake sandbox and a model in memory.

    python benchmarks/evaluation.py            # 10,000 cases
    python benchmarks/evaluation.py 2000

Nothing is waited for but the journal: an SQLite file in which each question is written down before it is asked, its
answer before it is judged, and its verdict. Target: 2,000 cases a second.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import anyio
from returns.result import Result, Success

from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.system.executor import LocalExecutor
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import ChatError
from pointsman.core.evaluation.answer_formats import write_answer
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.healing import Control
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.run_report import build_report
from pointsman.core.money.cost import FREE, Cost
from pointsman.services.evaluation.challenge import FaultChallenge
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.evaluation.runner import Runner
from pointsman.testing import FakeSandbox, ScriptedClient

CASES = 10_000
TARGET = 2_000
FAULTY = "def f(x):\n    if x:\n        return y\n    return NUMBER\n"
"""No two cases have the same text, so that nothing is found in a cache that would not be there in a real run."""


class ModelsOnly(FaultChallenge):
    """Without controls: they ask nobody, and would be counted as cases."""

    def controls(self, item: str) -> tuple[Control, ...]:
        """None."""
        return ()

    def has_good_one(self, item: str) -> bool:
        """Nor are good programs shown."""
        return False


def a_case(number: int) -> Case:
    """Case `number` of its program."""
    return Case(
        id=f"case-{number:05d}",
        program=f"program-{number % 80}",
        kind=FaultKind.NAME,
        kinds=(FaultKind.NAME,),
        level=1,
        files={"main.py": FAULTY.replace("NUMBER", str(number))},
        original={"main.py": good_text(number)},
        visible="def test_f():\n    assert f(1) == 1\n",
        hidden="def check_f():\n    return f(1)\n",
        expected={"check_f": Outcome("1")},
        error="NameError: name 'y' is not defined",
    )


def good_text(number: int) -> str:
    """The correct program of case `number`."""
    return FAULTY.replace("NUMBER", str(number)).replace("return y", "return x")


def reply(request: ChatRequest) -> ChatResponse:
    """What the model says, at once."""
    number = int(request.messages[-1].text.partition("\n    return ")[2].partition("\n")[0])
    answer = write_answer({"main.py": ""}, {"main.py": good_text(number)}, "file")
    return ChatResponse(
        parts=(Text(answer),), finish_reason=Finish.STOP, usage=Usage(100, 50), model="m", cost=FREE, latency_ms=1.0
    )


async def estimate(request: ChatRequest) -> Result[Cost, ChatError]:
    """It is free."""
    return Success(FREE)


async def main(count: int) -> None:
    """Run `count` cases, and say how long it took."""
    cases = {case.id: case for case in map(a_case, range(count))}
    items = tuple(RunItem(id=case.id, program=case.program, kind=case.kind.value) for case in cases.values())
    manifest = RunManifest(id="benchmark", seed=1, models=("fake/m",), endpoints={}, items=count)
    challenge = ModelsOnly(cases=cases, judge_files=judge_files)
    with tempfile.TemporaryDirectory() as folder:
        async with open_run_store(Path(folder) / "run.db") as opened:
            store = opened.unwrap()
            (await settle(store.begin(manifest, items))).unwrap()
            runner = Runner(
                manifest=manifest,
                items=items,
                challenge=challenge,
                client=ScriptedClient(reply),
                store=store,
                executor=LocalExecutor.of(FakeSandbox(), 64),
                clock=SystemClock(),
                estimate=estimate,
                parallel=64,
            )
            began, cpu = time.perf_counter(), time.process_time()
            outcome = (await runner.run()).unwrap()
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            rows = (await settle(store.rows())).unwrap()
            began = time.perf_counter()
            build_report(manifest, items, [])
            reported = time.perf_counter() - began
    assert outcome.judged == count == len(rows)
    print(f"{count:,} cases in {took:.2f} s: {count / took:,.0f} a second, {cpu / count * 1e6:.0f} µs CPU a case")
    print(f"the report of them {reported:.2f} s")
    print(f"target {TARGET:,} a second: {'met' if count / took >= TARGET else 'NOT MET'}")


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
