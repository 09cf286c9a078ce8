"""Which contestant is better, where the rows allow to say so, and in which words. Pure.

A winner is named where it differs from every other one by more than chance (5 % over all pairs, by Holm). Else it is
said that no difference was seen, how large one could still be, and how many more cases would show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

import attrs

from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.resampling import DRAWS, PairedDifference, cases_to_show, holm, paired_difference
from pointsman.core.evaluation.statistics import ModelScore, by_contestant, by_kind, dearness, is_healed

ALPHA = 0.05
FEWEST_PROGRAMS = 6
"""Below this not even a model that is right in all against one that is right in none differs by more than chance."""
_SMALLEST_GAP = 0.05
"""Below this a difference is not worth being shown by more cases."""


@attrs.frozen(kw_only=True)
class Comparison:
    """Two contestants on the same cases; `p` is that of the difference, made larger for the number of comparisons."""

    first: str
    second: str
    difference: PairedDifference
    p: float
    kind: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether one of them is better by more than chance."""
        low, high = self.difference.interval.low, self.difference.interval.high
        return self.p < ALPHA and low is not None and high is not None and not low <= 0 <= high

    @property
    def better(self) -> str:
        """The one with the larger share of the cases that both have."""
        return self.first if (self.difference.interval.mean or 0.0) >= 0 else self.second

    def shows(self, winner: str) -> bool:
        """Whether `winner`, one of the two, is better by more than chance."""
        return self.is_clear and self.better == winner


@attrs.frozen(kw_only=True)
class Preference:
    """Who is to be chosen, for all cases or those of one `kind`, and why.

    `winner` is named only where it is clear. `choice` is the winner, else the cheapest of those that are not clearly
    worse than the best (of few programs the best). `half_width` is how large a difference could still be that was not
    seen, `more_cases` how many more would show the one that seems to be there.
    """

    choice: str
    winner: str = ""
    kind: str = ""
    cases: int = 0
    comparison: Comparison | None = None
    half_width: float | None = None
    more_cases: int | None = None

    def __str__(self) -> str:
        if not self.choice:
            return "nothing was answered yet"
        if self.comparison is None:
            return f"{self.choice} is the only one"
        if self.winner:
            other = self.comparison.second if self.comparison.first == self.winner else self.comparison.first
            return f"{self.winner} is better than {other} by {points(self.comparison, self.winner)}"
        if self.comparison.difference.programs < FEWEST_PROGRAMS:
            few = self.comparison.difference.programs
            return f"{few} programs are too few to tell; the best so far is chosen: {self.choice}"
        return f"no difference seen{_bound(self.half_width)}; the cheaper one is chosen: {self.choice}{self._more()}"

    def _more(self) -> str:
        if not self.more_cases or self.more_cases <= 0:
            return ""
        gap = max(_SMALLEST_GAP, abs((self.comparison and self.comparison.difference.interval.mean) or 0.0))
        return f" ({self.more_cases:,} more cases would show a difference of {100 * gap:.0f} points)"


def _bound(half_width: float | None) -> str:
    return "" if half_width is None else f" (±{100 * half_width:.0f} points)"


def points(comparison: Comparison, winner: str) -> str:
    """`31 points (12 to 49)`, seen from `winner`."""
    interval = comparison.difference.interval
    mean, low, high = interval.mean or 0.0, interval.low or 0.0, interval.high or 0.0
    if winner != comparison.first:
        mean, low, high = -mean, -high, -low
    return f"{100 * mean:.0f} points ({100 * low:.0f} to {100 * high:.0f})"


def compare_all(
    rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem], manifest: RunManifest, draws: int = DRAWS
) -> tuple[Comparison, ...]:
    """Every two contestants on the cases that both have answered."""
    return _adjust_for_number(
        [("", *pair) for pair in _pairs(by_contestant(rows, manifest), items, str(manifest.seed), draws)]
    )


def compare_kinds(
    rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem], manifest: RunManifest, draws: int = DRAWS
) -> tuple[Comparison, ...]:
    """Likewise for each kind of case; what is called clear is so over all kinds and pairs together."""
    groups = {name: by_kind(held, items) for name, held in by_contestant(rows, manifest).items()}
    kinds = sorted({kind for held in groups.values() for kind in held})
    found = []
    for kind in kinds:
        of_kind = {name: held.get(kind, []) for name, held in groups.items()}
        found += [(kind, *pair) for pair in _pairs(of_kind, items, f"{manifest.seed}|{kind}", draws)]
    return _adjust_for_number(found)


def _adjust_for_number(found: Sequence[tuple[str, str, str, PairedDifference]]) -> tuple[Comparison, ...]:
    adjusted = holm({f"{number:06d}": difference.p for number, (*_, difference) in enumerate(found)})
    return tuple(
        Comparison(kind=kind, first=first, second=second, difference=difference, p=adjusted[f"{number:06d}"])
        for number, (kind, first, second, difference) in enumerate(found)
    )


def _pairs(
    groups: Mapping[str, Sequence[JudgedAnswer]], items: Mapping[str, RunItem], seed: str, draws: int
) -> list[tuple[str, str, PairedDifference]]:
    shares = {name: case_shares(rows) for name, rows in groups.items()}
    return [
        (first, second, paired_difference(differences(shares[first], shares[second], items), seed, draws))
        for first, second in combinations(shares, 2)
    ]


def case_shares(rows: Sequence[JudgedAnswer]) -> dict[str, float]:
    """The share of good answers by case: one for each, or several where it was repeated."""
    tries: dict[str, list[bool]] = {}
    for row in rows:
        tries.setdefault(row.answer.question.case, []).append(is_healed(row))
    return {case: sum(each) / len(each) for case, each in tries.items()}


def differences(
    first: Mapping[str, float], second: Mapping[str, float], items: Mapping[str, RunItem]
) -> dict[str, list[float]]:
    """First minus second by program, of the cases that both have."""
    found: dict[str, list[float]] = {}
    for case in sorted(first.keys() & second.keys()):
        program = items[case].program if case in items else case
        found.setdefault(program, []).append(first[case] - second[case])
    return found


def preference(scores: Sequence[ModelScore], comparisons: Sequence[Comparison], kind: str = "") -> Preference:
    """Who is to be chosen by `comparisons`, which are all of one kind; `scores` are of that kind.

    Contestants are ranked by the cases that two of them share: who was asked fewer ones, since it was given up or
    dropped or the budget ended, may have been asked the easy ones.
    """
    asked = _rank([score for score in scores if score.cases], comparisons)
    if len(asked) < 2:
        return Preference(choice=asked[0].name if asked else "", kind=kind, cases=asked[0].cases if asked else 0)
    best = asked[0]
    against = {_other(one, best.name): one for one in comparisons if best.name in (one.first, one.second)}
    near = [score for score in asked[1:] if score.name in against and not against[score.name].shows(best.name)]
    next_best = against.get(asked[1].name)
    if not near and next_best is not None:
        return Preference(choice=best.name, winner=best.name, kind=kind, cases=best.cases, comparison=next_best)
    closest = against[near[0].name] if near else None
    if closest is not None and closest.difference.programs < FEWEST_PROGRAMS:
        return Preference(choice=best.name, kind=kind, cases=best.cases, comparison=closest)
    chosen = min((best, *near), key=lambda score: (dearness(score), -(score.share.mean or 0.0), score.name))
    return Preference(
        choice=chosen.name,
        kind=kind,
        cases=best.cases,
        comparison=closest,
        half_width=closest.difference.half_width if closest else None,
        more_cases=_more_cases(closest),
    )


def _rank(scores: Sequence[ModelScore], comparisons: Sequence[Comparison]) -> list[ModelScore]:
    """The best first: who is clearly worse than the fewest, then who leads the most others, then the larger share."""
    names = {score.name for score in scores}
    beaten, leads = Counter[str](), Counter[str]()
    for one in comparisons:
        mean = one.difference.interval.mean
        if mean and {one.first, one.second} <= names:
            worse = _other(one, one.better)
            leads[one.better] += 1
            leads[worse] -= 1
            beaten[worse] += one.is_clear
    return sorted(scores, key=lambda one: (beaten[one.name], -leads[one.name], -(one.share.mean or 0.0)))


def _other(comparison: Comparison, name: str) -> str:
    return comparison.second if comparison.first == name else comparison.first


def _more_cases(comparison: Comparison | None) -> int | None:
    if comparison is None:
        return None
    found = comparison.difference
    needed = cases_to_show(found, max(_SMALLEST_GAP, abs(found.interval.mean or 0.0)))
    return None if needed is None else max(0, needed - found.cases)


def models_to_drop(
    rows: Sequence[JudgedAnswer], items: Mapping[str, RunItem], manifest: RunManifest, looks: int, draws: int = DRAWS
) -> frozenset[str]:
    """Contestants that need not be asked further: clearly worse than another one, at the `looks`-th part of 5 %.

    So that looking `looks` times in a run is no more likely to be wrong than looking once.
    """
    found = compare_all(rows, items, manifest, draws)
    clear = [one for one in found if one.p < ALPHA / max(1, looks)]
    return frozenset(_other(one, one.better) for one in clear)
