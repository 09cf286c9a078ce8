"""Usage records counted up: by model, provider, task, tag, day or tenant. Pure; the records come from a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias, get_args

import attrs

from pointsman.core.money.cost import FREE, Cost
from pointsman.core.money.usage_record import OK, UsageRecord

GroupBy: TypeAlias = Literal[
    "model", "provider", "task", "tag", "day", "hour", "tenant", "conversation", "outcome", "variant", "all"
]
GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)


@attrs.frozen
class Tally:
    """A sum of counts; where `complete` is False a part is unknown, and `known` is the least it can be."""

    known: int = 0
    complete: bool = True

    def plus(self, count: int | None) -> Tally:
        """With one more, which may be unknown."""
        return Tally(self.known, False) if count is None else Tally(self.known + count, self.complete)

    def __str__(self) -> str:
        return f"{self.known:,}" if self.complete else f"≥{self.known:,}"


@attrs.frozen
class Percentiles:
    """Milliseconds below which half, 95 and 99 of a hundred calls stayed; None without calls."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@attrs.frozen(kw_only=True)
class UsageRow:
    """One group of calls. `error_rate` is 0 to 1; `errors` counts them by tag; percentiles are over the good calls."""

    group: str
    calls: int
    errors: tuple[tuple[str, int], ...] = ()
    cached: int = 0
    input: Tally = Tally()
    output: Tally = Tally()
    cost: Cost = FREE
    saved: Cost = FREE
    latency: Percentiles = Percentiles()
    first: Percentiles = Percentiles()
    tokens_per_second: float | None = None

    @property
    def failures(self) -> int:
        """Calls that did not end well."""
        return sum(count for _, count in self.errors)

    @property
    def error_rate(self) -> float:
        """Failed calls of all."""
        return self.failures / self.calls if self.calls else 0.0


def report(records: Iterable[UsageRecord], by: GroupBy = "model") -> tuple[UsageRow, ...]:
    """A row for each group, those with most calls first; days and hours in their order."""
    groups: dict[str, list[UsageRecord]] = {}
    for record in records:
        for name in _KEYS[by](record):
            groups.setdefault(name, []).append(record)
    return in_order((_row(name, found) for name, found in groups.items()), by)


def in_order(rows: Iterable[UsageRow], by: GroupBy) -> tuple[UsageRow, ...]:
    """`rows` as a report shows them."""
    if by in ("day", "hour"):
        return tuple(sorted(rows, key=lambda row: row.group))
    return tuple(sorted(rows, key=lambda row: (-row.calls, row.group)))


def series(records: Sequence[UsageRecord], since: float, until: float, steps: int) -> tuple[UsageRow, ...]:
    """The time from `since` to `until` in `steps` equal pieces, a row each, named by its beginning in Unix seconds."""
    width = max(1e-9, (until - since) / max(1, steps))
    pieces: list[list[UsageRecord]] = [[] for _ in range(max(1, steps))]
    for record in records:
        if since <= record.time <= until:
            pieces[min(len(pieces) - 1, int((record.time - since) / width))].append(record)
    return tuple(_row(f"{since + width * number:.0f}", found) for number, found in enumerate(pieces))


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` (0 to 1) of `values` lie, between neighbours by a straight line."""
    if not values:
        return None
    return between(len(values), share, dict(enumerate(sorted(values))))


def between(count: int, share: float, ordered: Mapping[int, float]) -> float:
    """As `percentile` of `count` values, of which `ordered` holds at least the two neighbours by their places."""
    place = share * (count - 1)
    low = int(place)
    high = min(low + 1, count - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


SHARES = (0.5, 0.95, 0.99)
"""Those of `Percentiles`."""


def _percentiles(values: Sequence[float]) -> Percentiles:
    return Percentiles(*(percentile(values, share) for share in SHARES))


def _row(name: str, records: Sequence[UsageRecord]) -> UsageRow:
    good = [record for record in records if record.outcome == OK]
    asked = [record for record in good if not record.cache]
    tags: dict[str, int] = {}
    taken, given = Tally(), Tally()
    cost, saved = FREE, FREE
    for record in records:
        if record.outcome != OK:
            tags[record.outcome] = tags.get(record.outcome, 0) + 1
        taken, given = taken.plus(record.usage.input), given.plus(record.usage.output)
        cost, saved = cost + record.cost, saved + record.saved
    return UsageRow(
        group=name,
        calls=len(records),
        errors=tuple(sorted(tags.items(), key=lambda item: (-item[1], item[0]))),
        cached=sum(1 for record in records if record.cache),
        input=taken,
        output=given,
        cost=cost,
        saved=saved,
        latency=_percentiles([record.latency_ms for record in good]),
        first=_percentiles([record.first_ms for record in good if record.first_ms is not None]),
        tokens_per_second=_speed(asked),
    )


def _speed(records: Sequence[UsageRecord]) -> float | None:
    tokens, seconds = 0, 0.0
    for record in records:
        if record.usage.output and record.latency_ms > 0:
            tokens += record.usage.output
            seconds += (record.latency_ms - (record.first_ms or 0.0)) / 1000
    return tokens / seconds if seconds > 0 else None


def _moment(record: UsageRecord, form: str) -> str:
    return datetime.fromtimestamp(record.time, UTC).strftime(form)


_KEYS: dict[GroupBy, Callable[[UsageRecord], tuple[str, ...]]] = {
    "model": lambda r: (f"{r.provider}/{r.model}" if r.provider else r.model or "(none)",),
    "provider": lambda r: (r.provider or "(none)",),
    "task": lambda r: (r.task or "(none)",),
    "tag": lambda r: tuple(dict.fromkeys(r.tags)) or ("(none)",),
    "day": lambda r: (_moment(r, "%Y-%m-%d"),),
    "hour": lambda r: (_moment(r, "%Y-%m-%d %H:00"),),
    "tenant": lambda r: (r.tenant or "(none)",),
    "conversation": lambda r: (r.conversation or "(none)",),
    "outcome": lambda r: (r.outcome,),
    "variant": lambda r: (f"{r.experiment}/{r.variant}" if r.experiment else "(none)",),
    "all": lambda r: ("all",),
}
