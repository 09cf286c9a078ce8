"""Usage records counted up, against counting them by hand."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.money.usage_report import (
    GROUPS,
    GroupBy,
    Percentiles,
    Tally,
    UsageRow,
    percentile,
    report,
    series,
)

START = datetime(2026, 11, 30, 22, tzinfo=UTC)
maybe = st.none() | st.integers(0, 1000)
costs = st.sampled_from((FREE, UNKNOWN_COST, Cost(Decimal("0.25")), Cost(Decimal("0.125"), False)))
records_ = st.lists(
    st.builds(
        UsageRecord,
        id=st.just("x"),
        time=st.integers(0, 4 * 3600).map(lambda seconds: START.timestamp() + seconds),
        provider=st.sampled_from(("", "openai", "ollama")),
        model=st.sampled_from(("", "a", "b")),
        task=st.sampled_from(("", "analysis")),
        tenant=st.sampled_from(("", "t")),
        tags=st.lists(st.sampled_from("xyz"), max_size=3).map(tuple),
        usage=st.builds(Usage, maybe, maybe),
        cost=costs,
        saved=costs,
        latency_ms=st.integers(0, 1000).map(float),
        first_ms=st.none() | st.integers(0, 500).map(float),
        cache=st.sampled_from(("", "", "exact", "semantic")),
        outcome=st.sampled_from(("ok", "ok", "NetworkError", "TimeoutError", "Cancelled")),
        experiment=st.sampled_from(("", "e")),
        variant=st.sampled_from(("v", "w")),
    ),
    max_size=25,
)


def belongs(record: UsageRecord, by: GroupBy) -> set[str]:
    """The groups of a record, each way to group spelled out."""
    moment = START + timedelta(seconds=record.time - START.timestamp())
    model = "/".join(name for name in (record.provider, record.model) if name)
    found: dict[GroupBy, set[str]] = {
        "all": {"all"},
        "model": {(f"{record.provider}/" if record.provider and not record.model else model) or "(none)"},
        "provider": {record.provider or "(none)"},
        "task": {record.task or "(none)"},
        "tag": set(record.tags) or {"(none)"},
        "day": {moment.date().isoformat()},
        "hour": {f"{moment.date().isoformat()} {moment.hour:02}:00"},
        "tenant": {record.tenant or "(none)"},
        "conversation": {record.conversation or "(none)"},
        "outcome": {record.outcome},
        "variant": {f"e/{record.variant}" if record.experiment else "(none)"},
    }
    return found[by]


def by_hand(name: str, group: list[UsageRecord]) -> UsageRow:
    """The row of a group, each column computed by itself."""
    bad = [record.outcome for record in group if record.outcome != "ok"]
    good = [record for record in group if record.outcome == "ok"]
    timed = [r for r in good if r.cache == "" and (r.usage.output or 0) > 0 and r.latency_ms > 0]
    seconds = sum(r.latency_ms - (0.0 if r.first_ms is None else r.first_ms) for r in timed) / 1000
    tokens = sum(r.usage.output for r in timed if r.usage.output is not None)
    return UsageRow(
        group=name,
        calls=len(group),
        errors=tuple(sorted(((tag, bad.count(tag)) for tag in set(bad)), key=lambda pair: (-pair[1], pair[0]))),
        cached=len([record for record in group if record.cache != ""]),
        input=tally([record.usage.input for record in group]),
        output=tally([record.usage.output for record in group]),
        cost=total([record.cost for record in group]),
        saved=total([record.saved for record in group]),
        latency=three([record.latency_ms for record in good]),
        first=three([record.first_ms for record in good if record.first_ms is not None]),
        tokens_per_second=tokens / seconds if seconds > 0 else None,
    )


def tally(counts: list[int | None]) -> Tally:
    return Tally(sum(count or 0 for count in counts), None not in counts)


def total(costs: list[Cost]) -> Cost:
    return Cost(sum((cost.amount for cost in costs), Decimal(0)), all(cost.complete for cost in costs))


def three(values: list[float]) -> Percentiles:
    if not values:
        return Percentiles()
    if len(values) == 1:
        return Percentiles(values[0], values[0], values[0])
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return Percentiles(cuts[49], cuts[94], cuts[98])


def close(found: Percentiles, expected: Percentiles) -> bool:
    pairs = ((found.p50, expected.p50), (found.p95, expected.p95), (found.p99, expected.p99))
    return all(one == pytest.approx(other) for one, other in pairs)


def same(found: UsageRow, expected: UsageRow) -> None:
    """Every column, floats within rounding."""
    columns = ("group", "calls", "errors", "cached", "input", "output", "cost", "saved")
    assert {name: getattr(found, name) for name in columns} == {name: getattr(expected, name) for name in columns}
    assert close(found.latency, expected.latency)
    assert close(found.first, expected.first)
    assert found.tokens_per_second == pytest.approx(expected.tokens_per_second)


@given(records_, st.sampled_from(GROUPS))
def test_a_report_is_what_counting_by_hand_gives(records: list[UsageRecord], by: GroupBy) -> None:
    names = {name for record in records for name in belongs(record, by)}
    rows = report(iter(records), by)
    assert {row.group for row in rows} == names
    assert len(rows) == len(names)
    for row in rows:
        same(row, by_hand(row.group, [record for record in records if row.group in belongs(record, by)]))


@given(records_, st.sampled_from(GROUPS))
def test_rows_stand_by_calls_but_days_and_hours_in_their_order(records: list[UsageRecord], by: GroupBy) -> None:
    rows = report(records, by)
    if by in ("day", "hour"):
        assert [row.group for row in rows] == sorted(row.group for row in rows)
    else:
        places = [(-row.calls, row.group) for row in rows]
        assert places == sorted(places)


@given(records_, st.sampled_from([by for by in GROUPS if by != "tag"]))
def test_but_for_tags_every_call_is_counted_in_one_row(records: list[UsageRecord], by: GroupBy) -> None:
    assert sum(row.calls for row in report(records, by)) == len(records)


@given(records_, st.data())
def test_the_order_of_the_records_does_not_matter(records: list[UsageRecord], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(records))
    for found, expected in zip(report(shuffled), report(records), strict=True):
        same(found, expected)


def test_a_call_with_a_tag_twice_is_counted_once() -> None:
    rows = report([UsageRecord(id="x", time=0.0, tags=("a", "a", "b"))], "tag")
    assert [(row.group, row.calls) for row in rows] == [("a", 1), ("b", 1)]


def test_of_no_records_there_is_no_row() -> None:
    for by in GROUPS:
        assert report([], by) == ()


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=60), st.sampled_from((2, 4, 20, 100)))
def test_percentiles_are_those_of_the_standard_library(values: list[float], parts: int) -> None:
    cuts = statistics.quantiles(values, n=parts, method="inclusive")
    for number, cut in enumerate(cuts, 1):
        assert percentile(values, number / parts) == pytest.approx(cut, abs=1e-6)


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_the_ends_of_the_percentiles_are_the_least_and_the_most(values: list[float]) -> None:
    assert percentile(values, 0.0) == min(values, default=None)
    assert percentile(values, 1.0) == max(values, default=None)


def test_an_unknown_count_leaves_the_mark_on_the_whole_sum() -> None:
    records = [UsageRecord(id="x", time=0.0, usage=Usage(1200, None), cost=Cost(Decimal(1))) for _ in range(2)]
    (row,) = report([*records, UsageRecord(id="y", time=0.0, usage=Usage(None, 7))])
    assert (row.input, row.output) == (Tally(2400, False), Tally(7, False))
    assert row.cost == Cost(Decimal(2), False)
    assert row.cost.usd is None
    (known,) = report(records)
    assert (str(known.input), str(row.input)) == ("2,400", "≥2,400")
    assert known.cost.usd == 2


def test_a_cached_call_counts_with_what_it_saved_but_not_for_the_speed() -> None:
    asked = UsageRecord(
        id="x", time=0.0, usage=Usage(10, 100), cost=Cost(Decimal(1)), latency_ms=2500.0, first_ms=500.0
    )
    cached = UsageRecord(
        id="y", time=0.0, usage=NOTHING, cost=FREE, saved=Cost(Decimal(1)), cache="exact", latency_ms=1.0
    )
    (row,) = report([asked, cached])
    assert (row.calls, row.cached, row.cost, row.saved) == (2, 1, Cost(Decimal(1)), Cost(Decimal(1)))
    assert (row.input, row.output) == (Tally(10), Tally(100))
    assert row.tokens_per_second == 50.0
    (alone,) = report([UsageRecord(id="z", time=0.0, usage=Usage(1, 100), cache="semantic", latency_ms=5.0)])
    assert alone.tokens_per_second is None


@pytest.mark.parametrize(
    ("outcomes", "failed", "rate"),
    [
        (["ok", "ok"], 0, 0.0),
        (["ok", "NetworkError", "Cancelled", "NetworkError"], 3, 0.75),
        (["Cancelled"], 1, 1.0),
    ],
)
def test_the_error_rate_is_the_share_of_calls_that_did_not_end_well(
    outcomes: list[str], failed: int, rate: float
) -> None:
    (row,) = report([UsageRecord(id="x", time=0.0, outcome=outcome) for outcome in outcomes], "all")
    assert (row.failures, row.error_rate) == (failed, rate)
    assert UsageRow(group="none", calls=0).error_rate == 0.0


@given(records_, st.integers(1, 12))
def test_a_series_covers_every_record_of_its_time_once(records: list[UsageRecord], steps: int) -> None:
    since, width = START.timestamp(), 3600 * 4 / steps
    rows = series(records, since, since + width * steps, steps)
    assert len(rows) == steps
    assert sum(row.calls for row in rows) == len(records)
    assert [row.group for row in rows] == [f"{since + width * number:.0f}" for number in range(steps)]


@given(records_, st.sampled_from((1, 2, 4, 8, 16)))
def test_each_piece_of_a_series_has_the_records_of_its_time(records: list[UsageRecord], steps: int) -> None:
    since, width = START.timestamp(), 3600 * 4 // steps
    for number, row in enumerate(series(records, since, since + 3600 * 4, steps)):
        last = number == steps - 1
        begin, end = since + width * number, since + width * (number + 1)
        same(row, by_hand(f"{begin:.0f}", [r for r in records if begin <= r.time < end or (last and r.time == end)]))


def test_what_is_outside_of_its_time_is_not_in_a_series() -> None:
    records = [UsageRecord(id="x", time=time) for time in (9.0, 10.0, 19.9, 20.0, 29.9, 30.0, 30.1)]
    assert [row.calls for row in series(records, 10.0, 30.0, 2)] == [2, 3]
    assert [row.calls for row in series(records, 10.0, 10.0, 1)] == [1]
    assert [row.calls for row in series([], 10.0, 30.0, 0)] == [0]
