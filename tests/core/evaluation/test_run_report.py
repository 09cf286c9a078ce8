"""A report says all that a run has found; an export is the same bytes for the same run."""

from __future__ import annotations

import random
from decimal import Decimal

import attrs

from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.run_report import build_report, compare_runs, export_lines, report_json
from pointsman.core.json import dumps_text
from pointsman.core.money.cost import Cost
from tests.core.evaluation.rows import items, manifest, row, simulate

KINDS = ("syntax", "type")
CASES = items(40, KINDS)
RUN = manifest("a", "b", items=len(CASES), budget=Decimal(5))


def rows(a: float = 0.8, b: float = 0.5, seed: int = 1) -> list[JudgedAnswer]:
    found = simulate(CASES, {"a": lambda item: a, "b": lambda item: b}, seed)
    found += [row(case, "control", True, control="original") for case in CASES]
    return [*found, *(row(case, "control", False, control="unchanged") for case in CASES)]


def test_a_report_counts_models_kinds_and_controls() -> None:
    report = build_report(RUN, tuple(CASES.values()), rows(), Cost(Decimal("0.5")), 3, draws=400)
    assert [score.name for score in report.scores] == ["a", "b"]
    assert (report.programs, report.kinds, report.unasked, report.failures) == (40, KINDS, 0, 3)
    assert report.controls.are_right
    assert report.choice.winner == "a"
    assert len(report.kind_scores) == 4
    assert [choice.kind for choice in report.kind_choices] == list(KINDS)


def test_what_was_not_answered_is_counted_as_unasked() -> None:
    found = rows()[10:]
    assert build_report(RUN, tuple(CASES.values()), found, draws=100).unasked == 10


def test_a_run_without_rows_has_a_report() -> None:
    report = build_report(RUN, tuple(CASES.values()), [], draws=100)
    assert report.unasked == 160
    assert str(report.choice) == "nothing was answered yet"
    assert dumps_text(report_json(report))


def test_json_holds_every_number_of_the_report() -> None:
    report = build_report(RUN, tuple(CASES.values()), rows(), draws=400)
    written = report_json(report)
    assert written["controls"] == {"original": [80, 80], "unchanged": [0, 80], "right": True}
    models = written["models"]
    assert isinstance(models, list)
    assert [model["name"] for model in models if isinstance(model, dict)] == ["a", "b"]
    assert written["cost_usd"] == {"known": "0.32", "complete": True}
    assert written["kinds"] == list(KINDS)


def test_an_export_is_the_same_whatever_the_run_was_called_and_however_long_it_took() -> None:
    found = rows()
    slow = [
        attrs.evolve(
            one,
            answer=attrs.evolve(one.answer, latency_ms=random.random()),
            verdict=attrs.evolve(one.verdict, detail=f"check_race: {random.random()} instead of 1"),
        )
        for one in found
    ]
    other = attrs.evolve(RUN, id="other", began=99.0)
    first = [dumps_text(line) for line in export_lines(RUN, tuple(CASES.values()), found)]
    assert first == [dumps_text(line) for line in export_lines(other, tuple(CASES.values()), slow)]
    assert len(first) == 1 + len(CASES) + len(found)
    timed = export_lines(other, tuple(CASES.values()), slow, times=True)
    assert (timed[0]["id"], timed[0]["began"]) == ("other", 99.0)
    assert {"latency_ms", "detail"} <= timed[-1].keys()


def test_two_runs_are_compared_case_by_case() -> None:
    found = compare_runs(RUN, rows(0.5, 0.5, 1), RUN, rows(0.9, 0.5, 1), CASES, draws=400)
    better, same = (difference for _, difference in found.rows)
    assert found.shared_cases == 80
    assert better.p < 0.05
    assert (better.interval.mean or 0) > 0.2
    assert same.interval.mean == 0


def test_runs_of_one_model_each_are_an_experiment_whatever_they_are_called() -> None:
    first, second = manifest("old"), manifest("new")
    before = simulate(CASES, {"old": lambda item: 0.4}, 1)
    after = simulate(CASES, {"new": lambda item: 0.9}, 2)
    ((name, difference),) = compare_runs(first, before, second, after, CASES, draws=400).rows
    assert name == "old → new"
    assert (difference.interval.low or 0) > 0
    assert compare_runs(first, before, manifest("x", "y"), after, CASES, draws=100).rows == ()
