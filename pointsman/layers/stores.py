"""Where things are kept: in memory, or in one SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from returns.result import Failure, Result, Success

from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.adapters.memory.memory_store import MemoryMemories
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.memory.usage_log import MemoryUsageLog
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import Settings
from pointsman.services.cache_store import CacheBounds
from pointsman.services.stores import Stores

IN_MEMORY = ("", ":memory:")


@asynccontextmanager
async def in_memory(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores that are gone with the App."""
    yield Success(
        Stores(
            cache=MemoryCache(_bounds(settings)),
            ledger=MemoryLedger(),
            usage_log=MemoryUsageLog(),
            scoreboard=MemoryScoreboard(),
            conversations=MemoryConversations(),
            memories=MemoryMemories(),
        )
    )


@asynccontextmanager
async def by_settings(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores in the file that `settings.database` names, in memory without one. How models do is never on disk."""
    if settings.database is None or settings.database in IN_MEMORY:
        async with in_memory(settings) as kept:
            yield kept
        return
    from time import time

    from pointsman.adapters.sqlite.cache_store import SqliteCache
    from pointsman.adapters.sqlite.conversation_store import SqliteConversations
    from pointsman.adapters.sqlite.database import open_database
    from pointsman.adapters.sqlite.ledger import SqliteLedger
    from pointsman.adapters.sqlite.memory_store import SqliteMemories
    from pointsman.adapters.sqlite.usage_log import SqliteUsageLog

    async with open_database(settings.database) as opened:
        if isinstance(opened, Failure):
            detail = f"the database {opened.failure().detail}"
            yield Failure(ConfigurationError(detail=detail, problems=(detail,)))
            return
        database = opened.unwrap()
        log = SqliteUsageLog(database)
        if settings.usage.keep_days is not None:
            await settle(log.forget(time() - settings.usage.keep_days * 86400))
        yield Success(
            Stores(
                cache=SqliteCache(database, _bounds(settings)),
                ledger=SqliteLedger(database),
                usage_log=log,
                scoreboard=MemoryScoreboard(),
                conversations=SqliteConversations(database),
                memories=SqliteMemories(database),
            )
        )


def _bounds(settings: Settings) -> CacheBounds:
    return CacheBounds(entries=settings.cache.max_entries, size=settings.cache.max_bytes)
