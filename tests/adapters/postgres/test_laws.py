"""The stores in PostgreSQL keep the laws of their ports, those that others have, without an exception."""

from __future__ import annotations

import pytest

from pointsman.testing.laws import (
    authority,
    cache_store,
    collection_store,
    conversation_machine,
    conversation_store,
    evidence_store,
    key_rotation,
    ledger,
    memory_store,
    recording_store,
    run_folder,
    run_store,
    session_store,
    settings_store,
    usage_log,
    user_store,
)
from tests.adapters.postgres.opened import Stores


@pytest.mark.parametrize("law", cache_store.LAWS)
async def test_cache(law: cache_store.Law, stores: Stores) -> None:
    await law(stores.cache)


@pytest.mark.long
@pytest.mark.parametrize("law", cache_store.PROPERTIES)
def test_cache_property(law: cache_store.Property, stores: Stores) -> None:
    law(stores.cache)


@pytest.mark.parametrize("law", ledger.LAWS)
async def test_ledger(law: ledger.Law, stores: Stores) -> None:
    await law(stores.ledger)


@pytest.mark.long
@pytest.mark.parametrize("law", ledger.PROPERTIES)
def test_ledger_property(law: ledger.Property, stores: Stores) -> None:
    law(stores.ledger)


@pytest.mark.parametrize("law", usage_log.LAWS)
async def test_usage_log(law: usage_log.Law, stores: Stores) -> None:
    await law(stores.log)


@pytest.mark.long
@pytest.mark.parametrize("law", usage_log.PROPERTIES)
def test_usage_log_property(law: usage_log.Property, stores: Stores) -> None:
    law(stores.log)


@pytest.mark.parametrize("law", conversation_store.LAWS)
async def test_conversations(law: conversation_store.Law, stores: Stores) -> None:
    await law(stores.conversations)


@pytest.mark.long
@pytest.mark.parametrize("law", conversation_store.PROPERTIES)
def test_conversations_property(law: conversation_store.Property, stores: Stores) -> None:
    law(stores.conversations)


@pytest.mark.parametrize("law", conversation_machine.LAWS)
async def test_two_writers(law: conversation_machine.Law, stores: Stores) -> None:
    await law(stores.two_of_conversations)


@pytest.mark.long
def test_two_writers_property(stores: Stores) -> None:
    conversation_machine.any_history_of_two_writers_is_that_of_the_model(stores.two_of_conversations)


@pytest.mark.parametrize("law", memory_store.LAWS)
async def test_memories(law: memory_store.Law, stores: Stores) -> None:
    await law(stores.memories)


@pytest.mark.long
@pytest.mark.parametrize("law", memory_store.PROPERTIES)
def test_memories_property(law: memory_store.Property, stores: Stores) -> None:
    law(stores.memories)


@pytest.mark.long
@pytest.mark.parametrize("law", memory_store.PROPERTIES)
def test_memories_without_extension_property(law: memory_store.Property, stores: Stores) -> None:
    law(stores.memories_without_extension)


@pytest.mark.parametrize("law", conversation_store.LAWS)
async def test_sealed_conversations(law: conversation_store.Law, stores: Stores) -> None:
    await law(stores.sealed_conversations)


@pytest.mark.parametrize("law", memory_store.LAWS)
async def test_sealed_memories(law: memory_store.Law, stores: Stores) -> None:
    await law(stores.sealed_memories)


@pytest.mark.parametrize("law", settings_store.LAWS)
async def test_settings(law: settings_store.Law, stores: Stores) -> None:
    await law(stores.settings_and_keys)


@pytest.mark.long
@pytest.mark.parametrize("law", settings_store.PROPERTIES)
def test_settings_property(law: settings_store.Property, stores: Stores) -> None:
    law(stores.settings_and_keys)


@pytest.mark.parametrize("law", key_rotation.LAWS)
async def test_key_rotation(law: key_rotation.Law, stores: Stores) -> None:
    await law(stores.whole)


@pytest.mark.parametrize("law", evidence_store.LAWS)
async def test_evidence(law: evidence_store.Law, stores: Stores) -> None:
    await law(stores.evidence)


@pytest.mark.parametrize("law", collection_store.LAWS)
async def test_collections(law: collection_store.Law, stores: Stores) -> None:
    await law(stores.collections)


@pytest.mark.parametrize("law", collection_store.LAWS)
async def test_sealed_collections(law: collection_store.Law, stores: Stores) -> None:
    await law(stores.sealed_collections)


@pytest.mark.parametrize("law", authority.LAWS)
async def test_authority(law: authority.Law, stores: Stores) -> None:
    await law(stores.house)


@pytest.mark.parametrize("law", session_store.LAWS)
async def test_sessions(law: session_store.Law, stores: Stores) -> None:
    await law(stores.sessions)


@pytest.mark.parametrize("law", user_store.LAWS)
async def test_users(law: user_store.Law, stores: Stores) -> None:
    await law(stores.users)


@pytest.mark.parametrize("law", run_store.LAWS)
async def test_runs(law: run_store.Law, stores: Stores) -> None:
    await law(stores.run)


@pytest.mark.long
@pytest.mark.parametrize("law", run_store.PROPERTIES)
def test_runs_property(law: run_store.Property, stores: Stores) -> None:
    law(stores.run)


@pytest.mark.parametrize("law", run_folder.LAWS)
async def test_folder_of_runs(law: run_folder.Law, stores: Stores) -> None:
    await law(stores.runs)


@pytest.mark.parametrize("law", recording_store.LAWS)
async def test_recordings(law: recording_store.Law, stores: Stores) -> None:
    await law(stores.recordings)


@pytest.mark.parametrize("law", recording_store.LAWS)
async def test_sealed_recordings(law: recording_store.Law, stores: Stores) -> None:
    await law(stores.sealed_recordings)


@pytest.mark.long
@pytest.mark.parametrize("law", recording_store.PROPERTIES)
def test_recordings_property(law: recording_store.Property, stores: Stores) -> None:
    law(stores.recordings)
