"""New stores in a new SQLite file, which goes with the scope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pointsman.adapters.keys.fernet_cipher import FernetCipher
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.sql.books import Books
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
from pointsman.adapters.sql.settings_store import SqlSettings
from pointsman.adapters.sql.usage_log import SqlUsageLog
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.layers.encryption import message_codec
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.encrypted_collections import EncryptedCollections
from pointsman.services.memory.encrypted_memories import EncryptedMemories
from pointsman.services.ports.cache_store import CacheBounds, CacheStore
from pointsman.services.ports.collection_store import CollectionStore
from pointsman.services.ports.conversation_store import BRIEF, ConversationStore, SearchBounds
from pointsman.services.ports.evidence_store import EvidenceStore
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.recording_store import RecordingStore
from pointsman.services.ports.settings_store import SettingsStore
from pointsman.services.ports.usage_log import UsageLog
from tests.patience import GUARD


@asynccontextmanager
async def a_database(path: Path | None = None) -> AsyncIterator[Database]:
    """The database in `path`, or in a new file; it opens, or the test fails."""
    with TemporaryDirectory() as folder:
        async with open_database(path or Path(folder) / "stores.db") as opened:
            yield opened.unwrap()


@asynccontextmanager
async def some_books(path: Path | None = None) -> AsyncIterator[Books]:
    """The books of a process in the database in `path`, or in a new file."""
    async with a_database(path) as database, open_books(database) as books:
        yield books


@asynccontextmanager
async def a_cache(bounds: CacheBounds) -> AsyncIterator[CacheStore]:
    async with a_database() as database:
        yield SqlCache(database, bounds, patience=GUARD)  # laws are held to no time


@asynccontextmanager
async def a_ledger() -> AsyncIterator[Ledger]:
    async with some_books() as books:
        yield SqlLedger(books)


@asynccontextmanager
async def a_log() -> AsyncIterator[UsageLog]:
    async with some_books() as books:
        yield SqlUsageLog(books)


@asynccontextmanager
async def some_evidence(most: int) -> AsyncIterator[EvidenceStore]:
    async with a_database() as database:
        yield SqlEvidence(database, most)


@asynccontextmanager
async def some_collections() -> AsyncIterator[CollectionStore]:
    async with a_database() as database:
        yield SqlCollections(database)


@asynccontextmanager
async def some_conversations() -> AsyncIterator[ConversationStore]:
    async with a_database() as database:
        yield SqlConversations(database)


@asynccontextmanager
async def two_of_conversations() -> AsyncIterator[tuple[ConversationStore, ConversationStore]]:
    """Two connections to one file, as two processes have."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stores.db"
        async with a_database(path) as mine, a_database(path) as yours:
            yield SqlConversations(mine), SqlConversations(yours)


@asynccontextmanager
async def some_memories() -> AsyncIterator[MemoryStore]:
    async with a_database() as database:
        yield SqlMemories(database)


@asynccontextmanager
async def some_recordings() -> AsyncIterator[RecordingStore]:
    async with a_database() as database:
        yield SqlRecordings(database, _cipher(database))


@asynccontextmanager
async def sealed_recordings() -> AsyncIterator[RecordingStore]:
    async with a_database() as database:
        yield SqlRecordings(database, _cipher(database), encrypts=True)


@asynccontextmanager
async def settings_and_keys() -> AsyncIterator[tuple[SettingsStore, KeyStore]]:
    async with a_database() as database:
        cipher = _cipher(database)
        yield SqlSettings(database, cipher), SqlKeys(database)


@asynccontextmanager
async def sealed_conversations(bounds: SearchBounds = BRIEF) -> AsyncIterator[ConversationStore]:
    async with a_database() as database:
        cipher = _cipher(database)
        yield EncryptedConversations(SqlConversations(database), cipher, message_codec(), bounds=bounds)


@asynccontextmanager
async def sealed_collections() -> AsyncIterator[CollectionStore]:
    async with a_database() as database:
        cipher = _cipher(database)
        yield EncryptedCollections(SqlCollections(database), cipher)


@asynccontextmanager
async def sealed_memories() -> AsyncIterator[MemoryStore]:
    async with a_database() as database:
        cipher = _cipher(database)
        yield EncryptedMemories(SqlMemories(database), cipher)


def _cipher(database: Database) -> FernetCipher:
    return FernetCipher(KeyFile(database.path.parent / "keys" / "a.key"), SqlProof(database))
