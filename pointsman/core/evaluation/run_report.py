"""Everything that a run says, worked out once for all reports: terminal, JSON, page. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from pointsman.core.evaluation.healing import HealingAnswer, JudgedAnswer, RepairVerdict
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.ranking import (
    Comparison,
    Preference,
    case_shares,
    compare_all,
    compare_kinds,
    differences,
    preference,
)
from pointsman.core.evaluation.resampling import DRAWS, PairedDifference, paired_difference
from pointsman.core.evaluation.statistics import (
    Controls,
    KindScore,
    ModelScore,
    by_contestant,
    by_kind,
    controls,
    kind_scores,
    model_scores,
)
from pointsman.core.interval import Interval
from pointsman.core.json import Json, JsonObject
from pointsman.core.money.cost import FREE, Cost

OWN_TESTS = (
    "The cases have tests of your own, which run beside the answer and only say that they passed: an answer could fake "
    "them. Look at answers marked `reports-itself`, and at the rest before you rely on them."
)
"""What a report says where `RunManifest.own_tests`."""


@attrs.frozen(kw_only=True)
class WholeRun:
    """All that a run's journal holds: `rows` are its judged answers, `lost` and `failures` those of which none came."""

    manifest: RunManifest
    items: tuple[RunItem, ...] = attrs.field(repr=False)
    rows: tuple[JudgedAnswer, ...] = attrs.field(repr=False)
    lost: Cost = FREE
    failures: int = 0


def report_of(run: WholeRun) -> RunReport:
    """The report of `run`."""
    return build_report(run.manifest, run.items, run.rows, run.lost, run.failures)


@attrs.frozen(kw_only=True)
class RunReport:
    """What a run has found out. `scores` and `kinds` are by contestant, the best first; `choice` is for all cases.

    `kind_choices` hold a preference for each kind; `lost` is what calls without an answer have cost; `unasked` counts
    questions without a judged answer, controls apart.
    """

    manifest: RunManifest
    programs: int
    kinds: tuple[str, ...]
    scores: tuple[ModelScore, ...]
    kind_scores: tuple[KindScore, ...]
    comparisons: tuple[Comparison, ...]
    kind_comparisons: tuple[Comparison, ...]
    choice: Preference
    kind_choices: tuple[Preference, ...]
    controls: Controls
    cost: Cost
    lost: Cost = FREE
    failures: int = 0
    unasked: int = 0


def build_report(
    manifest: RunManifest,
    items: Sequence[RunItem],
    rows: Sequence[JudgedAnswer],
    lost: Cost = FREE,
    failures: int = 0,
    draws: int = DRAWS,
) -> RunReport:
    """The report of a run by its judged rows."""
    known = {item.id: item for item in items}
    scores = model_scores(rows, known, manifest)
    comparisons = compare_all(rows, known, manifest, draws)
    kind_comparisons = compare_kinds(rows, known, manifest, draws)
    kinds = tuple(sorted({item.kind for item in items}))
    ways = len(manifest.prompts) * len(manifest.formats) * len(manifest.models) * manifest.repeat
    return RunReport(
        manifest=manifest,
        programs=len({item.program for item in items}),
        kinds=kinds,
        scores=scores,
        kind_scores=kind_scores(rows, known, manifest),
        comparisons=comparisons,
        kind_comparisons=kind_comparisons,
        choice=preference(scores, comparisons),
        kind_choices=_kind_choices(rows, known, manifest, kind_comparisons, kinds),
        controls=controls(rows),
        cost=sum((row.answer.cost for row in rows), FREE),
        lost=lost,
        failures=failures,
        unasked=len(items) * ways - sum(score.cases for score in scores),
    )


def _kind_choices(
    rows: Sequence[JudgedAnswer],
    items: Mapping[str, RunItem],
    manifest: RunManifest,
    comparisons: Sequence[Comparison],
    kinds: Sequence[str],
) -> tuple[Preference, ...]:
    plain = [row for row in rows if not row.answer.question.control]
    groups = by_kind(plain, items)
    found = []
    for kind in kinds:
        scores = model_scores(groups.get(kind, []), items, manifest)
        found.append(preference(scores, [one for one in comparisons if one.kind == kind], kind))
    return tuple(found)


@attrs.frozen(kw_only=True)
class RunComparison:
    """Two runs on the cases that both have: how much larger the share of the second is, for each contestant of both.

    Where the runs have one contestant each, those two are compared, whatever their names are: a prompt, or a version of
    a model, is an A/B so.
    """

    first: str
    second: str
    rows: tuple[tuple[str, PairedDifference], ...]
    shared_cases: int


def compare_runs(
    first: RunManifest,
    first_rows: Sequence[JudgedAnswer],
    second: RunManifest,
    second_rows: Sequence[JudgedAnswer],
    items: Mapping[str, RunItem],
    draws: int = DRAWS,
) -> RunComparison:
    """Compare run with run, case by case; `items` are those of both."""
    before = {name: case_shares(rows) for name, rows in by_contestant(first_rows, first).items()}
    after = {name: case_shares(rows) for name, rows in by_contestant(second_rows, second).items()}
    pairs = [(name, name) for name in before if name in after]
    if not pairs and len(before) == len(after) == 1:
        pairs = [(next(iter(before)), next(iter(after)))]
    found = [
        (
            one if one == other else f"{one} → {other}",
            paired_difference(differences(after[other], before[one], items), str(first.seed), draws),
        )
        for one, other in pairs
    ]
    return RunComparison(
        first=first.id,
        second=second.id,
        rows=tuple(found),
        shared_cases=max((difference.cases for _, difference in found), default=0),
    )


def report_json(report: RunReport) -> JsonObject:
    """`report` for programs: names as in the records, unknown numbers null, money as text."""
    manifest = report.manifest
    return {
        "run": manifest_json(manifest),
        "id": manifest.id,
        "began": manifest.began,
        "programs": report.programs,
        "kinds": list(report.kinds),
        "cost_usd": _cost(report.cost),
        "lost_usd": _cost(report.lost),
        "failures": report.failures,
        "unasked": report.unasked,
        "controls": {
            "original": list(report.controls.original),
            "unchanged": list(report.controls.unchanged),
            "right": report.controls.are_right,
        },
        "models": [_score_json(score) for score in report.scores],
        "by_kind": [_kind_json(score) for score in report.kind_scores],
        "differences": [_comparison_json(one) for one in (*report.comparisons, *report.kind_comparisons)],
        "choice": _choice_json(report.choice),
        "choices_by_kind": [_choice_json(one) for one in report.kind_choices],
    }


def manifest_json(manifest: RunManifest) -> JsonObject:
    """What was asked, without what is of this one run alone: its id, its time, its budget."""
    return {
        "seed": manifest.seed,
        "type": manifest.type,
        "items": manifest.items,
        "models": list(manifest.models),
        "endpoints": {model: manifest.endpoints.get(model, "") for model in manifest.models},
        "kinds": list(manifest.kinds),
        "corpus": manifest.corpus,
        "prompts": list(manifest.prompts),
        "formats": list(manifest.formats),
        "parameters": manifest.parameters,
        "repeat": manifest.repeat,
        "agent": manifest.agent,
        "sandbox": manifest.sandbox,
        "stops_early": manifest.stops_early,
        "own_tests": manifest.own_tests,
        "version": manifest.version,
    }


def _cost(cost: Cost | None) -> Json:
    return None if cost is None else {"known": _decimal(cost.amount), "complete": cost.complete}


def _decimal(amount: Decimal) -> str:
    return f"{amount.normalize() + 0:f}"


def interval_json(interval: Interval) -> JsonObject:
    """A share with its bounds."""
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _score_json(score: ModelScore) -> JsonObject:
    return {
        "name": score.name,
        "cases": score.cases,
        "healed": score.healed,
        "unreadable": score.unreadable,
        "share": interval_json(score.share),
        "cost_usd": _cost(score.cost),
        "usd_per_healed": _cost(score.cost_per_healed),
        "seconds_per_healed": score.seconds_per_healed,
        "broken": score.broken,
        "shown": score.shown,
        "suspicious": score.suspicious,
        "identical": score.identical,
        "input_tokens": score.input_tokens,
        "output_tokens": score.output_tokens,
        "pass_at": {str(k): value for k, value in score.pass_at.items()},
        "on_front": score.is_on_front,
    }


def _kind_json(score: KindScore) -> JsonObject:
    share = interval_json(score.share)
    return {"kind": score.kind, "name": score.name, "cases": score.cases, "healed": score.healed, "share": share}


def _comparison_json(comparison: Comparison) -> JsonObject:
    return {
        "kind": comparison.kind,
        "first": comparison.first,
        "second": comparison.second,
        "p": comparison.p,
        "clear": comparison.is_clear,
        **difference_json(comparison.difference),
    }


def difference_json(difference: PairedDifference) -> JsonObject:
    """A paired difference."""
    interval = interval_json(difference.interval)
    return {"difference": interval, "cases": difference.cases, "programs": difference.programs}


def _choice_json(choice: Preference) -> JsonObject:
    return {
        "kind": choice.kind,
        "choice": choice.choice,
        "winner": choice.winner,
        "cases": choice.cases,
        "half_width": choice.half_width,
        "more_cases": choice.more_cases,
        "sentence": str(choice),
    }


def export_lines(
    manifest: RunManifest, items: Sequence[RunItem], rows: Sequence[JudgedAnswer], *, times: bool = False
) -> list[JsonObject]:
    """The run as rows of JSON: what was asked, each item, each judged answer, in an order that never varies.

    Without `times` nothing is in it that a second run of the same would have different: no id, no time of a clock, and
    not what a check gave that failed, for two threads that race give now this and now that.
    """
    head: JsonObject = {"run": manifest_json(manifest)}
    if times:
        head |= {"id": manifest.id, "began": manifest.began}
    cases: list[JsonObject] = [
        {"item": item.id, "program": item.program, "kind": item.kind, "level": item.level} for item in items
    ]
    return [head, *cases, *(_row_json(row.answer, row.verdict, times) for row in rows)]


def _row_json(answer: HealingAnswer, verdict: RepairVerdict, times: bool) -> JsonObject:
    row: JsonObject = {
        **attrs.asdict(answer.question),
        "text": answer.text,
        "usage": attrs.asdict(answer.usage),
        "cost_usd": _cost(answer.cost),
        "rounds": answer.rounds,
        "error": answer.error,
        "fingerprint": answer.fingerprint,
        "repair": verdict.repair,
        "failed": list(verdict.failed),
        "suspicions": list(verdict.suspicions),
        "edited_lines": verdict.edited_lines,
        "identical": verdict.identical,
    }
    return {**row, "detail": verdict.detail, "latency_ms": answer.latency_ms} if times else row
