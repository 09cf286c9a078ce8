"""A database that another process has locked: what only reads goes on, what can be left undone is, and soon."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from returns.result import Failure, Success

from pointsman import Settings
from pointsman.adapters.sql.transactions import BUSY_SECONDS, SOON
from pointsman.adapters.sqlite import database as module
from pointsman.core.effect import settle
from pointsman.core.security.audit import AuditEntry
from pointsman.layers.stores import by_settings
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.stores import Stores

ENTRY = AuditEntry(time=0.0, who="test", what="test", target="")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """While another is writing, without end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the lock would wait longer than any test may: what does not end soon is seen."""
    monkeypatch.setattr(module, "BUSY_SECONDS", 10_000.0)


async def read_all(stores: Stores) -> list[object]:
    """All that is only read."""
    return [
        await settle(stores.keys.all()),
        await settle(stores.keys.find(b"digest")),
        await settle(stores.settings.read()),
        await settle(stores.settings.audit()),
        await settle(stores.conversations.find(ConversationQuery())),
        await settle(stores.evidence.read()),
    ]


async def test_what_only_reads_waits_for_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    async with by_settings(Settings(database=str(path))) as opened:
        stores = opened.unwrap()
        with locked(path):
            assert all(isinstance(one, Success) for one in await read_all(stores))


async def test_what_can_be_left_undone_is_given_up_soon_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    async with by_settings(Settings(database=str(path))) as opened:
        stores = opened.unwrap()
        with locked(path):
            for outcome in (await settle(stores.keys.used("k", 1.0)), await settle(stores.cache.find("key", 1.0))):
                assert isinstance(outcome, Failure)
                assert "locked" in str(outcome.failure())
                assert outcome.failure().advice == "Another process is writing to it: try again when it has ended."
        assert isinstance(await settle(stores.keys.used("k", 1.0)), Success)


async def test_it_is_opened_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    async with by_settings(Settings(database=str(path))):
        pass
    with locked(path):
        async with by_settings(Settings(database=str(path))) as opened:
            assert all(isinstance(one, Success) for one in await read_all(opened.unwrap()))


async def test_nobody_waits_a_second_time_for_a_lock_that_is_held_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.db"
    async with by_settings(Settings(database=str(path))) as opened:
        settings = opened.unwrap().settings
        waits: list[float] = []
        begin = module.Database._begin

        def note(self: module.Database, patience: float) -> None:
            waits.append(min(patience, SOON) if self._is_locked else patience)
            begin(self, 2 * SOON)

        monkeypatch.setattr(module.Database, "_begin", note)
        with locked(path):
            for _ in range(2):
                outcome = await settle(settings.record(ENTRY))
                assert isinstance(outcome, Failure)
                assert "locked" in str(outcome.failure())
        assert isinstance(await settle(settings.record(ENTRY)), Success)  # it may wait as long as ever again
        await settle(settings.record(ENTRY))
        assert [one == SOON for one in waits] == [False, True, True, False]


async def test_who_gives_up_soon_does_not_make_others_give_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.db"
    waits: list[float] = []
    begin = module.Database._begin

    def note(self: module.Database, patience: float) -> None:
        waits.append(min(patience, SOON) if self._is_locked else patience)
        begin(self, min(patience, 2 * SOON))

    monkeypatch.setattr(module.Database, "_begin", note)
    async with module.open_database(path) as opened:
        database = opened.unwrap()
        with locked(path):
            for patience in (SOON, BUSY_SECONDS):
                assert "locked" in str((await database.run(lambda _: None, patience=patience)).failure())
        assert waits == [SOON, BUSY_SECONDS]


async def test_a_reader_sees_one_moment_and_its_mistakes_are_its_own(tmp_path: Path) -> None:
    async with module.open_database(tmp_path / "p.db") as opened:
        database = opened.unwrap()
        written = await database.read(lambda connection: connection.execute("DELETE FROM cache"))
        assert isinstance(written, Failure)
        assert "readonly" in str(written.failure())
        counts: list[Success[int] | object] = []
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(_count, database, counts)
        assert counts == [Success(0)] * 20


async def _count(database: module.Database, counts: list[Success[int] | object]) -> None:
    def select(connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT count(*) FROM usage").fetchone()[0])

    counts.append(await database.read(select))
