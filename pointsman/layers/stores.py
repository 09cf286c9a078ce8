"""Where things are kept: in memory, or in one SQLite file."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from returns.result import Failure, Result, Success

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.memory.cipher import PlainCipher
from pointsman.adapters.memory.collection_store import MemoryCollections
from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.adapters.memory.evidence_store import MemoryEvidence
from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.adapters.memory.memory_store import MemoryMemories
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.memory.session_store import MemorySessions
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.memory.usage_log import MemoryUsageLog
from pointsman.adapters.memory.user_store import MemoryUsers
from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import PluginStores, Settings
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.memory.encrypted_memories import EncryptedMemories
from pointsman.services.ports.cache_store import CacheBounds
from pointsman.services.ports.cipher import Cipher
from pointsman.services.ports.conversation_store import ConversationStore
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.stores import Stores

if TYPE_CHECKING:
    from pointsman.adapters.keys.fernet_cipher import KeySource

_LOG = logging.getLogger("pointsman.stores")
IN_MEMORY = ("", ":memory:")


@asynccontextmanager
async def in_memory(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores that are gone with the App."""
    kept, version = SettingsInMemory(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(kept, version), MemorySessions(version)
    yield Success(
        Stores(
            cache=MemoryCache(_bounds(settings)),
            ledger=MemoryLedger(),
            usage_log=MemoryUsageLog(),
            scoreboard=MemoryScoreboard(),
            evidence=MemoryEvidence(),
            conversations=MemoryConversations(),
            memories=MemoryMemories(),
            collections=MemoryCollections(),
            settings=kept,
            keys=keys,
            sessions=sessions,
            users=MemoryUsers(keys, sessions),
            authority=version,
            cipher=PlainCipher(),
        )
    )


def runs_folder(settings: Settings) -> Path | None:
    """Where runs of evaluations are kept: as the settings say, else beside the database; None where that is no file."""
    if settings.runs is not None:
        return Path(settings.runs).expanduser()
    if settings.database is None or settings.database in IN_MEMORY:
        return None
    return Path(settings.database).expanduser().parent / "runs"


@asynccontextmanager
async def by_settings(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores in the file that `settings.database` names, in memory without one. How models do is never on disk.

    A store for which the settings name a plug-in is that one's.
    """
    async with _own_stores(settings) as opened:
        if isinstance(opened, Failure) or settings.plugins.stores == PluginStores():
            yield opened
            return
        from pointsman.layers.plugins import with_plugin_stores

        async with with_plugin_stores(opened.unwrap(), settings) as changed:
            yield changed


@asynccontextmanager
async def _own_stores(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    if settings.database is None or settings.database in IN_MEMORY:
        async with in_memory(settings) as kept:
            yield kept
        return
    from time import time

    from pointsman.adapters.keys.fernet_cipher import FernetCipher
    from pointsman.adapters.sql.authority_version import SqlAuthorityVersion
    from pointsman.adapters.sql.cache_store import SqlCache
    from pointsman.adapters.sql.collection_store import SqlCollections
    from pointsman.adapters.sql.conversation_store import SqlConversations
    from pointsman.adapters.sql.evidence_store import SqlEvidence
    from pointsman.adapters.sql.key_rotation import SqlKeyRotation
    from pointsman.adapters.sql.key_store import SqlKeys
    from pointsman.adapters.sql.ledger import SqlLedger
    from pointsman.adapters.sql.memory_store import SqlMemories
    from pointsman.adapters.sql.open_books import open_books
    from pointsman.adapters.sql.proof import SqlProof
    from pointsman.adapters.sql.session_store import SqlSessions
    from pointsman.adapters.sql.settings_store import SqlSettings
    from pointsman.adapters.sql.usage_log import SqlUsageLog
    from pointsman.adapters.sql.user_store import SqlUsers
    from pointsman.adapters.sqlite.database import open_database

    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_database(settings.database, OpenedHere("this database")))
        if isinstance(opened, Failure):
            problem = opened.failure()
            detail = f"the database {problem.detail}"
            yield Failure(ConfigurationError(detail=detail, problems=(detail,), is_storage=True, remedy=problem.advice))
            return
        database = opened.unwrap()
        books = await stack.enter_async_context(open_books(database))
        log = SqlUsageLog(books)
        cipher = FernetCipher(key_source(settings), SqlProof(database))
        if settings.usage.keep_days is not None:
            cleared = await settle(log.forget(time() - settings.usage.keep_days * 86400))
            if isinstance(cleared, Failure):  # it is done again at the next start
                _LOG.warning("old usage records were not deleted: %s", cleared.failure())
        yield Success(
            Stores(
                cache=SqlCache(database, _bounds(settings)),
                ledger=SqlLedger(books),
                usage_log=log,
                scoreboard=MemoryScoreboard(),
                evidence=SqlEvidence(database),
                conversations=_conversations(settings, partial(SqlConversations, database), cipher),
                memories=_memories(settings, partial(SqlMemories, database), cipher),
                collections=SqlCollections(database),
                settings=SqlSettings(database, cipher),
                keys=SqlKeys(database),
                sessions=SqlSessions(database),
                users=SqlUsers(database),
                authority=SqlAuthorityVersion(database),
                cipher=cipher,
                rotation=SqlKeyRotation(database, cipher),
            )
        )


def keys_are_shared(settings: Settings) -> bool:
    """Whether other databases may be encrypted with the same keys; those in the file beside a database are its own."""
    return settings.key_store == "keyring" or settings.key_file is not None


def key_source(settings: Settings) -> KeySource:
    """Where the keys are that encrypt: a file beside the database unless the settings say otherwise."""
    from pointsman.adapters.keys.key_file import KeyFile
    from pointsman.adapters.keys.keyring_keys import KeyringKeys

    if settings.key_store == "keyring":
        return KeyringKeys()
    if settings.key_file is not None:
        return KeyFile(Path(settings.key_file).expanduser())
    database = Path(settings.database or "pointsman.db").expanduser()
    return KeyFile(database.parent / "keys" / f"{database.stem}.key")


def _conversations(
    settings: Settings, under: Callable[[bytes | None], ConversationStore], cipher: Cipher
) -> ConversationStore:
    if not settings.encrypted:
        return under(None)
    from pointsman.layers.encryption import message_codec

    return EncryptedConversations(under(None), cipher, message_codec(), under)


def _memories(settings: Settings, under: Callable[[bytes | None], MemoryStore], cipher: Cipher) -> MemoryStore:
    return EncryptedMemories(under(None), cipher, under) if settings.encrypted else under(None)


def _bounds(settings: Settings) -> CacheBounds:
    return CacheBounds(entries=settings.cache.max_entries, size=settings.cache.max_bytes)
