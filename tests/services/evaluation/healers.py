"""Models that are known to heal, and a judge that compares texts: evaluation with neither a model nor a sandbox."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.memory.run_store import MemoryRunStore
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import ChatError
from pointsman.core.evaluation.answer_formats import write_answer
from pointsman.core.evaluation.fault import Case, FaultKind, Files, Outcome
from pointsman.core.evaluation.healing import AnswerFormat, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.prompts import BLOCKS_MARK
from pointsman.core.money.cost import Cost
from pointsman.services.evaluation.challenge import FaultChallenge
from pointsman.services.evaluation.model_asker import EstimateMost
from pointsman.services.evaluation.runner import RunFailure, Runner, RunOutcome
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.ports.client import Client
from pointsman.services.ports.run_store import RunStore
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.testing import FakeSandbox, ScriptedClient, VirtualClock
from pointsman.testing.sandbox import PicklingExecutor

PRICE = Cost(Decimal("0.001"))
MOST = Cost(Decimal("0.004"))
KINDS = (FaultKind.NAME, FaultKind.SYNTAX)


def a_case(number: int, programs: int = 10) -> Case:
    kind = KINDS[number % 2]
    good = f"def f(x):\n    return x + {number}\n"
    return Case(
        id=f"c{number:03d}",
        program=f"p{number % programs}",
        kind=kind,
        kinds=(kind,),
        level=1,
        files={"main.py": good.replace("return x", "return y")},
        original={"main.py": good},
        visible="def test_f():\n    assert f(0)\n",
        hidden="def check_f():\n    return f(1)\n",
        expected={"check_f": Outcome(str(number + 1))},
        error=f"NameError: name 'y' is not defined ({number})",
    )


async def judge_by_text(sandbox: Sandbox, case: Case, files: Files) -> Result[RepairVerdict, SandboxError]:
    """Healed is what equals the original."""
    return Success(RepairVerdict(repair="healed" if dict(files) == dict(case.original) else "unhealed"))


async def judge_nothing(sandbox: Sandbox, case: Case, files: Files) -> Result[RepairVerdict, SandboxError]:
    return Failure(SandboxError(detail="it is broken"))


def luck(model: str, case: Case) -> float:
    """A number from 0 to 1 that decides whether `model` heals `case`."""
    return int.from_bytes(hashlib.sha256(f"{model}|{case.id}".encode()).digest()[:6]) / 2**48


def _is_shown(case: Case, text: str) -> bool:
    return case.files["main.py"] in text or case.original["main.py"] in text


@attrs.define
class Healers:
    """Scripted models, each healing a case with its chance. `asked` counts what each was asked, by model and case."""

    cases: Mapping[str, Case]
    chances: Mapping[str, float]
    price: Cost = PRICE
    asked: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    errors: Callable[[str, Case], ChatError | None] = lambda model, case: None

    def reply(self, request: ChatRequest) -> ChatResponse | ChatError:
        text = request.messages[-1].text
        case = next(
            one for one in self.cases.values() if one.files["main.py"] in text or one.original["main.py"] in text
        )
        self.asked[request.model, case.id] += 1
        error = self.errors(request.model, case)
        if error is not None:
            return error
        heals = luck(request.model, case) < self.chances[request.model]
        shown = case.files if case.files["main.py"] in text else case.original
        format: AnswerFormat = "blocks" if BLOCKS_MARK in text else "file"
        answer = write_answer(shown, case.original if heals else {"main.py": "broken = 1\n"}, format)
        return ChatResponse(
            parts=(Text(answer),),
            finish_reason=Finish.STOP,
            usage=Usage(100, 50),
            model=request.model,
            cost=self.price,
            latency_ms=10.0,
        )


async def estimate_most(request: ChatRequest) -> Result[Cost, ChatError]:
    return Success(MOST)


@attrs.define
class Setup:
    """Everything of a run; `run` is one session of it."""

    healers: Healers
    manifest: RunManifest
    store: RunStore = attrs.field(factory=MemoryRunStore)
    estimate: EstimateMost = estimate_most
    parallel: int = 4
    challenge: FaultChallenge = attrs.field(init=False)
    reply: Callable[[ChatRequest], ChatResponse | ChatError] | None = None
    runner: Runner | None = None
    client: Client | None = None
    """Asked in place of the healers."""
    publish: Publish = publish_nowhere

    def __attrs_post_init__(self) -> None:
        self.challenge = FaultChallenge(cases=self.healers.cases, judge_files=judge_by_text)

    @property
    def items(self) -> tuple[RunItem, ...]:
        return tuple(
            RunItem(id=case.id, program=case.program, kind=case.kind.value) for case in self.healers.cases.values()
        )

    async def run(self) -> Result[RunOutcome, RunFailure]:
        begun = await settle(self.store.begin(self.manifest, self.items))
        self.runner = Runner(
            manifest=begun.unwrap(),
            items=self.items,
            challenge=self.challenge,
            client=self.client or ScriptedClient(self.reply or self.healers.reply),
            store=self.store,
            executor=PicklingExecutor(FakeSandbox()),
            clock=VirtualClock(),
            estimate=self.estimate,
            parallel=self.parallel,
            publish=self.publish,
        )
        return await self.runner.run()

    async def run_for(self, turns: int) -> None:
        """A session that is cut off after so many turns of the event loop, as if its process had ended."""
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(self.run)
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()


def setup(count: int = 20, *, store: RunStore | None = None, **fields: object) -> Setup:
    cases = {case.id: case for case in map(a_case, range(count))}
    chances = {"good/m": 0.9, "bad/m": 0.3}
    made: dict[str, object] = {
        "id": "r1", "seed": 7, "models": tuple(chances), "endpoints": {}, "items": count, **fields,
    }  # fmt: skip
    manifest = RunManifest(**made)  # type: ignore[arg-type]  # the tests give fields of RunManifest
    return Setup(Healers(cases, chances), manifest, store or MemoryRunStore())
