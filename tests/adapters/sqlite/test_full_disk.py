"""Where a line of the journal cannot be written: who was told so is not booked, and nobody else loses anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.left_calls import note_failure, take_over_left
from pointsman.core.error import StorageError
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from tests.adapters.sqlite.crowd import (
    CENT,
    NOW,
    books_in,
    dollars_of,
    kill,
    outcomes,
    record_of_call,
    reserve,
    rows,
    spend,
    spent_cents,
)
from tests.adapters.sqlite.opened import a_database

SHORT_BY = {"half a line": 20, "all but its end": 1}


@contextmanager
def full_disk(patch: pytest.MonkeyPatch, *, short_by: int | None = None, cuts: bool = True) -> Iterator[None]:
    """Writes fail, or write all but the last bytes; what was written cannot be cut off unless `cuts`."""
    write = os.write

    def fail(descriptor: int, data: bytes) -> int:
        if short_by is None:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:-short_by])

    def keep(descriptor: int, length: int) -> None:
        raise OSError(5, "Input/output error")

    with patch.context() as within:
        within.setattr(os, "write", fail)
        if not cuts:
            within.setattr(os, "ftruncate", keep)
        yield


@pytest.mark.parametrize("short_by", SHORT_BY.values(), ids=SHORT_BY)
@pytest.mark.parametrize("cuts", [True, False], ids=["cut off", "left"])
async def test_what_is_confirmed_after_a_torn_line_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_by: int, cuts: bool
) -> None:
    path, account = tmp_path / "stores.db", dollars_of("k")
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        await spend(mine, "before", account, 1, most=1)
        with full_disk(monkeypatch, short_by=short_by, cuts=cuts):
            failed = await mine.reserve("torn", (account,), Amount(CENT, 10), NOW, CallFacts())
            assert isinstance(failed, Failure)
        (await mine.add(UsageRecord(id="confirmed", time=NOW))).unwrap()
        await reserve(mine, "open", account, 1)
        kill(mine)
        await take_over_left(two, yours.journal)
        assert outcomes(path) == {"record of before": "ok", "confirmed": "ok", "open": "Lost"}
        assert spent_cents(path) == 2


@pytest.mark.parametrize("recorded", [True, False])
async def test_the_end_of_a_call_that_only_the_database_knows_is_not_booked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    path, account = tmp_path / "stores.db", dollars_of("k", "1000")
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        call = await reserve(mine, "call", account, 20)
        await reserve(mine, "open", account, 1)
        with full_disk(monkeypatch):
            (await mine.settle(call, Amount(5 * CENT, 10), NOW, recorded=recorded)).unwrap()
            if recorded:
                (await mine.add(record_of_call("call", 5))).unwrap()
        await spend(mine, "after", account, 1, most=1)
        kill(mine)
        await take_over_left(two, yours.journal)
        assert ("call" in outcomes(path), outcomes(path)["open"]) == (False, "Lost")
        assert spent_cents(path) == 5 + 1 + 1
        assert rows(path, "SELECT held_picodollars FROM account") == [(0,)]


async def test_a_release_that_the_journal_does_not_tell_reaches_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, account = tmp_path / "stores.db", dollars_of("k", "1000")
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        call = await reserve(mine, "call", account, 20)
        with full_disk(monkeypatch):
            (await mine.settle(call, Amount(), NOW, recorded=False)).unwrap()
        kill(mine)
        await take_over_left(two, yours.journal)
        assert (outcomes(path), spent_cents(path)) == ({}, 0)


async def test_what_neither_journal_nor_database_takes_is_told_when_the_books_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path, account = tmp_path / "stores.db", dollars_of("k", "1000")
    async with a_database(path) as one:
        mine = books_in(one)
        call = await reserve(mine, "call", account, 20)
        with full_disk(monkeypatch):
            (await mine.settle(call, Amount(5 * CENT, 10), NOW, recorded=True)).unwrap()
            rows(path, "ALTER TABLE usage RENAME TO gone")
            assert isinstance(await mine.add(record_of_call("call", 5)), Failure)
            await mine.close()
        rows(path, "ALTER TABLE gone RENAME TO usage")
    assert "what calls came to is lost: neither database nor journal could take it" in caplog.text


def test_a_database_that_stays_away_is_told_of_once_and_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    away: Result[None, StorageError] = Failure(StorageError(detail="it is gone"))
    is_behind = False
    for done in (Success(None), away, away, away, Success(None), Success(None)):
        is_behind = note_failure(done, again=is_behind)
    told = [record.getMessage() for record in caplog.records]
    assert [one.partition(":")[0] for one in told] == [
        "usage and budgets are not up to date in the database",
        "usage and budgets are up to date in the database again",
    ]
