"""Every try of a call is booked and told of: one that failed after it was sent, and the one that lost a race."""

from __future__ import annotations

from pathlib import Path

import attrs

from pointsman import CallOptions, UsageRecord, ask, settle
from pointsman.core.money.settlement import Amount
from tests.services.test_bill import BUDGETS, DOLLARS, VENDORS, Vendor, check_books, opened

ONCE_MORE = CallOptions(tenant="ann")
RACE = CallOptions(tenant="ann", hedge_after=0.001)


def tries(record: UsageRecord) -> list[tuple[str, str]]:
    """By whom, and what each is booked on."""
    return [(one.provider, one.settlement.basis) for one in record.charges]


async def book_of(path: Path, options: CallOptions, *endings: str) -> UsageRecord:
    """The record of one call whose tries end so; ledger, record and the vendors' bills agree."""
    script = iter([(ending, 5) for ending in endings])
    vendors = tuple(Vendor(provider=name, endings=script) for name in VENDORS)
    request = attrs.evolve(ask("one/m", "three short words", options), max_tokens=20)
    async with opened(path, vendors) as app:
        (await settle(app.client.chat(request))).unwrap()
        bills = {vendor.provider: vendor.billed for vendor in vendors}
        (record,) = await check_books(app, BUDGETS, bills)
    assert sum(bills.values(), start=Amount()).tokens == 8 * len(endings), "the vendors bill each try"
    return record


async def test_a_try_that_was_sent_and_failed_is_booked_at_the_most_and_told_of(tmp_path: Path) -> None:
    record = await book_of(tmp_path / "stores.db", ONCE_MORE, "late", "told")
    assert (record.outcome, record.usage.total) == ("ok", 8)
    assert sorted(basis for _, basis in tries(record)) == ["reserved", "told"]
    assert not record.cost.complete
    assert record.ledger_amount.tokens > 16
    assert record.ledger_amount.picodollars == record.ledger_amount.tokens * DOLLARS * 10**6


async def test_who_loses_a_race_is_booked_at_the_most_and_told_of(tmp_path: Path) -> None:
    record = await book_of(tmp_path / "stores.db", RACE, "hangs", "told")
    assert (record.outcome, record.usage.total) == ("ok", 8)
    assert sorted(tries(record)) == [("one", "reserved"), ("two", "told")]
    assert record.ledger_amount.tokens > 16
