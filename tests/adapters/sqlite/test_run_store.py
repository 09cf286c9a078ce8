"""The journals of runs keep the laws of their port; a file survives, and is told from other files."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from returns.result import Failure, Success

from pointsman.adapters.codec import encode
from pointsman.adapters.memory.run_store import MemoryRunStore
from pointsman.adapters.sqlite.database import open_database
from pointsman.adapters.sqlite.run_claim import RunClaim, claim_run, lock_of
from pointsman.adapters.sqlite.run_store import RUNS, open_run_store
from pointsman.core.effect import settle
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.services.ports.run_store import RunStore
from pointsman.testing.laws import run_store


@asynccontextmanager
async def a_file() -> AsyncIterator[RunStore]:
    with TemporaryDirectory() as folder:
        async with open_run_store(Path(folder) / "run.db") as opened:
            yield opened.unwrap()


@asynccontextmanager
async def a_memory() -> AsyncIterator[RunStore]:
    yield MemoryRunStore()


@pytest.mark.parametrize("law", run_store.LAWS)
@pytest.mark.parametrize("opening", [a_file, a_memory])
async def test_a_run_store(opening: run_store.Opening, law: run_store.Law) -> None:
    await law(opening)


@pytest.mark.parametrize("law", run_store.PROPERTIES)
@pytest.mark.parametrize("opening", [a_file, a_memory])
def test_what_a_run_store_keeps(opening: run_store.Opening, law: run_store.Property) -> None:
    law(opening)


async def test_what_was_confirmed_is_there_without_closing_the_file(tmp_path: Path) -> None:
    """As after kill -9: the write-ahead log is all there is."""
    path = tmp_path / "run.db"
    async with open_run_store(path) as opened:
        store = opened.unwrap()
        assert await settle(store.begin(run_store.MANIFEST, run_store.ITEMS)) == Success(run_store.MANIFEST)
        await settle(store.keep_answer(run_store.answer(run_store.question())))
        for name in ("run.db", "run.db-wal"):
            (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    async with open_run_store(tmp_path / "copy-run.db") as opened:
        again = opened.unwrap()
        assert await settle(again.manifest()) == Success(run_store.MANIFEST)
        assert len(await run_store.rows(again)) == 1


async def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with open_database(tmp_path / "stores.db") as stores:
        assert isinstance(stores, Success)
    async with open_run_store(tmp_path / "stores.db") as opened:
        assert isinstance(opened, Failure)
        assert "it is a database of another program; choose another path" in str(opened.failure())
    async with open_run_store(tmp_path / "run.db") as journal:
        assert isinstance(journal, Success)
    async with open_database(tmp_path / "run.db") as opened_as_stores:
        assert isinstance(opened_as_stores, Failure)


async def test_a_person_can_query_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    async with open_run_store(path) as opened:
        store = opened.unwrap()
        await settle(store.keep_answer(run_store.answer(run_store.question())))
        await settle(store.keep_verdict(run_store.question(), run_store.HEALED))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT model, state, repair FROM run_question").fetchall() == [
            ("p/m", "judged", "healed")
        ]
    connection.close()


async def test_one_process_runs_it_and_others_may_read(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    async with open_run_store(path, alone=True) as opened:
        assert isinstance(opened, Success)
        async with open_run_store(path, alone=True) as second:
            assert isinstance(second, Failure)
            assert "another process is at this run; wait until it has ended" in str(second.failure())
        async with open_run_store(path) as reader:
            assert await run_store.rows(reader.unwrap()) == ()
    async with open_run_store(path, alone=True) as again:
        assert isinstance(again, Success)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("latin-1") for file in folder.iterdir()}


async def test_a_file_made_for_a_run_that_did_not_begin_is_gone_and_one_of_a_begun_run_stays(tmp_path: Path) -> None:
    for is_begun in (False, True):
        async with open_run_store(tmp_path / "run.db", alone=True) as opened:
            if is_begun:
                await settle(opened.unwrap().begin(run_store.MANIFEST, ()))
        assert sorted(contents(tmp_path)) == [".run.db.pointsman-lock", "run.db"] * is_begun


async def test_files_of_others_beside_a_run_stay_as_they_are(tmp_path: Path) -> None:
    others = {"poetry.lock": "[[package]]", "notes-wal": "mine", ".odd.pointsman-lock": "what is this"}
    for name, text in others.items():
        (tmp_path / name).write_text(text)
    async with open_run_store(tmp_path / "poetry", alone=True) as opened:
        assert isinstance(opened, Success)
    async with open_run_store(tmp_path / "notes", alone=True) as opened:
        assert "notes-wal is there and is of no run" in str(opened.failure())
    async with open_run_store(tmp_path / "odd", alone=True) as opened:
        assert ".odd.pointsman-lock beside it is no lock of a run; move it away" in str(opened.failure())
    async with open_run_store(tmp_path / "poetry.lock", alone=True) as opened:
        assert "file is not a database" in str(opened.failure())
    assert {name: text for name, text in contents(tmp_path).items() if text} == others


async def test_who_waits_for_a_run_that_another_process_just_makes_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    first = claim_run(path)
    assert isinstance(first, RunClaim)
    async with open_run_store(path, alone=True) as second:
        assert "another process is at this run" in str(second.failure())
    assert path.exists()
    assert lock_of(path).exists()
    first.release()
    assert contents(tmp_path) == {}


async def test_a_file_of_the_first_version_is_brought_to_the_newest_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    oldest = attrs.evolve(RUNS, migrations=RUNS.migrations[:1])
    async with open_database(path, schema=oldest) as opened:
        old = (
            ("INSERT INTO run VALUES (1, ?)", (encode(run_store.MANIFEST, RunManifest),)),
            ("INSERT INTO item VALUES (0, 'b', 'p1', 'name', 2, '{}')", ()),
            (
                "INSERT INTO question (key, item, model, prompt, format, parameters, repeat, control, endpoint, state,"
                " text, picodollars) VALUES (?, 'a', 'p/m', 'plain@1', 'file', '{}', 0, '', '', 'answered', 'x', 7)",
                (run_store.question().key,),
            ),
            ("INSERT INTO failure VALUES ('k', 5, 1, 3, 1, 'gone')", ()),
        )
        for statement, values in old:
            (await opened.unwrap().run(partial(_execute, statement, values))).unwrap()
    async with open_run_store(path) as opened_anew:
        store = opened_anew.unwrap()
        assert await settle(store.manifest()) == Success(run_store.MANIFEST)
        assert [item.id for item in (await settle(store.items())).unwrap()] == ["b"]
        assert [row.answer.text for row in await run_store.rows(store)] == ["x"]
        spent = await run_store.expenses(store)
        assert (spent.answers.picodollars, spent.lost.picodollars, spent.failures) == (7, 3, 1)
        assert await settle(store.keep_verdict(run_store.question(), run_store.HEALED)) == Success(None)
        assert [row.verdict for row in await run_store.rows(store)] == [run_store.HEALED]


def _execute(statement: str, values: tuple[object, ...], connection: sqlite3.Connection) -> int:
    return connection.execute(statement, values).rowcount
