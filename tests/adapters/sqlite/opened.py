"""New stores in a new SQLite file, which goes with the scope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pointsman.adapters.keys.fernet_cipher import FernetCipher
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.sqlite.books import Books
from pointsman.adapters.sqlite.cache_store import SqliteCache
from pointsman.adapters.sqlite.collection_store import SqliteCollections
from pointsman.adapters.sqlite.conversation_store import SqliteConversations
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.adapters.sqlite.evidence_store import SqliteEvidence
from pointsman.adapters.sqlite.key_store import SqliteKeys
from pointsman.adapters.sqlite.ledger import SqliteLedger
from pointsman.adapters.sqlite.memory_store import SqliteMemories
from pointsman.adapters.sqlite.open_books import open_books
from pointsman.adapters.sqlite.proof import SqliteProof
from pointsman.adapters.sqlite.settings_store import SqliteSettings
from pointsman.adapters.sqlite.usage_log import SqliteUsageLog
from pointsman.layers.encryption import message_codec
from pointsman.services.conversations.encrypted_store import EncryptedConversations
from pointsman.services.memory.encrypted_memories import EncryptedMemories
from pointsman.services.ports.cache_store import CacheBounds, CacheStore
from pointsman.services.ports.collection_store import CollectionStore
from pointsman.services.ports.conversation_store import BRIEF, ConversationStore, SearchBounds
from pointsman.services.ports.evidence_store import EvidenceStore
from pointsman.services.ports.key_store import KeyStore
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.settings_store import SettingsStore
from pointsman.services.ports.usage_log import UsageLog


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
        yield SqliteCache(database, bounds)


@asynccontextmanager
async def a_ledger() -> AsyncIterator[Ledger]:
    async with some_books() as books:
        yield SqliteLedger(books)


@asynccontextmanager
async def a_log() -> AsyncIterator[UsageLog]:
    async with some_books() as books:
        yield SqliteUsageLog(books)


@asynccontextmanager
async def some_evidence(most: int) -> AsyncIterator[EvidenceStore]:
    async with a_database() as database:
        yield SqliteEvidence(database, most)


@asynccontextmanager
async def some_collections() -> AsyncIterator[CollectionStore]:
    async with a_database() as database:
        yield SqliteCollections(database)


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


@asynccontextmanager
async def settings_and_keys() -> AsyncIterator[tuple[SettingsStore, KeyStore]]:
    async with a_database() as database:
        cipher = FernetCipher(KeyFile(database.path.parent / "keys" / "a.key"), SqliteProof(database))
        yield SqliteSettings(database, cipher), SqliteKeys(database)


@asynccontextmanager
async def sealed_conversations(bounds: SearchBounds = BRIEF) -> AsyncIterator[ConversationStore]:
    async with a_database() as database:
        cipher = FernetCipher(KeyFile(database.path.parent / "keys" / "a.key"), SqliteProof(database))
        yield EncryptedConversations(SqliteConversations(database), cipher, message_codec(), bounds=bounds)


@asynccontextmanager
async def sealed_memories() -> AsyncIterator[MemoryStore]:
    async with a_database() as database:
        cipher = FernetCipher(KeyFile(database.path.parent / "keys" / "a.key"), SqliteProof(database))
        yield EncryptedMemories(SqliteMemories(database), cipher)
