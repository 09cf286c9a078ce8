"""How far a run, or the making of faults, has come: counted while it goes, for whoever shows it."""

from __future__ import annotations

import attrs

from pointsman.core.evaluation.healing import HealingAnswer, RepairVerdict
from pointsman.core.money.cost import FREE, Cost
from pointsman.core.notice import EvaluationProgress


@attrs.define
class ModelProgress:
    """Of one model: how many questions there are for it, how many are judged, how many healed, and their cost."""

    total: int = 0
    judged: int = 0
    healed: int = 0
    cost: Cost = FREE
    error: str = ""
    """Why it is asked no more, if so."""


@attrs.define
class RunProgress:
    """Counts of the whole run, earlier sessions included, but for controls; `failures` are of this session."""

    models: dict[str, ModelProgress] = attrs.field(factory=dict)
    failures: int = 0
    began: float = 0.0
    """When this session began, by the monotonic clock."""
    judged_before: int = 0
    """By earlier sessions."""

    @property
    def total(self) -> int:
        """Questions in all."""
        return sum(model.total for model in self.models.values())

    @property
    def judged_count(self) -> int:
        """Those that are done."""
        return sum(model.judged for model in self.models.values())

    @property
    def healed_count(self) -> int:
        """Those of them that healed."""
        return sum(model.healed for model in self.models.values())

    @property
    def cost(self) -> Cost:
        """Of all answers."""
        return sum((model.cost for model in self.models.values()), FREE)

    def seconds_left(self, now: float) -> float | None:
        """How long it will still take at the pace of this session; None where nothing is done yet."""
        done = self.judged_count - self.judged_before
        if done <= 0:
            return None
        return (now - self.began) / done * (self.total - self.judged_count)

    def notice(self, run: str, *, running: bool) -> EvaluationProgress:
        """It all in one notice."""
        return EvaluationProgress(
            run=run,
            judged=self.judged_count,
            total=self.total,
            healed=self.healed_count,
            cost=self.cost,
            running=running,
        )

    def add(self, answer: HealingAnswer, verdict: RepairVerdict) -> None:
        """Count an answer that is judged."""
        asked = answer.question
        model = self.models.get(asked.model)
        if model is None or asked.control:
            return
        model.judged += 1
        model.healed += verdict.repair == "healed"
        model.cost += answer.cost


@attrs.define
class FaultProgress:
    """Of the making of faults, or of proving them again: of `total` programs, or faults, so many are `done`."""

    total: int = 0
    done: int = 0
    tried: int = 0
    """Faulty programs whose tests ran."""
    noticed: int = 0
    """Those of them that the tests noticed each time."""
    program: str = ""
    """The one that is at work, where they are taken one after another."""

    def seconds_left(self, elapsed: float) -> float | None:
        """How long it will still take at the pace of `elapsed` seconds; None where nothing is done yet."""
        return elapsed / self.done * (self.total - self.done) if self.done else None
