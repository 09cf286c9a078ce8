"""Votes of people who have compared answers: which model they preferred for a task, and when that is certain enough
to change the order in which models are asked. Pure.

A vote is evidence of use, of the kind `vote:TASK`; it counts half after `FADING_DAYS`, as all evidence does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from pointsman.core.interval import Interval, proportion
from pointsman.core.routing.evidence import IN_USE, Evidence, fading
from pointsman.core.routing.reasons import say

_KIND = "vote:"


def vote_kind(task: str) -> str:
    """The kind of evidence that votes about `task` are."""
    return f"{_KIND}{task}"


def is_vote(row: Evidence) -> bool:
    """Whether `row` counts votes, and says nothing of faults."""
    return row.kind.startswith(_KIND)


@attrs.frozen
class VotedShare:
    """How often a model was preferred, of so many comparisons; both faded, a tie counts a part for each."""

    won: float
    compared: float

    @property
    def share(self) -> Interval:
        """The share that it won, with its interval."""
        return proportion(self.won, self.compared)

    def is_clearly_above(self, other: VotedShare) -> bool:
        """Whether the intervals do not even touch: less is no reason to change anything."""
        low, high = self.share.low, other.share.high
        return low is not None and high is not None and low > high

    def __str__(self) -> str:
        share = self.share
        mean, low, high = (100 * (one or 0.0) for one in (share.mean, share.low, share.high))
        shares = {"mean": f"{mean:.0f}", "low": f"{low:.0f}", "high": f"{high:.0f}"}
        return say("votes", won=f"{self.won:.3g}", compared=f"{self.compared:.3g}", **shares)


def ballots(models: Sequence[str], winners: Sequence[str], task: str, now: float) -> tuple[Evidence, ...]:
    """One comparison as evidence: each of `models` was compared once, and the `winners` share what is won."""
    won = 1.0 / len(winners)
    return tuple(
        Evidence(
            kind=vote_kind(task),
            model=model,
            healed=won if model in winners else 0.0,
            tried=1.0,
            run=IN_USE,
            date=now,
        )
        for model in models
    )


def preferences(rows: Iterable[Evidence], task: str, now: float) -> dict[str, VotedShare]:
    """What all votes say of each model for `task`, as they count now."""
    kind = vote_kind(task)
    found: dict[str, VotedShare] = {}
    for row in rows:
        if row.kind == kind and row.run == IN_USE:
            left = fading(row.date, now)
            found[row.model] = VotedShare(row.healed * left, row.tried * left)
    return found
