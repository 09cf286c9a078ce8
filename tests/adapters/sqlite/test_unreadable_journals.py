"""What another version, or nobody, could have written into a journal stops no process and is not thrown away."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.sql.journal_lines import EndedCalls, OpenedCall, read_line, write_ended, write_opened
from pointsman.adapters.sql.left_calls import take_over_left
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.usage_rows import row_of
from pointsman.core.json import Json, as_list
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_record import CallFacts, UsageRecord
from tests.adapters.sqlite.crowd import CENT, books_in, dollars_of, kill, outcomes, reserve, rows, spend, spent_cents
from tests.adapters.sqlite.opened import a_database

ROW = list(row_of(UsageRecord(id="record", time=1.0)))
OPENED: list[Json] = [1, *write_opened("call", ["k"], Amount(CENT, 1), 1.0, CallFacts(tags=("a",)))]
FACTS = as_list(OPENED[-1])
UNREADABLE: dict[str, Json] = {
    "too short": [1],
    "no line": 5,
    "an unknown kind": [1, 2, 3],
    "an account that is no text": [1, 0, "call", [[]], 1, 1, 1.0, []],
    "more money than there is": [1, 0, "call", ["k"], 2**63, 1, 1.0, []],
    "a row in a row": [1, 1, [], [], [[]] * 35],
    "a row that the table refuses": [1, 1, [], [], [None] * 35],
}
FROM_ANOTHER_VERSION: dict[str, tuple[Json, dict[object, object]]] = {
    "one more fact": ([*OPENED[:-1], [*FACTS, "new"]], {"call": "Lost"}),
    "one fact less": ([*OPENED[:-1], FACTS[:-1]], {"call": "Lost"}),
    "one more column": ([1, 1, [], [], [*ROW, 0]], {"record": "ok"}),
    "one column less": ([1, 1, [], [], ROW[:-1]], {"record": "ok"}),
    "before there was a basis": ([1, 1, [], [], ROW[:29]], {"record": "ok"}),
}


def leave(path: Path, *lines: Json) -> Path:
    """A journal beside `path` whose process has died."""
    folder = path.with_name(f"{path.name}-calls")
    folder.mkdir()
    (folder / "00ff.calls").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_booked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: Json
) -> None:
    path = tmp_path / "stores.db"
    folder = leave(path, line, [2, *OPENED[1:]])
    for _ in range(2):
        async with a_database(path) as database, open_books(database):
            pass
        assert os.listdir(folder) == ["00ff.calls-unread"]
        assert (outcomes(path), spent_cents(path)) == ({"call": "Lost"}, 1)
    assert [record.getMessage() for record in caplog.records if "00ff.calls-unread" in record.getMessage()] != []
    assert rows(path, "SELECT id FROM process") == []


@pytest.mark.parametrize(("line", "booked"), FROM_ANOTHER_VERSION.values(), ids=FROM_ANOTHER_VERSION)
async def test_what_another_version_wrote_is_booked(tmp_path: Path, line: Json, booked: dict[object, object]) -> None:
    path = tmp_path / "stores.db"
    folder = leave(path, line)
    async with a_database(path) as database, open_books(database):
        pass
    assert outcomes(path) == booked
    assert folder.name not in os.listdir(tmp_path)


def exhaust(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(24, f"Too many open files: {name}")

    return refuse


@pytest.mark.parametrize(("where", "name"), [(os, "scandir"), (os, "open"), (Path, "read_bytes")])
async def test_a_look_without_free_files_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as one, a_database(path) as two:
        mine, yours = books_in(one), books_in(two)
        await spend(mine, "ended", dollars_of("k"), 1, most=1)
        await reserve(mine, "open", dollars_of("k"), 1)
        kill(mine)
        with monkeypatch.context() as patch:
            patch.setattr(where, name, exhaust(name))
            await take_over_left(two, yours.journal)
        assert outcomes(path) == {}
        await take_over_left(two, yours.journal)
        assert outcomes(path) == {"record of ended": "ok", "open": "Lost"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=12,
)


@given(JSON | st.lists(JSON, max_size=9) | st.tuples(st.just(1), st.sampled_from([0, 1]), JSON, JSON, JSON).map(list))
def test_reading_a_line_never_raises(line: Json) -> None:
    assert isinstance(read_line(line), OpenedCall | EndedCalls | None)


def test_what_is_written_is_read() -> None:
    facts = CallFacts("embed", "p", "m", "task", "tenant", "talk", ("a", "b"))
    line: Json = [7, *write_opened("call", ["k", "l"], Amount(3, 4), 5.0, facts)]
    assert read_line(line) == OpenedCall("call", ("k", "l"), Amount(3, 4), 5.0, facts, 7)
    line = [8, *write_ended(["call"], [(["k"], Amount(-1, 2))], tuple(ROW))]
    assert read_line(line) == EndedCalls(("call",), ((("k",), Amount(-1, 2)),), tuple(ROW), 8)
