"""Which model heals which kind of fault: what runs and use have shown, and what a choice may make of it. Pure.

What is applied from runs counts as a few tries at most, however many cases a run had, and less with every day: a run
that is wrong about today is so outvoted by what really happens.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs

from pointsman.core.interval import Interval, proportion
from pointsman.core.money.cost import UNKNOWN_COST, Cost
from pointsman.core.routing.reasons import say

HEAL = "heal"
"""The task of a call that is to heal a program; `heal:KIND` where the kind of fault is known."""
IN_USE = ""
"""Stands for the run where evidence comes of use."""
MOST_TRIES = 8.0
"""What all runs together count as, at most."""
FADING_DAYS = 30.0
"""Days after which a try counts half."""
_DAY = 86_400.0


@attrs.frozen(kw_only=True)
class Evidence:
    """What one run, or use (`IN_USE`), says of one model and one kind of fault.

    `kind` is empty where the kind was not known. `cost` and `seconds` (None: not measured) are those of all `tried`
    cases. `effect` is by how much cases of one program are alike: so many of them say as much as one. `date` is Unix
    time; counts of use have faded until then. `fingerprint` is the model as its provider named it in its answers, empty
    where it is not known.
    """

    kind: str
    model: str
    healed: float
    tried: float
    run: str
    date: float
    cost: Cost = UNKNOWN_COST
    seconds: float | None = None
    effect: float = 1.0
    fingerprint: str = ""

    @property
    def share(self) -> Interval:
        """The share that was healed."""
        return share_of((self,))


def share_of(rows: Sequence[Evidence]) -> Interval:
    """The share of the cases of all `rows` that was healed."""
    healed, tried = sum(row.healed for row in rows), sum(row.tried for row in rows)
    worth = sum(row.tried / row.effect for row in rows)
    return proportion(healed * worth / tried, worth) if tried > 0 else Interval()


def task_kind(task: str | None) -> str | None:
    """The kind that a task names: empty for `heal`, None for what is no such task."""
    word, _, kind = (task or "").partition(":")
    return kind.strip() if word == HEAL else None


def fading(date: float, now: float) -> float:
    """What a try of that time counts now, 0 to 1."""
    return math.exp2(-max(0.0, now - date) / (FADING_DAYS * _DAY))


def add_outcome(row: Evidence | None, outcome: Evidence) -> Evidence:
    """`row`, which is of use, as it is after one more `outcome`; begun anew where the model has become another."""
    if row is None or is_void(row, outcome.fingerprint):
        return outcome
    kept = fading(row.date, outcome.date)
    return attrs.evolve(
        row,
        healed=row.healed * kept + outcome.healed,
        tried=row.tried * kept + outcome.tried,
        date=max(row.date, outcome.date),
        fingerprint=outcome.fingerprint or row.fingerprint,
    )


def is_void(row: Evidence, fingerprint: str) -> bool:
    """Whether the model is no longer the one that `row` is about, as far as both say which they are."""
    return bool(row.fingerprint and fingerprint) and row.fingerprint != fingerprint


@attrs.frozen(kw_only=True)
class Belief:
    """How likely a model heals a fault of `kind`: a Beta distribution whose counts begin at one of each.

    `healed` and `failed` are the tries that it rests on, faded and bounded. `rows` are those of runs behind it: of this
    kind, or where `is_pooled` of all others. `used` are counts of use since, faded.
    """

    kind: str
    healed: float
    failed: float
    rows: tuple[Evidence, ...] = ()
    is_pooled: bool = False
    used: tuple[float, float] = (0.0, 0.0)
    """Healed, and all."""

    @property
    def share(self) -> float:
        """The mean, 0 to 1."""
        return (1 + self.healed) / (2 + self.healed + self.failed)

    @property
    def upper(self) -> float:
        """Two standard deviations above the mean, at most 1: as much as it may yet turn out to be."""
        good, bad = 1 + self.healed, 1 + self.failed
        total = good + bad
        return min(1.0, self.share + 2 * math.sqrt(good * bad / (total * total * (total + 1))))

    @property
    def usual_seconds(self) -> float | None:
        """Seconds that one of the cases took."""
        timed = [(row.seconds, row.tried) for row in self.rows if row.seconds is not None and row.tried > 0]
        return math.fsum(one for one, _ in timed) / math.fsum(tried for _, tried in timed) if timed else None

    @property
    def usual_dollars(self) -> float | None:
        """Dollars that one of the cases cost, where that is known of all."""
        tried = math.fsum(row.tried for row in self.rows)
        if not tried or not all(row.cost.complete for row in self.rows):
            return None
        return math.fsum(float(row.cost.amount) for row in self.rows) / tried

    def __str__(self) -> str:
        parts = [self._say_runs()] if self.rows else []
        healed, tried = self.used
        if tried >= _WORTH_SAYING:
            parts.append(say("in_use", healed=f"{healed:.1f}", tried=f"{tried:.1f}"))
        return f"{'; '.join(parts) or say('hardly')}: {say('expected', share=f'{100 * self.share:.0f}')}"

    def _say_runs(self) -> str:
        share = share_of(self.rows)
        healed, tried = sum(row.healed for row in self.rows), sum(row.tried for row in self.rows)
        runs = ", ".join(dict.fromkeys(row.run for row in self.rows))
        mean, low, high = (f"{100 * (one or 0):.0f}" for one in (share.mean, share.low, share.high))
        code = "run" if not self.is_pooled else "run_others" if self.kind else "run_pooled"
        counts = {"healed": f"{healed:.0f}", "tried": f"{tried:.0f}"}
        return say(code, runs=runs, kinds=self.kind, mean=mean, low=low, high=high, **counts)


_WORTH_SAYING = 0.05


def believe(rows: Iterable[Evidence], model: str, kind: str, now: float, fingerprint: str = "") -> Belief | None:
    """What `rows` say of `model` for faults of `kind`; None where they say nothing.

    Runs count as `MOST_TRIES` tries at most: those of this kind first, and what they leave is filled by other kinds.
    What happened in use counts as it did.
    """
    own = [row for row in rows if row.model == model and row.tried > 0 and not is_void(row, fingerprint)]
    runs = [row for row in own if row.run != IN_USE]
    of_kind = [row for row in runs if kind and row.kind == kind]
    others = [row for row in runs if not kind or row.kind != kind]
    in_use = [row for row in own if row.run == IN_USE and (not kind or row.kind == kind)]
    if not (runs or in_use):
        return None
    tries = _tries(of_kind, now)
    healed, failed = _split(of_kind, tries, now)
    more = _split(others, max(0.0, min(MOST_TRIES, _tries_of_runs(runs, now)) - tries), now)
    used = tuple(sum(getattr(row, name) * fading(row.date, now) for row in in_use) for name in ("healed", "tried"))
    return Belief(
        kind=kind,
        healed=healed + more[0] + used[0],
        failed=failed + more[1] + used[1] - used[0],
        rows=tuple(of_kind or others),
        is_pooled=not of_kind,
        used=(used[0], used[1]),
    )


def _tries(rows: Sequence[Evidence], now: float) -> float:
    """How many tries they count as."""
    return min(MOST_TRIES, sum(min(MOST_TRIES, row.tried / row.effect) * fading(row.date, now) for row in rows))


def _tries_of_runs(rows: Sequence[Evidence], now: float) -> float:
    """Likewise, where all kinds of a run are one."""
    runs: dict[str, list[Evidence]] = {}
    for row in rows:
        runs.setdefault(row.run, []).append(row)
    return sum(
        min(MOST_TRIES, sum(row.tried / row.effect for row in some)) * fading(max(row.date for row in some), now)
        for some in runs.values()
    )


def _split(rows: Sequence[Evidence], tries: float, now: float) -> tuple[float, float]:
    """`tries` as healed and failed ones, by the share that was healed; the latest cases have more say."""
    weight = sum(row.tried * fading(row.date, now) for row in rows)
    if not weight:
        return 0.0, 0.0
    healed = tries * sum(row.healed * fading(row.date, now) for row in rows) / weight
    return healed, tries - healed
