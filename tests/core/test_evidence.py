"""Evidence is worth a few tries, fades, and is void for another model; without it routing is as it was."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import Price, Rates
from pointsman.core.routing.candidate import Candidate, Needs
from pointsman.core.routing.evidence import (
    FADING_DAYS,
    IN_USE,
    MOST_TRIES,
    Belief,
    Evidence,
    add_outcome,
    believe,
    task_kind,
)
from pointsman.core.routing.policy import rank

NOW = 1_800_000_000.0
HALF_LIFE = FADING_DAYS * 86_400


def row(healed: float, tried: float, *, kind: str = "syntax", model: str = "p/m", **changes: object) -> Evidence:
    plain = Evidence(kind=kind, model=model, healed=healed, tried=tried, run="r1", date=NOW)
    return attrs.evolve(plain, **changes)  # type: ignore[arg-type]  # the tests give fields of Evidence


def belief(*rows: Evidence, kind: str = "syntax", now: float = NOW, fingerprint: str = "") -> Belief:
    found = believe(rows, "p/m", kind, now, fingerprint)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rows", "healed", "failed"),
    [
        ([row(3, 4)], 3, 1),
        ([row(150, 200)], 6, 2),
        ([row(150, 200, date=NOW - HALF_LIFE)], 3, 1),
        ([row(4, 4), row(0, 4, run="r2")], 4, 4),
        ([row(150, 200), row(3, 4, run=IN_USE)], 9, 3),
        ([row(4, 8, effect=2.0)], 2, 2),
    ],
    ids=["few", "many are bounded", "old ones fade", "of two runs", "use counts as it is", "alike"],
)
def test_runs_count_as_a_few_tries_and_use_as_it_is(rows: list[Evidence], healed: float, failed: float) -> None:
    found = belief(*rows)
    assert (found.healed, found.failed) == pytest.approx((healed, failed))
    assert found.share == pytest.approx((1 + healed) / (2 + healed + failed))


def test_what_a_thin_kind_leaves_is_filled_by_other_kinds() -> None:
    found = belief(row(2, 2), row(0, 100, kind="name"))
    assert (found.healed, found.failed) == pytest.approx((2, 6))
    assert not found.is_pooled
    assert [one.kind for one in found.rows] == ["syntax"]


def test_for_a_kind_that_was_never_tried_and_for_an_unknown_one_all_kinds_speak() -> None:
    rows = (row(8, 10), row(2, 10, kind="name"))
    for kind in ("concurrency", ""):
        found = belief(*rows, kind=kind)
        assert found.is_pooled
        assert (found.healed, found.failed) == pytest.approx((4, 4))
    assert "run r1: healed 10 of 20 of all kinds (50 %, 30 to 70)" in str(belief(*rows, kind=""))
    assert "for none of 'concurrency' were tried" in str(belief(*rows, kind="concurrency"))


def test_the_words_name_run_share_and_interval() -> None:
    words = str(belief(row(9, 12), row(1, 3, run=IN_USE)))
    assert (
        words == "run r1: healed 9 of 12 syntax (75 %, 47 to 91); 1.0 of 3.0 in use, the older the less: 62 % expected"
    )


def test_evidence_is_void_for_another_model_and_another_version_of_it() -> None:
    dated = row(9, 12, fingerprint="m-2026-01")
    assert believe([dated], "p/other", "syntax", NOW) is None
    assert believe([dated], "p/m", "syntax", NOW, "m-2026-11") is None
    assert believe([dated], "p/m", "syntax", NOW, "m-2026-01") is not None
    assert believe([dated], "p/m", "syntax", NOW) is not None


def test_an_outcome_of_another_version_begins_anew() -> None:
    before = row(5, 5, run=IN_USE, fingerprint="old")
    failed = row(0, 1, run=IN_USE, fingerprint="new")
    assert add_outcome(before, failed) == failed
    later = attrs.evolve(failed, fingerprint="", date=NOW + HALF_LIFE)
    added = add_outcome(before, later)
    assert (added.healed, added.tried, added.fingerprint) == (2.5, 3.5, "old")


@pytest.mark.parametrize(
    ("task", "kind"), [("heal", ""), ("heal:concurrency", "concurrency"), ("healing", None), (None, None)]
)
def test_the_kind_stands_in_the_task(task: str | None, kind: str | None) -> None:
    assert task_kind(task) == kind


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 1e4), st.floats(0, 1e9)), min_size=1, max_size=6))
def test_whatever_the_runs_say_they_are_worth_eight_tries_at_most(rows: list[tuple[float, float, float]]) -> None:
    runs = [
        row(share * tried, tried, run=f"r{number}", date=NOW - age) for number, (share, tried, age) in enumerate(rows)
    ]
    found = belief(*runs)
    assert 0 <= found.healed + found.failed <= MOST_TRIES + 1e-9
    assert min(found.healed, found.failed) >= -1e-9
    assert 0.1 - 1e-9 <= found.share <= 0.9 + 1e-9


def candidate(provider: str, *, share: float | None = None, dollars: str | None = "1", **changes: object) -> Candidate:
    rates = None if dollars is None else Rates(input=Decimal(dollars), output=Decimal(dollars))
    price = None if rates is None else Price(rates=rates, source="test")
    known = None if share is None else Belief(kind="syntax", healed=8 * share, failed=8 * (1 - share))
    plain = Candidate(provider=provider, model="m", belief=known, facts=ModelFacts(price=price))
    return attrs.evolve(plain, **changes)  # type: ignore[arg-type]  # the tests give fields of Candidate


def order(*candidates: Candidate) -> list[str]:
    ranking = rank(candidates, Needs(), "task", "heal:syntax")
    return [one.provider for one in ranking.order]


def test_who_heals_more_is_asked_first() -> None:
    assert order(candidate("a", share=0.2), candidate("b", share=0.9), candidate("c")) == ["b", "c", "a"]


def test_of_two_that_heal_alike_the_cheaper_is_asked_first_and_of_unlike_ones_the_better() -> None:
    dear = candidate("dear", share=0.65, dollars="20")
    assert order(dear, candidate("cheap", share=0.6, dollars="1")) == ["cheap", "dear"]
    assert order(candidate("cheap", share=0.3, dollars="1"), dear) == ["dear", "cheap"]


def test_time_counts_as_it_was_in_the_run_where_nothing_was_measured_since() -> None:
    slow, fast = (row(6, 8, seconds=seconds, cost=Cost()) for seconds in (80.0, 8.0))
    ranked = order(
        candidate("slow", belief=belief(slow)),
        candidate("fast", belief=belief(fast)),
    )
    assert ranked == ["fast", "slow"]


_names = st.lists(st.sampled_from(["openai", "anthropic", "ollama", "groq", "x"]), min_size=1, unique=True)


@given(_names, st.sampled_from(["heal", "heal:syntax", "analysis", "general"]), st.integers(0, 9))
def test_without_evidence_the_order_is_as_it_was(names: Sequence[str], task: str, turn: int) -> None:
    known = [Candidate(provider=name, model="m", family=name) for name in names]
    table = {"heal": ("groq", "openai"), "general": ("x", "ollama"), "analysis": ("anthropic",)}
    wanted = table["heal" if task.startswith("heal") else task]
    expected = sorted(names, key=lambda name: wanted.index(name) if name in wanted else len(wanted))
    assert [one.provider for one in rank(known, Needs(), "task", task, table, turn).order] == expected


def _share_healed(prior: Sequence[Evidence], seeds: int = 6, calls: int = 300) -> float:
    """Of calls that are routed by evidence and add to it as they go; "a" heals 75 %, "b" 55 %."""
    truth, healed = {"a/m": 0.75, "b/m": 0.55}, 0
    for seed in range(seeds):
        chance = random.Random(seed)
        live: dict[str, Evidence] = {}
        for turn in range(calls):
            rows = (*prior, *live.values())
            known = [candidate(name, belief=believe(rows, f"{name}/m", "syntax", NOW)) for name in "ab"]
            first = rank(known, Needs(), "task", "heal:syntax", turn=turn).order[0].ref
            good = chance.random() < truth[first]
            healed += good
            live[first] = add_outcome(live.get(first), row(float(good), 1, model=first, run=IN_USE))
    return healed / (seeds * calls)


def test_a_run_that_is_wrong_about_today_costs_little() -> None:
    """Of 75 % at best; a wrong run that counted as all its cases would cost nearly everything."""
    wrong = [row(60, 200, model="a/m"), row(180, 200, model="b/m")]
    right = [row(150, 200, model="a/m"), row(110, 200, model="b/m")]
    assert _share_healed(right) > 0.70
    assert _share_healed([]) > 0.70
    assert _share_healed(wrong) > 0.66
    assert _share_healed([attrs.evolve(one, run=IN_USE) for one in wrong]) < 0.58


def test_another_model_is_tried_now_and_then_only_where_outcomes_are_told_and_it_may_be_better() -> None:
    def firsts(*known: Candidate) -> list[str]:
        return [rank(known, Needs(), "task", "heal:syntax", turn=turn).order[0].provider for turn in range(5)]

    better, worse = candidate("a", share=0.8), candidate("b", share=0.6)
    told = attrs.evolve(better, belief=belief(row(8, 10), row(2, 2, run=IN_USE)))
    assert firsts(better, worse) == ["a"] * 5
    assert firsts(told, worse) == ["a", "a", "a", "a", "b"]
    assert firsts(told, attrs.evolve(worse, belief=belief(row(0, 60, run=IN_USE)))) == ["a"] * 5
    reason = rank([told, worse], Needs(), "task", "heal:syntax", turn=4).explanation.ranked[0].reason
    assert reason.startswith("it may be better, which one call in 5 finds out; ")
