"""Which usage records are looked for, page by page. Pure."""

from __future__ import annotations

import attrs

from pointsman.core.money.usage_record import OK, UsageRecord

FAILED = "failed"
"""Stands for every outcome but `ok`."""


@attrs.frozen(kw_only=True)
class RecordQuery:
    """The `most` latest of those that fit all that is named; None fits everything.

    `outcome` is `ok`, `failed`, or the tag of an error; all of `tags` must be there. `since` and `until` are Unix
    seconds, the second excluded. `before` is time and id of the last record of the page before.
    """

    id: str | None = None
    provider: str | None = None
    model: str | None = None
    tenant: str | None = None
    outcome: str | None = None
    tags: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    before: tuple[float, str] | None = None
    most: int = 50


def fits(record: UsageRecord, wanted: RecordQuery) -> bool:
    """Whether `record` is one of those that are `wanted`, whatever their number."""
    named = ("id", "provider", "model", "tenant")
    return (
        all(getattr(wanted, name) in (None, getattr(record, name)) for name in named)
        and (wanted.outcome is None or _ended_so(record, wanted.outcome))
        and set(wanted.tags) <= set(record.tags)
        and (wanted.since is None or record.time >= wanted.since)
        and (wanted.until is None or record.time < wanted.until)
        and (wanted.before is None or (record.time, record.id) < wanted.before)
    )


def _ended_so(record: UsageRecord, outcome: str) -> bool:
    return record.outcome != OK if outcome == FAILED else record.outcome == outcome
