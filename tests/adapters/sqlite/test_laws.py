"""The stores in a SQLite file keep the laws of their ports."""

from __future__ import annotations

import pytest

from pointsman.testing.laws import (
    cache_store,
    collection_store,
    conversation_machine,
    conversation_store,
    evidence_store,
    ledger,
    memory_store,
    recording_store,
    settings_store,
    usage_log,
)
from tests.adapters.sqlite.opened import (
    a_cache,
    a_ledger,
    a_log,
    sealed_collections,
    sealed_conversations,
    sealed_memories,
    sealed_recordings,
    settings_and_keys,
    some_collections,
    some_conversations,
    some_evidence,
    some_memories,
    some_recordings,
    two_of_conversations,
)


@pytest.mark.parametrize("law", cache_store.LAWS)
async def test_cache(law: cache_store.Law) -> None:
    await law(a_cache)


@pytest.mark.parametrize("law", cache_store.PROPERTIES)
def test_cache_property(law: cache_store.Property) -> None:
    law(a_cache)


@pytest.mark.parametrize("law", collection_store.LAWS)
async def test_collections(law: collection_store.Law) -> None:
    await law(some_collections)


@pytest.mark.parametrize("law", collection_store.LAWS)
async def test_sealed_collections(law: collection_store.Law) -> None:
    await law(sealed_collections)


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


@pytest.mark.parametrize("law", conversation_store.LAWS)
async def test_sealed_conversations(law: conversation_store.Law) -> None:
    await law(sealed_conversations)


@pytest.mark.parametrize("law", conversation_store.PROPERTIES)
def test_sealed_conversations_property(law: conversation_store.Property) -> None:
    law(sealed_conversations)


@pytest.mark.parametrize("law", memory_store.LAWS)
async def test_sealed_memories(law: memory_store.Law) -> None:
    await law(sealed_memories)


@pytest.mark.parametrize("law", settings_store.LAWS)
async def test_settings(law: settings_store.Law) -> None:
    await law(settings_and_keys)


@pytest.mark.parametrize("law", settings_store.PROPERTIES)
def test_settings_property(law: settings_store.Property) -> None:
    law(settings_and_keys)


@pytest.mark.parametrize("law", evidence_store.LAWS)
async def test_evidence(law: evidence_store.Law) -> None:
    await law(some_evidence)


RECORDINGS = pytest.mark.parametrize("opening", [some_recordings, sealed_recordings])


@pytest.mark.parametrize("law", recording_store.LAWS)
@RECORDINGS
async def test_recordings(opening: recording_store.Opening, law: recording_store.Law) -> None:
    await law(opening)


@pytest.mark.parametrize("law", recording_store.PROPERTIES)
@RECORDINGS
def test_recordings_property(opening: recording_store.Opening, law: recording_store.Property) -> None:
    law(opening)
