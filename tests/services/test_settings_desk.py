"""Settings are check_to_save, kept and traced; many at once lose nothing."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman import InvalidRequest, ProviderSettings, Secret, settle
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.core.error import StorageError
from pointsman.core.security.audit import AuditEntry, fingerprint, mask_key, provider_changes
from pointsman.layers.settings.saved import check_to_save
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.settings.settings_service import SettingsService
from pointsman.testing import VirtualClock

OPENAI = ProviderSettings(name="work", kind="openai", api_key=Secret("sk-0123456789abcdefXYZ"), model="gpt-4o")


def desk() -> SettingsService:
    return SettingsService(SettingsInMemory(), VirtualClock(5.0), check_to_save)


async def kept(one: SettingsService) -> StoredSettings:
    found = unwrap_or_failure(await settle(one.read()))
    assert isinstance(found, StoredSettings)
    return found


async def trail(one: SettingsService) -> list[AuditEntry]:
    found = unwrap_or_failure(await settle(one.audit()))
    assert not isinstance(found, StorageError)
    return list(found)


async def test_a_provider_is_checked_kept_and_traced_without_its_secret() -> None:
    here = desk()
    saved = await settle(here.put(attrs.evolve(OPENAI, base_url="localhost:1234/v1/"), "ann"))
    assert saved.unwrap().base_url == "http://localhost:1234/v1"
    await settle(here.put(attrs.evolve(saved.unwrap(), api_key=Secret("sk-other-key-0000000")), "bob"))
    await settle(here.activate("work", "bob"))
    entries = await trail(here)
    assert [(entry.who, entry.what, entry.target) for entry in entries] == [
        ("bob", "provider.activate", "work"),
        ("bob", "provider.update", "work"),
        ("ann", "provider.create", "work"),
    ]
    assert [change.field for change in entries[1].changes] == ["api_key"]
    assert entries[1].changes[0].old == fingerprint(Secret("sk-0123456789abcdefXYZ"))
    assert "0123456789" not in repr(entries)
    assert (await kept(here)).active == "work"


async def test_what_changes_nothing_leaves_no_trace() -> None:
    here = desk()
    await settle(here.put(OPENAI, "ann"))
    await settle(here.put(OPENAI, "ann"))
    assert len(await trail(here)) == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "a/b"}, "name: 'a/b' is not a name of letters, digits, - and _"),
        ({"kind": "opnai"}, "kind: 'opnai' is not a kind of provider; did you mean openai?"),
        ({"base_url": "ftp://x"}, "base_url: it is not an address such as http://localhost:1234/v1"),
        ({"temperature": 3.0}, "temperature: 3.0 is not between 0 and 2"),
        ({"max_tokens": 0}, "max_tokens: 0 is not at least 1"),
        ({"kind": "azure"}, "base_url: it needs a base URL; set AZURE_OPENAI_ENDPOINT or give --base-url"),
    ],
)
async def test_what_makes_no_sense_is_told_and_not_kept(changes: dict[str, object], problem: str) -> None:
    here = desk()
    outcome: Result[ProviderSettings, object] = await settle(here.put(attrs.evolve(OPENAI, **changes), "ann"))  # type: ignore[arg-type]
    assert isinstance(outcome, Failure)
    error = outcome.failure()
    assert isinstance(error, InvalidRequest)
    assert error.problems == (problem,)
    assert await trail(here) == []


async def test_the_active_provider_that_is_deleted_is_active_no_more() -> None:
    here = desk()
    await settle(here.put(OPENAI, "ann"))
    await settle(here.activate("work", "ann"))
    assert (await settle(here.remove("work", "ann"))).unwrap() is None
    assert await kept(here) == StoredSettings(version=3)
    gone = await settle(here.remove("work", "ann"))
    assert isinstance(gone.failure(), InvalidRequest)


async def test_users_may_want_it_otherwise() -> None:
    here = desk()
    await settle(here.override("ann", "model", "openai/gpt-4o", "ann"))
    await settle(here.override("ann", "temperature", 0.3, "ann"))
    await settle(here.override("bob", "model", "x", "bob"))
    await settle(here.override("bob", "model", None, "bob"))
    assert (await kept(here)).overrides == {"ann": {"model": "openai/gpt-4o", "temperature": 0.3}}
    wrong = await settle(here.override("ann", "colour", "red", "ann"))
    assert isinstance(wrong.failure(), InvalidRequest)


async def test_many_at_once_lose_nothing() -> None:
    here = desk()

    async def save(number: int) -> None:
        await anyio.lowlevel.checkpoint()
        (await settle(here.put(attrs.evolve(OPENAI, name=f"p{number}"), "ann"))).unwrap()

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(save, number)
    assert set((await kept(here)).providers) == {f"p{number}" for number in range(10)}
    assert len(await trail(here)) == 10


def test_secrets_are_seen_only_at_their_ends() -> None:
    assert mask_key(Secret("sk-0123456789abcdWXYZ")) == "sk-…WXYZ"
    assert mask_key(Secret("0123456789abcdefWXYZ")) == "…WXYZ"
    assert mask_key(Secret("short")) == "…"
    assert fingerprint(Secret("a")) != fingerprint(Secret("b"))


def test_changes_name_every_field_that_differs() -> None:
    proxied = attrs.evolve(OPENAI, proxy="http://u:pass@p", headers={"x-a": Secret("v")}, tags=("a", "b"))
    changes = {change.field: change.new for change in provider_changes(OPENAI, proxied)}
    assert changes.keys() == {"proxy", "headers.x-a", "tags"}
    assert changes["tags"] == "a, b"
    assert "pass" not in str(changes)
    assert {change.new for change in provider_changes(OPENAI, None)} == {None}
