"""Where a line of the journal cannot be written: who was told so is not booked, and nobody else loses anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from returns.result import Failure

from pointsman.adapters.sqlite.left_calls import take_over_left
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from tests.adapters.sqlite.crowd import (
    CENT,
    NOW,
    books_in,
    dollars_of,
    kill,
    outcomes,
    reserve,
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
