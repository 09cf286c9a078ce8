"""Where things are kept: in memory, in one SQLite file, or in a server of PostgreSQL."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.memory.scoreboard import MemoryScoreboard
from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.database_address import names_server, read_address
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, StorageError
from pointsman.core.on_demand import on_first_use
from pointsman.core.settings import PluginStores, Settings
from pointsman.layers.shared import cache_bounds, open_shared
from pointsman.services.ports.stores import Stores

if TYPE_CHECKING:
    from pointsman.adapters.keys.fernet_cipher import FernetCipher, KeySource
    from pointsman.adapters.sql.books import Books
    from pointsman.adapters.sql.transactions import SqlDatabase
    from pointsman.services.ports.authority_version import AuthorityVersion
    from pointsman.services.ports.cipher import Cipher
    from pointsman.services.ports.collection_store import CollectionStore
    from pointsman.services.ports.conversation_store import ConversationStore
    from pointsman.services.ports.evidence_store import EvidenceStore
    from pointsman.services.ports.key_rotation import KeyRotation
    from pointsman.services.ports.key_store import KeyStore
    from pointsman.services.ports.memory_store import MemoryStore
    from pointsman.services.ports.recording_store import RecordingStore
    from pointsman.services.ports.run_store import RunFolder
    from pointsman.services.ports.session_store import SessionStore
    from pointsman.services.ports.user_store import UserStore

_LOG = logging.getLogger("pointsman.stores")
IN_MEMORY = ("", ":memory:")
DRIVER = "Install it by `pip install 'pointsman[postgres]'`."


@asynccontextmanager
async def in_memory(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores that are gone with the App."""
    from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
    from pointsman.adapters.memory.cache_store import MemoryCache
    from pointsman.adapters.memory.cipher import PlainCipher
    from pointsman.adapters.memory.collection_store import MemoryCollections
    from pointsman.adapters.memory.conversation_store import MemoryConversations
    from pointsman.adapters.memory.evidence_store import MemoryEvidence
    from pointsman.adapters.memory.key_store import MemoryKeys
    from pointsman.adapters.memory.ledger import MemoryLedger
    from pointsman.adapters.memory.memory_store import MemoryMemories
    from pointsman.adapters.memory.recording_store import MemoryRecordings
    from pointsman.adapters.memory.session_store import MemorySessions
    from pointsman.adapters.memory.settings_store import SettingsInMemory
    from pointsman.adapters.memory.usage_log import MemoryUsageLog
    from pointsman.adapters.memory.user_store import MemoryUsers

    kept, version = SettingsInMemory(), MemoryAuthorityVersion()
    keys, sessions = MemoryKeys(kept, version), MemorySessions(version)
    yield Success(
        Stores(
            cache=MemoryCache(cache_bounds(settings)),
            ledger=MemoryLedger(),
            usage_log=MemoryUsageLog(),
            scoreboard=MemoryScoreboard(),
            evidence=MemoryEvidence(),
            conversations=MemoryConversations(),
            memories=MemoryMemories(),
            collections=MemoryCollections(),
            recordings=MemoryRecordings(),
            runs=partial(_runs_in_files, settings),
            settings=kept,
            keys=keys,
            sessions=sessions,
            users=MemoryUsers(keys, sessions),
            authority=version,
            cipher=PlainCipher(),
        )
    )


@asynccontextmanager
async def open_runs(settings: Settings) -> AsyncIterator[Result[RunFolder, ConfigurationError]]:
    """Runs of evaluations: in a file each, or in the server that the settings name, unless they name a folder, too."""
    if not _runs_are_in_server(settings):
        yield Success(_runs_in_files(settings))
        return
    async with open_kept(settings) as opened:
        yield opened.map(partial(_runs_beside, settings)).alt(_no_database)


def _runs_are_in_server(settings: Settings) -> bool:
    return settings.runs is None and names_server(settings.database)


def _runs_beside(settings: Settings, database: SqlDatabase) -> RunFolder:
    """Those that belong to the open `database`."""
    if not _runs_are_in_server(settings):
        return _runs_in_files(settings)
    from pointsman.adapters.postgres.postgres_runs import PostgresRunFolder

    return PostgresRunFolder(database, read_address(settings.database or "").unwrap().name)


def _runs_in_files(settings: Settings) -> RunFolder:
    from pointsman.adapters.sqlite.run_folder import SqliteRunFolder

    return SqliteRunFolder(runs_folder(settings))


def runs_folder(settings: Settings) -> Path | None:
    """The folder of runs that are files: as the settings say, else beside the database; None where that is no file."""
    if settings.runs is not None:
        return expand_home(settings.runs)
    if settings.database is None or settings.database in IN_MEMORY:
        return None
    beside = data_folder(settings)
    return None if beside is None else beside / "runs"


def data_folder(settings: Settings) -> Path | None:
    """Where files are that belong to a database: beside it, else in the user's own; None where that cannot be made."""
    database = settings.database
    if database is None or database in IN_MEMORY or names_server(database):
        from pointsman.layers.settings.found import own_database

        database = own_database()
    return None if database is None else expand_home(database).parent


@asynccontextmanager
async def by_settings(settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """Stores in the file or the server that `settings.database` names, in memory without one. How models do always is.

    A store for which the settings name a plug-in is that one's.
    """
    async with open_shared(settings) as found, _own_stores(settings) as own:
        if isinstance(found, Failure):
            yield Failure(found.failure())
            return
        opened = own.map(found.unwrap().over)
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
    async with open_kept(settings) as opened:
        if isinstance(opened, Failure):
            yield Failure(_no_database(opened.failure()))
            return
        async with _stores_in(opened.unwrap(), settings) as stores:
            yield Success(stores)


def _no_database(problem: StorageError) -> ConfigurationError:
    detail = f"the database {problem.detail}"
    return ConfigurationError(detail=detail, problems=(detail,), is_storage=True, remedy=problem.advice)


def open_kept(settings: Settings) -> AbstractAsyncContextManager[Result[SqlDatabase, StorageError]]:
    """The file or the server that the settings name, without anything on it."""
    return _open_server(settings) if names_server(settings.database) else _open_file(settings)


@asynccontextmanager
async def _open_file(settings: Settings) -> AsyncIterator[Result[SqlDatabase, StorageError]]:
    from pointsman.adapters.sqlite.database import open_database

    async with open_database(settings.database or "", OpenedHere("this database")) as opened:
        yield opened


@asynccontextmanager
async def _open_server(settings: Settings) -> AsyncIterator[Result[SqlDatabase, StorageError]]:
    address = read_address(settings.database or "")
    if isinstance(address, Failure):
        yield Failure(StorageError(detail=f"cannot be used: {address.failure()}", remedy=""))
        return
    if find_spec("psycopg") is None:
        yield Failure(StorageError(detail="is PostgreSQL's, and its driver is not installed", remedy=DRIVER))
        return
    from pointsman.adapters.postgres.postgres_database import open_postgres

    journals = (data_folder(settings) or Path()) / f"{server_files(settings)}-calls"
    here = OpenedHere("this database")
    async with open_postgres(address.unwrap(), journals, settings.database_password, here) as opened:
        yield opened


@asynccontextmanager
async def _stores_in(database: SqlDatabase, settings: Settings) -> AsyncIterator[Stores]:
    from time import time

    from pointsman.adapters.sql.open_books import open_books

    async with open_books(database) as books:
        stores = _sql_stores(database, books, settings)
        if settings.usage.keep_days is not None:
            cleared = await settle(stores.usage_log.forget(time() - settings.usage.keep_days * 86400))
            if isinstance(cleared, Failure):  # it is done again at the next start
                _LOG.warning("old usage records were not deleted: %s", cleared.failure())
        yield stores


def _sql_stores(database: SqlDatabase, books: Books, settings: Settings) -> Stores:
    from pointsman.adapters.keys.fernet_cipher import FernetCipher
    from pointsman.adapters.sql.cache_store import SqlCache
    from pointsman.adapters.sql.conversation_store import SqlConversations
    from pointsman.adapters.sql.ledger import SqlLedger
    from pointsman.adapters.sql.proof import SqlProof
    from pointsman.adapters.sql.settings_store import SqlSettings
    from pointsman.adapters.sql.usage_log import SqlUsageLog

    cipher = FernetCipher(key_source(settings), SqlProof(database))
    return Stores(
        cache=SqlCache(database, cache_bounds(settings)),
        ledger=SqlLedger(books),
        usage_log=SqlUsageLog(books),
        scoreboard=MemoryScoreboard(),
        evidence=on_first_use(partial(_sql_evidence, database)),
        conversations=_conversations(settings, partial(SqlConversations, database), cipher),
        memories=on_first_use(partial(_sql_memories, settings, database, cipher)),
        collections=on_first_use(partial(_sql_collections, settings, database, cipher)),
        recordings=on_first_use(partial(_sql_recordings, settings, database, cipher)),
        runs=partial(_runs_beside, settings, database),
        settings=SqlSettings(database, cipher),
        keys=on_first_use(partial(_sql_keys, database)),
        sessions=on_first_use(partial(_sql_sessions, database)),
        users=on_first_use(partial(_sql_users, database)),
        authority=on_first_use(partial(_sql_authority, database)),
        cipher=cipher,
        rotation=on_first_use(partial(_sql_rotation, database, cipher)),
        hints=database.hints,
        check_writing=books.check_writing,
    )


def _sql_evidence(database: SqlDatabase) -> EvidenceStore:
    from pointsman.adapters.sql.evidence_store import SqlEvidence

    return SqlEvidence(database)


def _sql_memories(settings: Settings, database: SqlDatabase, cipher: Cipher) -> MemoryStore:
    from pointsman.adapters.sql.memory_store import SqlMemories

    return _memories(settings, partial(SqlMemories, database), cipher)


def _sql_collections(settings: Settings, database: SqlDatabase, cipher: Cipher) -> CollectionStore:
    from pointsman.adapters.sql.collection_store import SqlCollections

    return _collections(settings, partial(SqlCollections, database), cipher)


def _sql_recordings(settings: Settings, database: SqlDatabase, cipher: Cipher) -> RecordingStore:
    from pointsman.adapters.sql.recording_store import SqlRecordings

    secrets = tuple(one.api_key for one in settings.providers.values() if one.api_key is not None)
    return SqlRecordings(database, cipher, settings.encrypted, secrets)


def _sql_keys(database: SqlDatabase) -> KeyStore:
    from pointsman.adapters.sql.key_store import SqlKeys

    return SqlKeys(database)


def _sql_sessions(database: SqlDatabase) -> SessionStore:
    from pointsman.adapters.sql.session_store import SqlSessions

    return SqlSessions(database)


def _sql_users(database: SqlDatabase) -> UserStore:
    from pointsman.adapters.sql.user_store import SqlUsers

    return SqlUsers(database)


def _sql_authority(database: SqlDatabase) -> AuthorityVersion:
    from pointsman.adapters.sql.authority_version import SqlAuthorityVersion

    return SqlAuthorityVersion(database)


def _sql_rotation(database: SqlDatabase, cipher: FernetCipher) -> KeyRotation:
    from pointsman.adapters.sql.key_rotation import SqlKeyRotation

    return SqlKeyRotation(database, cipher)


def server_files(settings: Settings) -> str:
    """What the files of this machine are called that belong to the server `database`."""
    digest = blake2b(str(settings.database).encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"postgresql-{digest}"


def keys_are_shared(settings: Settings) -> bool:
    """Whether other databases may be encrypted with the same keys; those in the file beside a database are its own."""
    return settings.key_store == "keyring" or settings.key_file is not None


def key_source(settings: Settings) -> KeySource:
    """Where the keys are that encrypt: a file beside the database unless the settings say otherwise."""
    from pointsman.adapters.keys.key_file import KeyFile

    if settings.key_store == "keyring":
        from pointsman.adapters.keys.keyring_keys import KeyringKeys

        return KeyringKeys()
    if settings.key_file is not None:
        return KeyFile(expand_home(settings.key_file))
    if names_server(settings.database):
        return KeyFile((data_folder(settings) or Path()) / "keys" / f"{server_files(settings)}.key")
    database = expand_home(settings.database or "pointsman.db")
    return KeyFile(database.parent / "keys" / f"{database.stem}.key")


def _conversations(
    settings: Settings, under: Callable[[bytes | None], ConversationStore], cipher: Cipher
) -> ConversationStore:

    if not settings.encrypted:
        return under(None)
    from pointsman.layers.encryption import message_codec
    from pointsman.services.conversations.encrypted_store import EncryptedConversations

    return EncryptedConversations(under(None), cipher, message_codec(), under)


def _memories(settings: Settings, under: Callable[[bytes | None], MemoryStore], cipher: Cipher) -> MemoryStore:

    if not settings.encrypted:
        return under(None)
    from pointsman.services.memory.encrypted_memories import EncryptedMemories

    return EncryptedMemories(under(None), cipher, under)


def _collections(
    settings: Settings, under: Callable[[bytes | None], CollectionStore], cipher: Cipher
) -> CollectionStore:

    if not settings.encrypted:
        return under(None)
    from pointsman.services.encrypted_collections import EncryptedCollections

    return EncryptedCollections(under(None), cipher, under)
