"""What the rows of a run say: shares with intervals, cost and time of a healed case, by model and by kind. Pure.

All of it is summed from rows; nothing is kept beside them. A contestant is a model, or where a run asks in several
ways, a model asked in one way. Unasked questions count nowhere, controls only for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from pointsman.core.evaluation.healing import HealingQuestion, JudgedAnswer
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.interval import Interval, proportion
from pointsman.core.money.cost import FREE, Cost

Tally: TypeAlias = tuple[int, int]
"""Good ones, and all."""

_FEWEST_PROGRAMS = 8
"""Below this the likeness of the cases of one program cannot be measured, and is taken as whole."""


def pass_at(count: int, good: int, k: int) -> float:
    """The chance that of `k` answers one is good, where of `count` (at least `k`) `good` were: Chen et al. 2021."""
    if count - good < k:
        return 1.0
    return 1.0 - math.prod((count - good - step) / (count - step) for step in range(k))


def clustered_proportion(by_program: Mapping[str, Tally]) -> Interval:
    """A share with its Wilson interval for as many cases as they are worth: alike within a program, they are fewer."""
    good, total = _sum_tallies(by_program)
    effect = design_effect(by_program)
    return attrs.evolve(proportion(good / effect, total / effect), mean=good / total if total else None)


def design_effect(by_program: Mapping[str, Tally]) -> float:
    """By how much the variance of a share is larger than that of independent cases; at least 1.

    Of few programs each counts as one case, however many were made of it or how often it was asked.
    """
    tallies = [tally for tally in by_program.values() if tally[1]]
    good, total = _sum_tallies(by_program)
    count = len(tallies)
    if count < _FEWEST_PROGRAMS:
        return total / count if count else 1.0
    if good in (0, total) or count == total:
        return 1.0
    share = good / total
    between = math.fsum((one - all_ * share) ** 2 for one, all_ in tallies) * count / (count - 1)
    return max(1.0, between / (total * share * (1 - share)))


def _sum_tallies(by_program: Mapping[str, Tally]) -> Tally:
    return sum(good for good, _ in by_program.values()), sum(total for _, total in by_program.values())


@attrs.frozen(kw_only=True)
class ModelScore:
    """How one contestant has done.

    `cost` is that of all its judged answers, also of those that healed nothing; `cost_per_healed` and
    `seconds_per_healed` are all its cost and time by the healed cases (None where none is). `broken` of `shown` good
    programs did not work any more. `pass_at` is by the number of tries, where each case was asked several times.
    `is_on_front`: no other is better in one of share, cost and time and as good in the others.
    """

    name: str
    cases: int
    healed: int
    unreadable: int
    share: Interval
    cost: Cost
    cost_per_healed: Cost | None
    seconds_per_healed: float | None
    broken: int = 0
    shown: int = 0
    suspicious: int = 0
    identical: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    pass_at: Mapping[int, float] = attrs.field(factory=dict)
    is_on_front: bool = False


@attrs.frozen(kw_only=True)
class KindScore:
    """How one contestant has done on one kind; `cases` below `FEWEST_CASES` are too few to say much."""

    kind: str
    name: str
    cases: int
    healed: int
    share: Interval


FEWEST_CASES = 12
"""Of one kind, below which a share is shown as uncertain."""


@attrs.frozen(kw_only=True)
class Controls:
    """Whether the measurement itself is right: of the original programs all must heal, of the unchanged none."""

    original: Tally = (0, 0)
    unchanged: Tally = (0, 0)

    @property
    def are_right(self) -> bool:
        """Whether both came out as they must."""
        return self.original[0] == self.original[1] and not self.unchanged[0]


def contestant(question: HealingQuestion, manifest: RunManifest) -> str:
    """The name under which `question` is counted: the model, and what else the run varies."""
    ways: list[str] = [question.format] if len(manifest.formats) > 1 else []
    ways += [question.prompt] if len(manifest.prompts) > 1 else []
    return " · ".join((question.model, *ways))


def contestants(manifest: RunManifest) -> tuple[str, ...]:
    """All that the run compares, in the order in which they were named."""
    return tuple(
        contestant(HealingQuestion(case="", model=model, prompt=prompt, format=format), manifest)
        for model in manifest.models
        for prompt in manifest.prompts
        for format in manifest.formats
    )


def by_contestant(
    rows: Iterable[JudgedAnswer], manifest: RunManifest, control: str = ""
) -> dict[str, list[JudgedAnswer]]:
    """The rows with `control` that count, by contestant, every contestant named."""
    groups: dict[str, list[JudgedAnswer]] = {name: [] for name in contestants(manifest)}
    for row in rows:
        question = row.answer.question
        if question.control == control and row.verdict.repair != "unasked":
            groups.setdefault(contestant(question, manifest), []).append(row)
    return groups


def model_scores(
    rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem], manifest: RunManifest
) -> tuple[ModelScore, ...]:
    """A score a contestant, the largest share first, and of equal ones the cheaper."""
    shown = by_contestant(rows, manifest, "unbroken")
    scores = [_score(name, held, shown.get(name, []), items) for name, held in by_contestant(rows, manifest).items()]
    front = pareto_front(scores)
    marked = [attrs.evolve(score, is_on_front=score.name in front) for score in scores]
    return tuple(sorted(marked, key=lambda score: (-(score.share.mean or 0.0), dearness(score), score.name)))


def _score(
    name: str, rows: Sequence[JudgedAnswer], shown: Sequence[JudgedAnswer], items: Mapping[str, RunItem]
) -> ModelScore:
    healed = sum(map(is_healed, rows))
    cost = sum((row.answer.cost for row in rows), FREE)
    seconds = math.fsum(row.answer.latency_ms for row in rows) / 1000
    return ModelScore(
        name=name,
        cases=len(rows),
        healed=healed,
        unreadable=sum(row.verdict.repair == "unreadable" for row in rows),
        share=clustered_proportion(tally_by_program(rows, items)),
        cost=cost,
        cost_per_healed=Cost(cost.amount / healed, cost.complete) if healed else None,
        seconds_per_healed=seconds / healed if healed else None,
        broken=sum(not is_healed(row) for row in shown),
        shown=len(shown),
        suspicious=sum(bool(row.verdict.suspicions) for row in rows),
        identical=sum(row.verdict.identical for row in rows),
        input_tokens=_sum_known([row.answer.usage.input for row in rows]),
        output_tokens=_sum_known([row.answer.usage.output for row in rows]),
        pass_at=_pass_at(rows),
    )


def is_healed(row: JudgedAnswer) -> bool:
    """Whether the hidden checks said so."""
    return row.verdict.repair == "healed"


def _sum_known(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _pass_at(rows: Sequence[JudgedAnswer]) -> dict[int, float]:
    by_case: dict[str, list[bool]] = {}
    for row in rows:
        by_case.setdefault(row.answer.question.case, []).append(is_healed(row))
    most = min(map(len, by_case.values()), default=1)
    if most < 2:
        return {}
    return {
        k: math.fsum(pass_at(len(tries), sum(tries), k) for tries in by_case.values()) / len(by_case)
        for k in range(1, most + 1)
    }


def tally_by_program(rows: Iterable[JudgedAnswer], items: Mapping[str, RunItem]) -> dict[str, Tally]:
    """Healed ones and all, by the program that the case was made of."""
    tallies: dict[str, Tally] = {}
    for row in rows:
        case = row.answer.question.case
        program = items[case].program if case in items else case
        good, total = tallies.get(program, (0, 0))
        tallies[program] = (good + is_healed(row), total + 1)
    return tallies


def kind_scores(
    rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem], manifest: RunManifest
) -> tuple[KindScore, ...]:
    """A score a kind and contestant, in the order of kinds and contestants."""
    found = []
    for name, held in by_contestant(rows, manifest).items():
        for kind, some in sorted(by_kind(held, items).items()):
            share = clustered_proportion(tally_by_program(some, items))
            healed = sum(map(is_healed, some))
            found.append(KindScore(kind=kind, name=name, cases=len(some), healed=healed, share=share))
    return tuple(sorted(found, key=lambda score: score.kind))


def by_kind(rows: Iterable[JudgedAnswer], items: Mapping[str, RunItem]) -> dict[str, list[JudgedAnswer]]:
    """`rows` by the kind of their case."""
    kinds: dict[str, list[JudgedAnswer]] = {}
    for row in rows:
        item = items.get(row.answer.question.case)
        kinds.setdefault(item.kind if item else "", []).append(row)
    return kinds


def controls(rows: Iterable[JudgedAnswer]) -> Controls:
    """What came of the controls that ask no model."""
    tallies: dict[str, Tally] = {"original": (0, 0), "unchanged": (0, 0)}
    for row in rows:
        control = row.answer.question.control
        if control in tallies and row.verdict.repair != "unasked":
            good, total = tallies[control]
            tallies[control] = (good + is_healed(row), total + 1)
    return Controls(original=tallies["original"], unchanged=tallies["unchanged"])


def pareto_front(scores: Sequence[ModelScore]) -> frozenset[str]:
    """The names of those that no other beats in share, cost and time of a healed case. Nobody beats an unknown cost."""
    return frozenset(score.name for score in scores if not any(_beats(other, score) for other in scores))


def _beats(first: ModelScore, second: ModelScore) -> bool:
    pairs = list(zip(_losses(first), _losses(second), strict=True))
    return all(one <= other for one, other in pairs) and any(one < other for one, other in pairs)


def _losses(score: ModelScore) -> tuple[float, float, float]:
    """The less the better; not a number, which compares with nothing, where it is not known."""
    cost = score.cost_per_healed
    dollars = math.inf if cost is None else float(cost.amount) if cost.complete else math.nan
    seconds = math.inf if score.seconds_per_healed is None else score.seconds_per_healed
    return (-(score.share.mean or 0.0), dollars, seconds)


def dearness(score: ModelScore) -> float:
    """What a healed case costs, to sort by: what is not known stands last."""
    cost = score.cost_per_healed
    return math.inf if cost is None or not cost.complete else float(cost.amount)
