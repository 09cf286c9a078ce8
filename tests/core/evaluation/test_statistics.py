"""Shares, costs and times by contestant and kind, from rows that were made up; calibrated over a hundred seeds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.healing import JudgedAnswer, RepairVerdict
from pointsman.core.evaluation.ranking import (
    compare_all,
    compare_kinds,
    models_to_drop,
    preference,
)
from pointsman.core.evaluation.statistics import (
    ModelScore,
    clustered_proportion,
    contestants,
    controls,
    kind_scores,
    model_scores,
    pareto_front,
    pass_at,
)
from pointsman.core.interval import Interval, proportion
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from tests.core.evaluation.rows import items, manifest, row, simulate

KINDS = ("syntax", "name", "type")


def test_pass_at_k_is_what_counting_gives() -> None:
    assert [round(pass_at(10, 3, k), 3) for k in (1, 3, 5)] == [0.3, 0.708, 0.917]
    assert pass_at(3, 2, 2) == 1.0
    assert pass_at(4, 0, 4) == 0.0


@given(st.integers(1, 30), st.data())
def test_pass_at_one_is_the_share_and_more_tries_are_never_worse(count: int, data: st.DataObject) -> None:
    good = data.draw(st.integers(0, count))
    assert pass_at(count, good, 1) == pytest.approx(good / count)
    found = [pass_at(count, good, k) for k in range(1, count + 1)]
    assert found == sorted(found)


def test_intervals_cover_the_known_chance_by_kind() -> None:
    """In at least 93 of 100 seeds, at every kind."""
    cases = items(20, KINDS, each=2)
    chances = {"syntax": 0.95, "name": 0.7, "type": 0.3}
    covered = dict.fromkeys(KINDS, 0)
    for seed in range(100):
        rows = simulate(cases, {"m": lambda item: chances[item.kind]}, seed)
        for score in kind_scores(rows, cases, manifest("m")):
            covered[score.kind] += (score.share.low or 0) <= chances[score.kind] <= (score.share.high or 1)
    assert min(covered.values()) >= 93, covered


def test_with_equal_models_a_winner_is_seldom_named() -> None:
    """In at most 7 of 100 seeds, of three models."""
    cases, run = items(24, KINDS), manifest("a", "b", "c")
    winners = 0
    for seed in range(100):
        rows = simulate(cases, dict.fromkeys("abc", lambda item: 0.7), seed)
        found = preference(model_scores(rows, cases, run), compare_all(rows, cases, run, draws=400))
        winners += bool(found.winner)
    assert winners <= 7


def test_the_better_of_two_is_named_with_its_lead() -> None:
    cases, run = items(72, KINDS), manifest("a", "b")
    rows = simulate(cases, {"a": lambda item: 0.5, "b": lambda item: 0.8}, 1)
    scores = model_scores(rows, cases, run)
    found = preference(scores, compare_all(rows, cases, run))
    assert [score.name for score in scores] == ["b", "a"]
    assert found.winner == found.choice == "b"
    assert str(found).startswith("b is better than a by 33 points")


@pytest.mark.parametrize("others", [(), ("c",)])
def test_who_was_asked_only_the_easy_cases_is_no_winner_over_who_heals_them_all(others: tuple[str, ...]) -> None:
    """`a` was given up after 40 cases, of which it healed 80 %; `b` healed those, and 50 % of the rest."""
    cases = items(100, each=2)
    run = manifest("a", "b", *others)
    rows = [row(case, "a", number % 5 != 0) for number, case in enumerate(list(cases)[:40])]
    rows += [row(case, "b", number < 40 or number % 2 == 0) for number, case in enumerate(cases)]
    rows += [row(case, name, number < 20) for name in others for number, case in enumerate(cases)]
    scores = model_scores(rows, cases, run)
    assert (scores[0].name, scores[0].share.mean) == ("a", 0.8)
    found = preference(scores, compare_all(rows, cases, run))
    assert (found.winner, found.choice) == ("b", "b")
    assert str(found).startswith("b is better than a by 20 points")


def test_where_none_is_better_the_cheaper_is_chosen_and_it_is_said_how_sure() -> None:
    cases, run = items(30), manifest("dear", "cheap")
    rows = [
        row(case, model, number % 3 != shift, cost=Cost(Decimal(price)))
        for number, case in enumerate(cases)
        for model, price, shift in (("dear", "0.01", 0), ("cheap", "0.002", 1))
    ]
    found = preference(model_scores(rows, cases, run), compare_all(rows, cases, run))
    assert found.winner == ""
    assert found.choice == "cheap"
    assert "no difference seen (±" in str(found)
    assert "the cheaper one is chosen: cheap" in str(found)
    assert found.more_cases is not None
    assert f"{found.more_cases:,} more cases would show a difference of 5 points" in str(found)


def test_claims_by_kind_hold_over_all_kinds_together() -> None:
    """18 kinds of equal models: a claim by kind is as rare as one over all."""
    kinds = tuple(f"k{number}" for number in range(6))
    cases, run = items(20, kinds), manifest("a", "b")
    claims = 0
    for seed in range(40):
        rows = simulate(cases, dict.fromkeys("ab", lambda item: 0.6), seed)
        claims += any(one.is_clear for one in compare_kinds(rows, cases, run, draws=1000))
    assert claims <= 4


def test_a_kind_that_one_model_alone_heals_is_claimed() -> None:
    cases, run = items(30, KINDS), manifest("a", "b")
    rows = simulate(cases, {"a": lambda item: 0.9, "b": lambda item: 0.1 if item.kind == "type" else 0.9}, 5)
    clear = [one for one in compare_kinds(rows, cases, run) if one.is_clear]
    assert [(one.kind, one.better) for one in clear] == [("type", "a")]


def test_unasked_questions_count_nowhere() -> None:
    cases, run = items(4), manifest("m")
    names = list(cases)
    lost = JudgedAnswer(row(names[2], "m", False).answer, RepairVerdict(repair="unasked"))
    (score,) = model_scores([row(names[0], "m", True), row(names[1], "m", False), lost], cases, run)
    assert (score.cases, score.healed) == (2, 1)


def test_cost_and_time_are_of_a_healed_case_and_unknown_is_not_zero() -> None:
    cases, run = items(4), manifest("known", "unknown", "none")
    names = list(cases)
    rows = [row(name, "known", number < 2) for number, name in enumerate(names)]
    rows += [
        row(names[0], "unknown", True, cost=Cost(Decimal("0.5"))),
        row(names[1], "unknown", False, cost=UNKNOWN_COST),
    ]
    rows += [row(names[0], "none", False)]
    scores = {score.name: score for score in model_scores(rows, cases, run)}
    assert scores["known"].cost_per_healed == Cost(Decimal("0.002"))
    assert scores["known"].seconds_per_healed == 2.0
    assert scores["unknown"].cost_per_healed == Cost(Decimal("0.5"), complete=False)
    assert scores["none"].cost_per_healed is None
    assert scores["none"].seconds_per_healed is None


def test_several_tries_of_a_case_are_one_case_and_give_pass_at_k() -> None:
    cases, run = items(10), manifest("m", repeat=3)
    rows = [row(case, "m", repeat == 0, repeat=repeat) for case in cases for repeat in range(3)]
    (score,) = model_scores(rows, cases, run)
    assert score.pass_at == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 1.0})
    alone = proportion(10, 30)
    assert (score.share.high or 0) - (score.share.low or 0) >= (alone.high or 0) - (alone.low or 0)


def test_cases_of_one_program_that_go_together_widen_the_interval() -> None:
    together = {f"p{number}": (8 if number % 2 else 0, 8) for number in range(20)}
    apart = {f"p{number}": (4, 8) for number in range(20)}
    wide, narrow = clustered_proportion(together), clustered_proportion(apart)
    assert wide.mean == narrow.mean == 0.5
    assert (wide.high or 0) - (wide.low or 0) > 2 * ((narrow.high or 0) - (narrow.low or 0))


@pytest.mark.parametrize(
    ("tallies", "worth"),
    [
        ([(20, 20), (20, 20), (20, 20), (0, 20), (0, 20)], (3, 5)),
        ([(20, 20)], (1, 1)),
        ([(0, 20)] * 7, (0, 7)),
        ([(1, 1), (0, 1), (1, 1)], (2, 3)),
    ],
)
def test_of_few_programs_the_cases_of_one_are_worth_one(tallies: list[tuple[int, int]], worth: tuple[int, int]) -> None:
    found = clustered_proportion({f"p{number}": tally for number, tally in enumerate(tallies)})
    expected = proportion(*worth)
    assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))


def test_formats_and_prompts_that_a_run_varies_compete_on_their_own() -> None:
    run = manifest("a", "b", formats=("file", "blocks"), prompts=("plain@1", "steps@1"))
    assert contestants(run)[:3] == ("a · file · plain@1", "a · blocks · plain@1", "a · file · steps@1")
    assert len(contestants(run)) == 8
    assert contestants(manifest("a", "b")) == ("a", "b")


def test_controls_say_whether_the_measurement_is_right() -> None:
    good = [row("x", "control", True, control="original"), row("x", "control", False, control="unchanged")]
    assert controls(good).are_right
    assert not controls([row("x", "control", True, control="unchanged")]).are_right
    assert not controls([row("x", "control", False, control="original")]).are_right


def test_broken_good_programs_are_counted_apart() -> None:
    cases, run = items(3), manifest("m")
    names = list(cases)
    rows = [row(name, "m", True) for name in names]
    rows += [row(names[0], "m", False, control="unbroken"), row(names[1], "m", True, control="unbroken")]
    (score,) = model_scores(rows, cases, run)
    assert (score.cases, score.broken, score.shown) == (3, 1, 2)


def _score(name: str, share: float, dollars: str | None, seconds: float) -> ModelScore:
    cost = UNKNOWN_COST if dollars is None else Cost(Decimal(dollars))
    return ModelScore(
        name=name, cases=9, healed=5, unreadable=0, share=Interval(share), cost=FREE, cost_per_healed=cost,
        seconds_per_healed=seconds,
    )  # fmt: skip


def test_the_front_holds_who_is_beaten_by_none() -> None:
    good, cheap, fast = _score("good", 0.9, "0.01", 5), _score("cheap", 0.6, "0.001", 5), _score("fast", 0.5, "0.02", 1)
    beaten, unknown = _score("beaten", 0.5, "0.01", 6), _score("unknown", 0.1, None, 9)
    assert pareto_front([good, cheap, fast, beaten, unknown]) == {"good", "cheap", "fast", "unknown"}


def test_a_model_that_is_clearly_worse_is_dropped_and_equal_ones_are_not() -> None:
    cases, run = items(60), manifest("a", "b", "bad")
    share = {"a": lambda item: 0.8, "b": lambda item: 0.8, "bad": lambda item: 0.2}
    assert models_to_drop(simulate(cases, share, 2), cases, run, looks=4) == {"bad"}
    wrongly = 0
    for seed in range(40):
        rows = simulate(cases, dict.fromkeys("ab", lambda item: 0.7), seed)
        wrongly += bool(models_to_drop(rows, cases, manifest("a", "b"), looks=4, draws=400))
    assert wrongly <= 2
