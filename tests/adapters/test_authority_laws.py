"""Who may do what keeps its laws: in memory, and over a SQLite file that another process changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.session_store import MemorySessions
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.sqlite.authority_version import SqliteAuthorityVersion
from pointsman.adapters.sqlite.key_store import SqliteKeys
from pointsman.adapters.sqlite.session_store import SqliteSessions
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.ports.session_store import SessionStore
from pointsman.testing import VirtualClock
from pointsman.testing.authority import DirectAuthority
from pointsman.testing.laws import authority, session_store
from tests.adapters.sqlite.opened import a_database


@asynccontextmanager
async def in_memory() -> AsyncIterator[authority.House]:
    clock, version = VirtualClock(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(SettingsInMemory(), version), MemorySessions(version)
    yield authority.House(StoredAuthority(keys, sessions, version, clock), keys, sessions, clock)


@asynccontextmanager
async def direct() -> AsyncIterator[authority.House]:
    clock, version = VirtualClock(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(SettingsInMemory(), version), MemorySessions(version)
    yield authority.House(DirectAuthority(keys, sessions, clock), keys, sessions, clock)


@asynccontextmanager
async def two_processes() -> AsyncIterator[authority.House]:
    clock = VirtualClock()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            own = StoredAuthority(SqliteKeys(mine), SqliteSessions(mine), SqliteAuthorityVersion(mine), clock)
            yield authority.House(own, SqliteKeys(yours), SqliteSessions(yours), clock)


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
            yield SqliteSessions(mine), SqliteSessions(yours)


@pytest.mark.parametrize("opening", [one_memory, two_databases])
@pytest.mark.parametrize("law", session_store.LAWS)
async def test_sessions(law: session_store.Law, opening: session_store.Opening) -> None:
    await law(opening)
