"""Who may do what keeps its laws: in memory, and over a SQLite file that another process changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.session_store import MemorySessions
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.memory.user_store import MemoryUsers
from pointsman.adapters.sql.authority_version import SqlAuthorityVersion
from pointsman.adapters.sql.key_store import SqlKeys
from pointsman.adapters.sql.session_store import SqlSessions
from pointsman.adapters.sql.user_store import SqlUsers
from pointsman.core.security.rights import Rights
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.ports.session_store import SessionStore
from pointsman.services.ports.user_store import UserStore
from pointsman.testing import VirtualClock
from pointsman.testing.authority import DirectAuthority
from pointsman.testing.laws import authority, session_store, user_store
from tests.adapters.sqlite.opened import a_database


@asynccontextmanager
async def in_memory() -> AsyncIterator[authority.House]:
    clock, version = VirtualClock(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(SettingsInMemory(), version), MemorySessions(version)
    users = MemoryUsers(keys, sessions)
    yield authority.House(StoredAuthority(keys, sessions, users, version, clock), keys, sessions, users, clock)


@asynccontextmanager
async def direct() -> AsyncIterator[authority.House]:
    clock, version = VirtualClock(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(SettingsInMemory(), version), MemorySessions(version)
    users = MemoryUsers(keys, sessions)
    yield authority.House(DirectAuthority(keys, sessions, users, clock), keys, sessions, users, clock)


@asynccontextmanager
async def two_processes() -> AsyncIterator[authority.House]:
    clock = VirtualClock()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            version = SqlAuthorityVersion(mine)
            own = StoredAuthority(SqlKeys(mine), SqlSessions(mine), SqlUsers(mine), version, clock)
            yield authority.House(own, SqlKeys(yours), SqlSessions(yours), SqlUsers(yours), clock)


@pytest.mark.parametrize("opening", [in_memory, direct, two_processes])
@pytest.mark.parametrize("law", authority.LAWS)
async def test_authority(law: authority.Law, opening: authority.Opening) -> None:
    await law(opening)


@asynccontextmanager
async def one_memory() -> AsyncIterator[session_store.Opened]:
    store: SessionStore = MemorySessions(MemoryAuthorityVersion())
    yield store, store


@asynccontextmanager
async def two_databases() -> AsyncIterator[session_store.Opened]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            yield SqlSessions(mine), SqlSessions(yours)


@pytest.mark.parametrize("opening", [one_memory, two_databases])
@pytest.mark.parametrize("law", session_store.LAWS)
async def test_sessions(law: session_store.Law, opening: session_store.Opening) -> None:
    await law(opening)


@asynccontextmanager
async def users_in_memory() -> AsyncIterator[user_store.Opened]:
    version = MemoryAuthorityVersion()
    store: UserStore = MemoryUsers(MemoryKeys(SettingsInMemory(), version), MemorySessions(version))
    yield store, store


@asynccontextmanager
async def users_in_two_databases() -> AsyncIterator[user_store.Opened]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            yield SqlUsers(mine), SqlUsers(yours)


@pytest.mark.parametrize("opening", [users_in_memory, users_in_two_databases])
@pytest.mark.parametrize("law", user_store.LAWS)
async def test_users(law: user_store.Law, opening: user_store.Opening) -> None:
    await law(opening)


async def test_the_rights_of_a_key_are_made_once_until_anything_changes() -> None:
    async with in_memory() as house:
        key = await house.put(authority.PLAIN)
        await house.catch_up()
        first, again = [await authority.of_key(house) for _ in range(2)]
        assert first is again
        await house.put(attrs.evolve(key, name="renamed"))
        await house.catch_up()
        renamed = await authority.of_key(house)
        assert isinstance(renamed, Rights)
        assert renamed.name == "key:renamed"
