"""Rows of a run made up: models that heal with a known chance, and no model asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal

from pointsman.core.chat.usage import Usage
from pointsman.core.evaluation.healing import Control, HealingAnswer, HealingQuestion, JudgedAnswer, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.money.cost import Cost

_TENTH = Cost(Decimal("0.001"))


def manifest(*models: str, **changes: object) -> RunManifest:
    fields: dict[str, object] = {"id": "r", "seed": 7, "models": models, "endpoints": {}, "items": 0, **changes}
    return RunManifest(**fields)  # type: ignore[arg-type]  # the tests give fields of RunManifest


def items(programs: int, kinds: tuple[str, ...] = ("syntax",), each: int = 1) -> dict[str, RunItem]:
    """`each` cases of every kind from every program."""
    return {
        f"{program}-{kind}-{number}": RunItem(id=f"{program}-{kind}-{number}", program=f"p{program:03d}", kind=kind)
        for program in range(programs)
        for kind in kinds
        for number in range(each)
    }


def row(
    case: str,
    model: str,
    healed: bool,
    *,
    repeat: int = 0,
    control: Control = "",
    cost: Cost = _TENTH,
    latency_ms: float = 1000.0,
) -> JudgedAnswer:
    question = HealingQuestion(case=case, model=model, repeat=repeat, control=control)
    answer = HealingAnswer(question=question, usage=Usage(10, 5), cost=cost, latency_ms=latency_ms)
    return JudgedAnswer(answer, RepairVerdict(repair="healed" if healed else "unhealed"))


def simulate(
    cases: Mapping[str, RunItem], chances: Mapping[str, Callable[[RunItem], float]], seed: int
) -> list[JudgedAnswer]:
    """One row a case and model; model `m` heals a case with the chance `chances[m](item)`."""
    chance = random.Random(seed)
    return [
        row(case, model, chance.random() < share(item))
        for case, item in cases.items()
        for model, share in chances.items()
    ]
