"""What a run recommends, by kind of fault, and the evidence that routing may take from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.ranking import Preference
from pointsman.core.evaluation.run_report import RunReport
from pointsman.core.evaluation.statistics import by_kind, controls, design_effect, is_healed, tally_by_program
from pointsman.core.interval import Interval
from pointsman.core.json import Json, JsonObject
from pointsman.core.money.cost import FREE
from pointsman.core.routing.evidence import Evidence


@attrs.frozen(kw_only=True)
class Recommendation:
    """Who is to be asked for faults of `kind` (empty: for all), how much of its cases that one healed, and why."""

    kind: str
    choice: str
    healed: int
    cases: int
    share: Interval
    preference: Preference

    def to_json(self) -> JsonObject:
        """For a program; `winner` is empty where no difference was seen."""
        return {
            "kind": self.kind,
            "model": self.choice,
            "winner": self.preference.winner,
            "healed": self.healed,
            "cases": self.cases,
            "share": self.share.mean,
            "low": self.share.low,
            "high": self.share.high,
            "reason": str(self.preference),
        }


def recommend(report: RunReport) -> tuple[Recommendation, ...]:
    """One recommendation for each kind that was answered, and last the one for all."""
    found = []
    for one in report.kind_choices:
        score = next((s for s in report.kind_scores if s.kind == one.kind and s.name == one.choice), None)
        if score is not None:
            found.append(_recommendation(one, score.healed, score.cases, score.share))
    total = next((score for score in report.scores if score.name == report.choice.choice), None)
    if total is not None and total.cases:
        found.append(_recommendation(report.choice, total.healed, total.cases, total.share))
    return tuple(found)


def _recommendation(one: Preference, healed: int, cases: int, share: Interval) -> Recommendation:
    return Recommendation(kind=one.kind, choice=one.choice, healed=healed, cases=cases, share=share, preference=one)


def why_not_applied(manifest: RunManifest, rows: Sequence[JudgedAnswer]) -> str:
    """Why routing should take nothing from this run, or nothing."""
    if manifest.type != "fault":
        return f"{manifest.id} is of tasks of your own: only runs of faults say who heals which kind"
    if not controls(rows).are_right:
        return f"the measurement of {manifest.id} is not right, as `pointsman eval report` says; begin a new run"
    if not any(_is_counted(row) for row in rows):
        return f"{manifest.id} has no judged answer yet; go on with it by `pointsman eval run --resume {manifest.id}`"
    return ""


def evidence_of(
    manifest: RunManifest, items: Mapping[str, RunItem], rows: Sequence[JudgedAnswer]
) -> tuple[Evidence, ...]:
    """A row for each kind and model, however many ways it was asked in."""
    models: dict[str, list[JudgedAnswer]] = {}
    for row in rows:
        if _is_counted(row):
            models.setdefault(row.answer.question.model, []).append(row)
    return tuple(
        _evidence(manifest, kind, model, some, items)
        for model, held in sorted(models.items())
        for kind, some in sorted(by_kind(held, items).items())
    )


def _is_counted(row: JudgedAnswer) -> bool:
    return not row.answer.question.control and row.verdict.repair != "unasked"


def _evidence(
    manifest: RunManifest, kind: str, model: str, rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem]
) -> Evidence:
    named = {row.answer.fingerprint for row in rows}
    return Evidence(
        kind=kind,
        model=model,
        healed=sum(map(is_healed, rows)),
        tried=len(rows),
        run=manifest.id,
        date=manifest.began,
        cost=sum((row.answer.cost for row in rows), FREE),
        seconds=sum(row.answer.latency_ms for row in rows) / 1000,
        effect=design_effect(tally_by_program(rows, items)),
        fingerprint=named.pop() if len(named) == 1 else "",
    )


def evidence_json(row: Evidence) -> JsonObject:
    """A row for a program; `dollars` is None where it is not known."""
    dollars: Json = None if row.cost.usd is None else str(row.cost.usd.normalize() + 0)
    return {
        "kind": row.kind,
        "model": row.model,
        "healed": row.healed,
        "tried": row.tried,
        "dollars": dollars,
        "seconds": row.seconds,
        "run": row.run,
        "date": row.date,
        "fingerprint": row.fingerprint,
    }
