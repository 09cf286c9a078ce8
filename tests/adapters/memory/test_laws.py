"""The stores in memory keep the laws of their ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.memory.collection_store import MemoryCollections
from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.adapters.memory.evidence_store import MemoryEvidence
from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.ledger import MemoryLedger
from pointsman.adapters.memory.memory_store import MemoryMemories
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.memory.usage_log import MemoryUsageLog
from pointsman.services.ports.cache_store import CacheBounds, CacheStore
from pointsman.services.ports.collection_store import CollectionStore
from pointsman.services.ports.conversation_store import ConversationStore
from pointsman.services.ports.evidence_store import EvidenceStore
from pointsman.services.ports.ledger import Ledger
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.usage_log import UsageLog
from pointsman.testing.laws import (
    cache_store,
    collection_store,
    conversation_machine,
    conversation_store,
    evidence_store,
    ledger,
    memory_store,
    settings_store,
    usage_log,
)


@asynccontextmanager
async def a_cache(bounds: CacheBounds) -> AsyncIterator[CacheStore]:
    yield MemoryCache(bounds)


@asynccontextmanager
async def a_ledger() -> AsyncIterator[Ledger]:
    yield MemoryLedger()


@asynccontextmanager
async def a_log() -> AsyncIterator[UsageLog]:
    yield MemoryUsageLog()


@asynccontextmanager
async def some_conversations() -> AsyncIterator[ConversationStore]:
    yield MemoryConversations()


@asynccontextmanager
async def two_of_conversations() -> AsyncIterator[tuple[ConversationStore, ConversationStore]]:
    store = MemoryConversations()
    yield store, store


@asynccontextmanager
async def some_memories() -> AsyncIterator[MemoryStore]:
    yield MemoryMemories()


@pytest.mark.parametrize("law", cache_store.LAWS)
async def test_cache(law: cache_store.Law) -> None:
    await law(a_cache)


@pytest.mark.parametrize("law", cache_store.PROPERTIES)
def test_cache_property(law: cache_store.Property) -> None:
    law(a_cache)


@pytest.mark.parametrize("law", ledger.LAWS)
async def test_ledger(law: ledger.Law) -> None:
    await law(a_ledger)


@pytest.mark.parametrize("law", ledger.PROPERTIES)
def test_ledger_property(law: ledger.Property) -> None:
    law(a_ledger)


@pytest.mark.parametrize("law", usage_log.LAWS)
async def test_usage_log(law: usage_log.Law) -> None:
    await law(a_log)


@pytest.mark.parametrize("law", usage_log.PROPERTIES)
def test_usage_log_property(law: usage_log.Property) -> None:
    law(a_log)


async def test_of_too_many_records_the_oldest_are_forgotten() -> None:
    log = MemoryUsageLog(most=2)
    await usage_log.add(log, *(usage_log.at(float(number)) for number in range(5)))
    await usage_log.add(log, usage_log.at(4.0))
    assert await usage_log.read(log) == (usage_log.at(3.0), usage_log.at(4.0))


@pytest.mark.parametrize("law", conversation_store.LAWS)
async def test_conversations(law: conversation_store.Law) -> None:
    await law(some_conversations)


@pytest.mark.parametrize("law", conversation_store.PROPERTIES)
def test_conversations_property(law: conversation_store.Property) -> None:
    law(some_conversations)


@pytest.mark.parametrize("law", conversation_machine.LAWS)
async def test_two_writers(law: conversation_machine.Law) -> None:
    await law(two_of_conversations)


def test_two_writers_property() -> None:
    conversation_machine.any_history_of_two_writers_is_that_of_the_model(two_of_conversations)


@pytest.mark.parametrize("law", memory_store.LAWS)
async def test_memories(law: memory_store.Law) -> None:
    await law(some_memories)


@pytest.mark.parametrize("law", memory_store.PROPERTIES)
def test_memories_property(law: memory_store.Property) -> None:
    law(some_memories)


@asynccontextmanager
async def settings_and_keys() -> AsyncIterator[settings_store.Opened]:
    store = SettingsInMemory()
    yield store, MemoryKeys(store)


@pytest.mark.parametrize("law", settings_store.LAWS)
async def test_settings(law: settings_store.Law) -> None:
    await law(settings_and_keys)


@pytest.mark.parametrize("law", settings_store.PROPERTIES)
def test_settings_property(law: settings_store.Property) -> None:
    law(settings_and_keys)


@asynccontextmanager
async def some_evidence(most: int) -> AsyncIterator[EvidenceStore]:
    yield MemoryEvidence(most)


@asynccontextmanager
async def some_collections() -> AsyncIterator[CollectionStore]:
    yield MemoryCollections()


@pytest.mark.parametrize("law", collection_store.LAWS)
async def test_collections(law: collection_store.Law) -> None:
    await law(some_collections)


@pytest.mark.parametrize("law", evidence_store.LAWS)
async def test_evidence(law: evidence_store.Law) -> None:
    await law(some_evidence)
