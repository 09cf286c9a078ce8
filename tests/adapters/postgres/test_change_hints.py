"""What another process changes in PostgreSQL is told at once, and hardly looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest
from returns.future import FutureResult
from returns.result import Success

from pointsman.adapters.postgres.change_listener import PostgresHints
from pointsman.adapters.postgres.postgres_database import PostgresDatabase
from pointsman.adapters.sql.authority_version import SqlAuthorityVersion
from pointsman.adapters.sql.key_store import SqlKeys
from pointsman.adapters.sql.session_store import SqlSessions
from pointsman.adapters.sql.transactions import SqlConnection
from pointsman.adapters.sql.user_store import SqlUsers
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.ports.authority_version import AuthorityVersion
from pointsman.services.ports.change_hints import ChangeHints
from pointsman.testing import VirtualClock
from pointsman.testing.change_hints import FakeChangeHints
from pointsman.testing.laws import change_hints
from pointsman.testing.laws.authority import PLAIN
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, a_schema
from tests.patience import GUARD

_ENTRY = AuditEntry(time=0.0, who="test", what="test")


async def until_it_listens(hints: PostgresHints) -> None:
    with anyio.fail_after(GUARD):
        while not hints.is_listening:
            await hints.wait(hints.count)


async def until_it_is_deaf(hints: PostgresHints) -> None:
    while hints.is_listening:
        await hints.wait(hints.count)


@asynccontextmanager
async def two_processes(server: Server) -> AsyncIterator[tuple[PostgresDatabase, PostgresDatabase]]:
    """Two on the same tables, of which the first listens."""
    schema, stores = a_schema(), Stores(server)
    async with stores.database(schema) as mine, stores.database(schema) as yours:
        await until_it_listens(mine.hints)
        yield mine, yours


async def put_key(database: PostgresDatabase) -> None:
    (await settle(SqlKeys(database).put(PLAIN, _ENTRY))).unwrap()


def save_setting(connection: SqlConnection) -> None:
    connection.execute("INSERT INTO setting (name, value) VALUES ('version', '7')")


@pytest.mark.parametrize("law", change_hints.LAWS, ids=lambda law: law.__name__)
async def test_hints_by_notifications(law: change_hints.Law, postgres: Server) -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[tuple[ChangeHints, change_hints.Change]]:
        async with two_processes(postgres) as (mine, yours):
            yield mine.hints, lambda: put_key(yours)

    await law(opening)


@pytest.mark.parametrize("law", change_hints.LAWS, ids=lambda law: law.__name__)
async def test_hints_of_a_test(law: change_hints.Law) -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[tuple[ChangeHints, change_hints.Change]]:
        hints = FakeChangeHints()

        async def give() -> None:
            hints.give()

        yield hints, give

    await law(opening)


async def test_a_change_of_keys_or_settings_is_told_and_one_in_other_tables_is_not(postgres: Server) -> None:
    async with two_processes(postgres) as (mine, yours), Stores(postgres).database(a_schema()) as other:
        count, told = 0, anyio.Event()

        async def listen() -> None:
            nonlocal count, told
            while True:
                await mine.hints.wait(mine.hints.count)
                count += 1
                told.set()
                told = anyio.Event()

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            await anyio.wait_all_tasks_blocked()
            await put_key(other)
            with anyio.fail_after(GUARD):
                heard = told
                await put_key(yours)
                await heard.wait()
                heard = told
                (await yours.run(save_setting)).unwrap()
                await heard.wait()
            group.cancel_scope.cancel()
        assert count == 2


@attrs.define
class Counting:
    """A version that counts how often it is read."""

    version: AuthorityVersion
    reads: int = 0
    looked: anyio.Event = attrs.field(factory=anyio.Event)

    def read(self) -> FutureResult[int, StorageError]:
        self.reads += 1
        self.looked.set()
        return self.version.read()


async def test_at_rest_it_is_looked_five_times_in_ten_seconds_and_a_change_needs_no_time_at_all(
    postgres: Server,
) -> None:
    async with two_processes(postgres) as (mine, yours):
        clock, version = VirtualClock(), Counting(SqlAuthorityVersion(mine))
        authority = StoredAuthority(SqlKeys(mine), SqlSessions(mine), SqlUsers(mine), version, clock, hints=mine.hints)
        async with anyio.create_task_group() as group:
            group.start_soon(authority.follow)
            await clock.run_for(0.1)
            before = version.reads
            await clock.run_for(10.0)
            assert version.reads - before <= 6  # 40 where it looks every quarter of a second
            assert await authority.has_keys() == Success(False)
            version.looked = anyio.Event()
            await put_key(yours)
            with anyio.fail_after(GUARD):
                await version.looked.wait()
            await clock.run_for(0.0)
            group.cancel_scope.cancel()
        assert await authority.has_keys() == Success(True)
