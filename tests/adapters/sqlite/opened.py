"""New stores in a new SQLite file, which goes with the scope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pointsman.adapters.sqlite.cache_store import SqliteCache
from pointsman.adapters.sqlite.conversation_store import SqliteConversations
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.adapters.sqlite.ledger import SqliteLedger
from pointsman.adapters.sqlite.memory_store import SqliteMemories
from pointsman.adapters.sqlite.usage_log import SqliteUsageLog
from pointsman.services.cache_store import CacheBounds, CacheStore
from pointsman.services.conversation_store import ConversationStore
from pointsman.services.ledger import Ledger
from pointsman.services.memory_store import MemoryStore
from pointsman.services.usage_log import UsageLog


@asynccontextmanager
async def a_database(path: Path | None = None) -> AsyncIterator[Database]:
    """The database in `path`, or in a new file; it opens, or the test fails."""
    with TemporaryDirectory() as folder:
        async with open_database(path or Path(folder) / "stores.db") as opened:
            yield opened.unwrap()


@asynccontextmanager
async def a_cache(bounds: CacheBounds) -> AsyncIterator[CacheStore]:
    async with a_database() as database:
        yield SqliteCache(database, bounds)


@asynccontextmanager
async def a_ledger() -> AsyncIterator[Ledger]:
    async with a_database() as database:
        yield SqliteLedger(database)


@asynccontextmanager
async def a_log() -> AsyncIterator[UsageLog]:
    async with a_database() as database:
        yield SqliteUsageLog(database)


@asynccontextmanager
async def some_conversations() -> AsyncIterator[ConversationStore]:
    async with a_database() as database:
        yield SqliteConversations(database)


@asynccontextmanager
async def two_of_conversations() -> AsyncIterator[tuple[ConversationStore, ConversationStore]]:
    """Two connections to one file, as two processes have."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            yield SqliteConversations(mine), SqliteConversations(yours)


@asynccontextmanager
async def some_memories() -> AsyncIterator[MemoryStore]:
    async with a_database() as database:
        yield SqliteMemories(database)
