"""Usage records counted up by the database, as `core.money.usage_report` counts them: no record comes into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs

from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.core.money.cost import Cost, from_picodollars
from pointsman.core.money.usage_report import (
    SHARES,
    GroupBy,
    Percentiles,
    Tally,
    UsageRow,
    between,
    in_order,
)

Group: TypeAlias = str | int
_Bounds: TypeAlias = dict[str, float | str | None]
"""From when, until when, of which tenant."""
_HALF = 1_000_000
"""Sums are taken in two parts, since one of 64 bits may be too small: millions, and what is left of them."""
_HOUR, _DAY = 3600, 86_400


def _name_or_none(column: str) -> str:
    return f"CASE WHEN {column} = '' THEN '(none)' ELSE {column} END"


@attrs.frozen
class Counting:
    """How one database counts."""

    floor: Callable[[str], str]
    """A number, rounded down, as a whole one."""
    tags: str
    """Joins the tags of a record, each once, as `tag.value`."""


_KEYS: dict[GroupBy, str] = {
    "model": f"CASE WHEN provider != '' THEN provider || '/' || model ELSE {_name_or_none('model')} END",
    "provider": _name_or_none("provider"),
    "task": _name_or_none("task"),
    "tag": "coalesce(tag.value, '(none)')",
    "tenant": _name_or_none("tenant"),
    "conversation": _name_or_none("conversation"),
    "outcome": "outcome",
    "variant": "CASE WHEN experiment = '' THEN '(none)' ELSE experiment || '/' || variant END",
    "all": "'all'",
}
_WIDTHS: dict[GroupBy, tuple[int, str]] = {"day": (_DAY, "%Y-%m-%d"), "hour": (_HOUR, "%Y-%m-%d %H:00")}


def _sum(column: str) -> str:
    return f"coalesce(sum({column} / {_HALF}), 0), coalesce(sum({column} % {_HALF}), 0)"


_COUNTS = ", ".join(
    (
        "count(*), sum(CASE WHEN cache != '' THEN 1 ELSE 0 END)",
        f"{_sum('input')}, count(input) = count(*)",
        f"{_sum('output')}, count(output) = count(*)",
        f"{_sum('picodollars')}, min(cost_complete)",
        f"{_sum('saved_picodollars')}, min(saved_complete)",
        "sum(CASE WHEN outcome = 'ok' AND cache = '' AND latency_ms > 0 THEN output END)",
        "sum(CASE WHEN outcome = 'ok' AND cache = '' AND latency_ms > 0 AND output > 0"
        " THEN (latency_ms - coalesce(first_ms, 0)) / 1000 END)",
    )
)


_OF_TENANT = "(CAST(:tenant AS text) IS NULL OR tenant = :tenant)"


def summary(
    counting: Counting, connection: SqlConnection, by: GroupBy, since: float, until: float, tenant: str | None
) -> tuple[UsageRow, ...]:
    """As `report` of the records from `since` to before `until`, of `tenant` or of all."""
    tags = counting.tags if by == "tag" else ""
    source = f"usage{tags} WHERE usage.time >= :since AND usage.time < :until AND {_OF_TENANT}"
    form = _WIDTHS.get(by)
    key = counting.floor(f"time / {form[0]}.0") if form else _KEYS[by]
    rows = _rows(counting, connection, key, source, _bounds(since, until, tenant))
    return in_order((row(_moment(key, *form) if form else str(key)) for key, row in rows.items()), by)


def series(
    counting: Counting, connection: SqlConnection, since: float, until: float, steps: int, tenant: str | None
) -> tuple[UsageRow, ...]:
    """As `series` of the records, of `tenant` or of all."""
    steps = max(1, steps)
    width = max(1e-9, (until - since) / steps)
    number = counting.floor(f"(time - {since!r}) / {width!r}")
    key = f"CASE WHEN {number} > {steps - 1} THEN {steps - 1} ELSE {number} END"
    source = f"usage WHERE time >= :since AND time <= :until AND {_OF_TENANT}"
    rows = _rows(counting, connection, key, source, _bounds(since, until, tenant))
    names = [f"{since + width * number:.0f}" for number in range(steps)]
    return tuple(rows[n](name) if n in rows else UsageRow(group=name, calls=0) for n, name in enumerate(names))


def _bounds(since: float, until: float, tenant: str | None) -> _Bounds:
    return {"since": since, "until": until, "tenant": tenant}


class _Row:
    """Everything of a group but its name."""

    def __init__(self, counts: Sequence[Any]) -> None:
        self.counts = counts
        self.errors: list[tuple[str, int]] = []
        self.latency: dict[float, float] = {}
        self.first: dict[float, float] = {}

    def __call__(self, name: str) -> UsageRow:
        calls, cached, *sums, tokens, seconds = self.counts
        taken, given, cost, saved = (sums[start : start + 3] for start in range(0, 12, 3))
        return UsageRow(
            group=name,
            calls=calls,
            errors=tuple(sorted(self.errors, key=lambda item: (-item[1], item[0]))),
            cached=cached,
            input=Tally(_whole_sum(taken), bool(taken[2])),
            output=Tally(_whole_sum(given), bool(given[2])),
            cost=_cost(cost),
            saved=_cost(saved),
            latency=_percentiles(self.latency),
            first=_percentiles(self.first),
            tokens_per_second=tokens / seconds if tokens and seconds and seconds > 0 else None,
        )


def _rows(counting: Counting, connection: SqlConnection, key: str, source: str, bounds: _Bounds) -> dict[Group, _Row]:
    found: dict[Group, _Row] = {}
    for name, *counts in connection.execute(f"SELECT {key} AS k, {_COUNTS} FROM {source} GROUP BY k", bounds):
        found[name] = _Row(counts)
    failed = f"SELECT {key} AS k, outcome, count(*) FROM {source} AND outcome != 'ok' GROUP BY k, outcome"
    for name, outcome, count in connection.execute(failed, bounds):
        found[name].errors.append((outcome, count))
    for name, share, value in _percentile_rows(counting, connection, key, source, bounds, "latency_ms"):
        found[name].latency[share] = value
    for name, share, value in _percentile_rows(counting, connection, key, source, bounds, "first_ms"):
        found[name].first[share] = value
    return found


def _percentile_rows(
    counting: Counting, connection: SqlConnection, key: str, source: str, bounds: _Bounds, column: str
) -> Iterator[tuple[Group, float, float]]:
    """The percentiles of `column` over the good calls of each group: (group, share, value)."""
    places = ", ".join(f"{counting.floor(f'{share} * (n - 1)')} + {more}" for share in SHARES for more in (0, 1))
    query = (
        f"WITH ranked AS (SELECT {key} AS k, {column} AS v,"
        f" row_number() OVER (PARTITION BY {key} ORDER BY {column}) - 1 AS place,"
        f" count(*) OVER (PARTITION BY {key}) AS n FROM {source} AND outcome = 'ok' AND {column} IS NOT NULL)"
        f" SELECT k, n, place, v FROM ranked WHERE place IN ({places})"
    )
    groups: dict[Group, tuple[int, dict[int, float]]] = {}
    for name, count, place, value in connection.execute(query, bounds):
        groups.setdefault(name, (count, {}))[1][place] = value
    for name, (count, values) in groups.items():
        for share in SHARES:
            yield name, share, between(count, share, values)


def _percentiles(found: dict[float, float]) -> Percentiles:
    return Percentiles(*(found.get(share) for share in SHARES))


def _whole_sum(parts: Sequence[int]) -> int:
    return parts[0] * _HALF + parts[1]


def _cost(parts: Sequence[int]) -> Cost:
    return from_picodollars(_whole_sum(parts), bool(parts[2]))


def _moment(number: Group, width: int, form: str) -> str:
    return datetime.fromtimestamp(int(number) * width, UTC).strftime(form)
