"""A backup is whole, private and made under load; a restore is checked, refused while in use, and keeps the old one."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import anyio
import anyio.to_thread
import pytest
from returns.result import Failure

from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.adapters.sqlite.backup import back_up, restore
from pointsman.core.effect import settle
from pointsman.core.money.settlement import Amount
from pointsman.testing.laws.conversation_store import entry, ids, talk
from pointsman.testing.laws.ledger import account, book, hold
from pointsman.testing.laws.usage_log import add, at, read
from tests.adapters.sqlite.opened import a_database, some_books


async def test_what_was_promised_a_moment_ago_is_in_the_copy_though_not_yet_in_the_database(tmp_path: Path) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy.db"
    async with some_books(path) as books:
        store = SqlConversations(books.database)
        await settle(store.create(talk("a", "火车"), (entry("1", "signals"),)))
        for number in range(20):
            await add(SqlUsageLog(books), at(float(number)))
        made = (await anyio.to_thread.run_sync(back_up, path, copy)).unwrap()
        assert made.counts == {"conversations": 1, "messages": 1, "memories": 0, "calls": 20}
        assert not made.is_sealed
        await add(SqlUsageLog(books), at(99.0))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "stores.db"], "no draft, no log"
    async with some_books(copy) as books:
        assert len(await read(SqlUsageLog(books))) == 20
        found = SqlConversations(books.database)
        assert await ids(found, search="火") == await ids(found, search="signals") == ["a"]


async def test_a_call_under_way_is_booked_in_the_copy_at_what_was_reserved(tmp_path: Path) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy.db"
    async with some_books(path) as books:
        ledger = SqlLedger(books)
        held = await hold(ledger, "r", (account("k", 1000),), Amount(7, 3))
        await anyio.to_thread.run_sync(back_up, path, copy)
        await book(ledger, held, Amount(1, 1))
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT picodollars, tokens, held_picodollars FROM account").fetchall() == [(7, 3, 0)]
        assert kept.execute("SELECT outcome FROM usage").fetchall() == [("Lost",)]
        assert kept.execute("SELECT count(*) FROM lease").fetchone() == (0,)


async def test_copies_made_while_others_write_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "stores.db"
    async with a_database(path) as database, anyio.create_task_group() as group:
        store, written = SqlConversations(database), list[int]()

        async def write() -> None:
            for number in range(300):
                await settle(store.create(talk(f"c{number}", "title"), (entry("1", "words of a message"),)))
                written.append(number)

        group.start_soon(write)
        for number in range(5):
            await anyio.sleep(0.01)
            before = len(written)
            made = (await anyio.to_thread.run_sync(back_up, path, tmp_path / f"{number}.db")).unwrap()
            assert before <= made.counts["conversations"] == made.counts["messages"]
            with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
                copy.execute("INSERT INTO entry_text (entry_text) VALUES ('integrity-check')")


async def test_nothing_is_overwritten_unless_it_is_said(tmp_path: Path) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy.db"
    copy.write_text("my notes")
    async with a_database(path):
        assert "--force" in str(back_up(path, copy).failure())
        assert copy.read_text() == "my notes"
        assert back_up(path, copy, force=True).unwrap().size == copy.stat().st_size
    assert "no such database" in back_up(tmp_path / "no.db", tmp_path / "x.db").failure().detail
    assert "no such file" in back_up(path, tmp_path / "no" / "x.db").failure().detail.lower()


async def test_what_a_killed_one_has_left_goes_with_the_next_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy [1].db"
    async with a_database(path) as database:
        await settle(SqlConversations(database).create(talk("a", "x")))
    with drafting(copy) as (killed, left), drafting(copy) as (_, living):
        killed.kill()
        killed.wait()
        left.with_name(f"{left.name}-wal").touch()
        neighbour = tmp_path / ".copy [1].db.12345678.mine"
        neighbour.touch()
        (await anyio.to_thread.run_sync(back_up, path, copy)).unwrap()
        there = sorted(name for name in os.listdir(tmp_path) if name.startswith("."))
        assert there == sorted([living.name, neighbour.name])


@contextmanager
def drafting(target: Path) -> Iterator[tuple[Popen[str], Path]]:
    """A process that holds a draft of `target`, and the draft."""
    program = (
        "import sys; from pathlib import Path; from pointsman.adapters.sqlite.backup import _draft_beside\n"
        "with _draft_beside(Path(sys.argv[1])) as draft: print(draft, flush=True); sys.stdin.read()"
    )
    with Popen([sys.executable, "-c", program, str(target)], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


async def test_a_restore_keeps_the_old_one_and_is_refused_while_it_is_used(tmp_path: Path) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy.db"
    async with some_books(path) as books:
        store = SqlConversations(books.database)
        await settle(store.create(talk("before")))
        back_up(path, copy).unwrap()
        await settle(store.create(talk("after")))
        refused = await anyio.to_thread.run_sync(restore, copy, path)
        assert "stop what uses it" in refused.failure().detail
        assert len(await ids(store)) == 2
    done = restore(copy, path).unwrap()
    assert done.copy.counts["conversations"] == 1
    assert done.old is not None
    async with a_database(path) as database, a_database(Path(done.old)) as old:
        assert await ids(SqlConversations(database)) == ["before"]
        assert sorted(await ids(SqlConversations(old))) == ["after", "before"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    new = restore(copy, tmp_path / "new" / "stores.db").unwrap()
    assert new.old is None


@pytest.mark.parametrize("damage", ["text", "cut", "foreign", "newer"])
async def test_what_is_no_whole_backup_is_refused_and_nothing_is_changed(tmp_path: Path, damage: str) -> None:
    path, copy = tmp_path / "stores.db", tmp_path / "copy.db"
    async with a_database(path) as database:
        store = SqlConversations(database)
        for number in range(50):
            await settle(store.create(talk(f"c{number}", "t" * 500)))
        back_up(path, copy).unwrap()
    if damage == "text":
        copy.write_text("These are my notes. " * 500)
    elif damage == "cut":
        data = copy.read_bytes()
        copy.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    else:
        with closing(sqlite3.connect(copy)) as other:
            other.execute("PRAGMA application_id = 7" if damage == "foreign" else "PRAGMA user_version = 9999")
    before = path.read_bytes()
    assert isinstance(restore(copy, path), Failure)
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "stores.db"]


async def test_a_link_to_the_database_leads_to_it_and_a_file_in_use_is_copied_with_its_log(tmp_path: Path) -> None:
    path, link, other = tmp_path / "there" / "stores.db", tmp_path / "stores.db", tmp_path / "other.db"
    async with a_database(path) as database:
        await settle(SqlConversations(database).create(talk("old")))
    link.symlink_to(path)
    async with a_database(other) as database:
        await settle(SqlConversations(database).create(talk("in the log")))
        done = (await anyio.to_thread.run_sync(restore, other, link)).unwrap()
    assert link.is_symlink()
    assert done.old is not None
    async with a_database(path) as database, a_database(Path(done.old)) as old:
        assert await ids(SqlConversations(database)) == ["in the log"]
        assert await ids(SqlConversations(old)) == ["old"]
