"""A whole run made up: faults with bodies, and models that answer them, some of them with what could harm a reader."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pointsman.core.chat.usage import Usage
from pointsman.core.evaluation.case_lines import write_cases
from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.healing import (
    CONTROL_MODEL,
    Control,
    HealingAnswer,
    HealingQuestion,
    JudgedAnswer,
    Repair,
    RepairVerdict,
)
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.run_report import WholeRun
from pointsman.core.money.cost import UNKNOWN_COST, Cost

HOSTILE = (
    '</code></pre></script><script>alert(1)</script><img src=x onerror="alert(2)"> \u202egnp.exe \x1b[31m \ud800 &amp;'
)
GOOD, FAULTY = "def f(x):\n    return x + 1\n", "def f(x):\n    return x - 1\n"
KINDS = (FaultKind.NAME, FaultKind.OFF_BY_ONE)
MODELS: Mapping[str, Cost] = {
    "p/dear": Cost(Decimal("0.02")),
    "p/free": Cost(Decimal(0)),
    "p/unpriced": UNKNOWN_COST,
}


def a_run(cases: int = 6, id: str = "r1", models: tuple[str, ...] = tuple(MODELS)) -> WholeRun:
    """The first model heals all, the second every other one, the last none, with a hostile answer."""
    faults = [_fault(number) for number in range(cases)]
    items = tuple(
        RunItem(id=one.id, program=one.program, kind=one.kind.value, level=one.level, body=write_cases([one]))
        for one in faults
    )
    manifest = RunManifest(
        id=id,
        seed=7,
        models=models,
        endpoints={"p/dear": "openai|https://user:hush@api.example/v1"},
        items=cases,
        kinds=tuple(sorted({item.kind for item in items})),
        parameters='{"max_tokens":4096,"temperature":0.2}',
        sandbox="caged",
        began=1.0e9,
    )
    rows = tuple(row for number, one in enumerate(faults) for row in _rows(one, number))
    return WholeRun(manifest=manifest, items=items, rows=rows)


def _fault(number: int) -> Case:
    return Case(
        id=f"c{number}",
        program=f"program_{number}",
        kind=KINDS[number % 2],
        kinds=(KINDS[number % 2],),
        level=1,
        files={"main.py": FAULTY},
        original={"main.py": GOOD},
        visible="",
        hidden="",
        expected={"check_f": Outcome("2")},
        error=f"NameError: {HOSTILE}",
        exception="NameError",
    )


def _rows(case: Case, number: int) -> list[JudgedAnswer]:
    repairs: tuple[Repair, ...] = ("healed", "unhealed" if number % 2 else "healed", "unreadable")
    controls: tuple[tuple[Control, Repair], ...] = (("original", "healed"), ("unchanged", "unhealed"))
    answered = [_row(case, model, repair) for model, repair in zip(MODELS, repairs, strict=True)]
    judged = [
        JudgedAnswer(
            HealingAnswer(question=HealingQuestion(case=case.id, model=CONTROL_MODEL, control=control), rounds=0),
            RepairVerdict(repair=repair),
        )
        for control, repair in controls
    ]
    return [*answered, *judged]


def _row(case: Case, model: str, repair: Repair) -> JudgedAnswer:
    text = GOOD if repair == "healed" else FAULTY.replace("- 1", "- 2")
    answer = HealingAnswer(
        question=HealingQuestion(case=case.id, model=model),
        text=HOSTILE if repair == "unreadable" else f"main.py\n```python\n{text}```\n",
        usage=Usage(100, 20),
        cost=MODELS[model],
        latency_ms=1500.0,
    )
    return JudgedAnswer(
        answer, RepairVerdict(repair=repair, edited_lines=1, failed=() if repair == "healed" else ("f",))
    )
