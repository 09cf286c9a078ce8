"""New stores in a PostgreSQL server, in tables of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from pointsman import Settings
from pointsman.adapters.keys.fernet_cipher import FernetCipher
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.postgres.postgres_database import PostgresDatabase, open_postgres
from pointsman.adapters.postgres.postgres_dialect import dialect_on
from pointsman.adapters.postgres.postgres_runs import PostgresRunFolder
from pointsman.adapters.sql.authority_version import SqlAuthorityVersion
from pointsman.adapters.sql.cache_store import SqlCache
from pointsman.adapters.sql.collection_store import SqlCollections
from pointsman.adapters.sql.conversation_store import SqlConversations
from pointsman.adapters.sql.evidence_store import SqlEvidence
from pointsman.adapters.sql.key_store import SqlKeys
from pointsman.adapters.sql.ledger import SqlLedger
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.open_books import open_books
from pointsman.adapters.sql.proof import SqlProof
from pointsman.adapters.sql.recording_store import SqlRecordings
from pointsman.adapters.sql.session_store import SqlSessions
from pointsman.adapters.sql.settings_store import SqlSettings
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.adapters.sql.user_store import SqlUsers
from pointsman.layers.encryption import message_codec
from pointsman.layers.stores import by_settings
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.encrypted_collections import EncryptedCollections
from pointsman.services.memory.encrypted_memories import EncryptedMemories
from pointsman.services.ports import stores as ports
from pointsman.services.ports.cache_store import CacheBounds, CacheStore
from pointsman.services.ports.collection_store import CollectionStore
from pointsman.services.ports.conversation_store import BRIEF, ConversationStore, SearchBounds
from pointsman.services.ports.evidence_store import EvidenceStore
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.recording_store import RecordingStore
from pointsman.services.ports.run_store import RunFolder, RunStore
from pointsman.services.ports.settings_store import SettingsStore
from pointsman.services.ports.usage_log import UsageLog
from pointsman.testing import VirtualClock
from pointsman.testing.laws import authority, session_store, user_store
from tests.adapters.postgres.server import Server, a_schema
from tests.patience import GUARD


@attrs.frozen
class Stores:
    """Opens stores in `server`."""

    server: Server

    @asynccontextmanager
    async def database(
        self, schema: str | None = None, journals: Path | None = None
    ) -> AsyncIterator[PostgresDatabase]:
        """The database with tables in `schema`, or in a new one; it opens, or the test fails."""
        with TemporaryDirectory() as folder:
            place = journals or Path(folder) / "calls"
            async with open_postgres(self.server.address(schema), place) as opened:
                yield opened.unwrap()

    @asynccontextmanager
    async def cache(self, bounds: CacheBounds) -> AsyncIterator[CacheStore]:
        async with self.database() as database:
            yield SqlCache(database, bounds, patience=GUARD)  # laws are held to no time

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[Ledger]:
        async with self.database() as database, open_books(database) as books:
            yield SqlLedger(books)

    @asynccontextmanager
    async def log(self) -> AsyncIterator[UsageLog]:
        async with self.database() as database, open_books(database) as books:
            yield SqlUsageLog(books)

    @asynccontextmanager
    async def evidence(self, most: int) -> AsyncIterator[EvidenceStore]:
        async with self.database() as database:
            yield SqlEvidence(database, most)

    @asynccontextmanager
    async def collections(self) -> AsyncIterator[CollectionStore]:
        async with self.database() as database:
            yield SqlCollections(database)

    @asynccontextmanager
    async def conversations(self) -> AsyncIterator[ConversationStore]:
        async with self.database() as database:
            yield SqlConversations(database)

    @asynccontextmanager
    async def two_of_conversations(self) -> AsyncIterator[tuple[ConversationStore, ConversationStore]]:
        """Two connections to the same tables, as two processes have."""
        schema = a_schema()
        async with self.database(schema) as mine, self.database(schema) as yours:
            yield SqlConversations(mine), SqlConversations(yours)

    @asynccontextmanager
    async def memories(self) -> AsyncIterator[MemoryStore]:
        async with self.database() as database:
            yield SqlMemories(database)

    @asynccontextmanager
    async def memories_without_extension(self) -> AsyncIterator[MemoryStore]:
        async with self.database() as database:
            database.dialect = dialect_on(database.journals, None)
            yield SqlMemories(database)

    @asynccontextmanager
    async def recordings(self) -> AsyncIterator[RecordingStore]:
        async with self.database() as database:
            yield SqlRecordings(database, _cipher(database))

    @asynccontextmanager
    async def sealed_recordings(self) -> AsyncIterator[RecordingStore]:
        async with self.database() as database:
            yield SqlRecordings(database, _cipher(database), encrypts=True)

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[RunFolder]:
        async with self.database() as database:
            yield PostgresRunFolder(database, "the server", renewal=0.1)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[RunStore]:
        """The journal of a run, as who runs it has it."""
        async with self.runs() as folder, folder.open("one", alone=True) as opened:
            yield opened.unwrap()

    @asynccontextmanager
    async def settings_and_keys(self) -> AsyncIterator[tuple[SettingsStore, KeyStore]]:
        async with self.database() as database:
            yield SqlSettings(database, _cipher(database)), SqlKeys(database)

    @asynccontextmanager
    async def sealed_conversations(self, bounds: SearchBounds = BRIEF) -> AsyncIterator[ConversationStore]:
        async with self.database() as database:
            store = SqlConversations(database)
            yield EncryptedConversations(store, _cipher(database), message_codec(), bounds=bounds)

    @asynccontextmanager
    async def sealed_collections(self) -> AsyncIterator[CollectionStore]:
        async with self.database() as database:
            yield EncryptedCollections(SqlCollections(database), _cipher(database))

    @asynccontextmanager
    async def sealed_memories(self) -> AsyncIterator[MemoryStore]:
        async with self.database() as database:
            yield EncryptedMemories(SqlMemories(database), _cipher(database))

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[ports.Stores]:
        """All stores, encrypted, as settings open them."""
        with TemporaryDirectory() as folder:
            settings = Settings(database=self.server.url(), encrypted=True, key_file=f"{folder}/a.key")
            async with by_settings(settings) as opened:
                yield opened.unwrap()

    @asynccontextmanager
    async def house(self) -> AsyncIterator[authority.House]:
        """Two processes, of which one changes what the other follows."""
        clock, schema = VirtualClock(), a_schema()
        async with self.database(schema) as mine, self.database(schema) as yours:
            version = SqlAuthorityVersion(mine)
            own = StoredAuthority(SqlKeys(mine), SqlSessions(mine), SqlUsers(mine), version, clock, hints=mine.hints)
            yield authority.House(own, SqlKeys(yours), SqlSessions(yours), SqlUsers(yours), clock)

    @asynccontextmanager
    async def sessions(self) -> AsyncIterator[session_store.Opened]:
        schema = a_schema()
        async with self.database(schema) as mine, self.database(schema) as yours:
            yield SqlSessions(mine), SqlSessions(yours)

    @asynccontextmanager
    async def users(self) -> AsyncIterator[user_store.Opened]:
        schema = a_schema()
        async with self.database(schema) as mine, self.database(schema) as yours:
            yield SqlUsers(mine), SqlUsers(yours)


def _cipher(database: PostgresDatabase) -> FernetCipher:
    return FernetCipher(KeyFile(database.journals.parent / "keys" / "a.key"), SqlProof(database))
