"""Votes of comparisons: they change the order of models only where their intervals do not touch, and they fade."""

from __future__ import annotations

import pytest

from pointsman.core.routing.candidate import Candidate, Needs
from pointsman.core.routing.evidence import FADING_DAYS, Evidence, add_outcome
from pointsman.core.routing.policy import rank
from pointsman.core.routing.votes import VotedShare, ballots, is_vote, preferences

TABLES = {"general": ("a/m", "b/m"), "analysis": ("a/m", "b/m")}


def counted(*winners: str, task: str = "general", now: float = 0.0) -> dict[str, VotedShare]:
    """What is known after one comparison of `a/m` and `b/m` for each of `winners`."""
    rows: dict[str, Evidence] = {}
    for winner in winners:
        for row in ballots(["a/m", "b/m"], [winner], task, 0.0):
            rows[row.model] = add_outcome(rows.get(row.model), row)
    return preferences(rows.values(), "general", now)


def order(liked: dict[str, VotedShare]) -> list[tuple[str, str]]:
    candidates = [Candidate(provider=name, model="m", preference=liked.get(f"{name}/m")) for name in ("a", "b", "c")]
    ranking = rank(candidates, Needs(), "task", "general", TABLES)
    return [(one.model, one.reason) for one in ranking.explanation.ranked]


@pytest.mark.parametrize(("votes", "first"), [(1, "a/m"), (3, "a/m"), (8, "b/m")])
def test_a_few_votes_change_nothing_and_many_do(votes: int, first: str) -> None:
    ranked = order(counted(*["b/m"] * votes))
    assert ranked[0][0] == first
    assert f"preferred in {votes} of {votes} comparisons" in dict(ranked)["b/m"]
    assert "%" in dict(ranked)["b/m"]
    assert ranked[2][0] == "c/m", "who was never compared stays where it was"


def test_votes_against_each_other_leave_the_order() -> None:
    assert order(counted(*["a/m", "b/m"] * 20))[0][0] == "a/m"


def test_votes_fade_and_say_nothing_of_other_tasks() -> None:
    assert order(counted(*["b/m"] * 8, now=FADING_DAYS * 86_400 * 4))[0][0] == "a/m"
    assert counted("b/m", task="analysis") == {}


def test_a_tie_is_shared_and_a_vote_is_told_from_a_fault() -> None:
    rows = ballots(["a/m", "b/m"], ["a/m", "b/m"], "general", 0.0)
    assert [row.healed for row in rows] == [0.5, 0.5]
    assert all(is_vote(row) for row in rows)
    assert not is_vote(Evidence(kind="typing", model="a/m", healed=1, tried=1, run="r", date=0.0))
