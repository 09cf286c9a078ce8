"""Files that were there before and that others could read: what may hold secrets is closed when it is opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import platformdirs
import pytest

from pointsman import Secret, Settings
from pointsman.core.effect import settle
from pointsman.core.money.cost import FREE
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.security.audit import AuditEntry
from pointsman.core.settings import ProviderSettings
from pointsman.layers.settings.found import load_settings
from pointsman.layers.stores import by_settings
from pointsman.services.ports.settings_store import StoredSettings


def modes(folder: Path) -> dict[str, int]:
    """Of all that is in `folder`, which others must not look into."""
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


async def open_and_save(path: Path) -> dict[str, int]:
    """The modes while it is open, with a secret and a usage record in it."""
    async with by_settings(Settings(database=str(path))) as opened:
        stores = opened.unwrap()
        entry = AuditEntry(time=0.0, who="test", what="test", target="")
        version = (await settle(stores.settings.read())).unwrap().version
        saved = StoredSettings(providers={"a": ProviderSettings(name="a", api_key=Secret("sk-1"))}, version=version)
        assert (await settle(stores.settings.write(saved, entry))).unwrap()
        (await settle(stores.usage_log.add(UsageRecord(id=f"r{version}", time=1.0, kind="chat", cost=FREE)))).unwrap()
        return modes(path.parent)


async def test_a_database_its_journal_and_its_keys_are_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "data" / "p.db"
    before = os.umask(0)
    try:
        assert not [name for name, mode in (await open_and_save(path)).items() if mode & 0o077]
        (tmp_path / "data" / "p.db-calls").mkdir(exist_ok=True)
        with sqlite3.connect(path) as other:  # so that the files beside it are there
            other.execute("SELECT count(*) FROM usage").fetchone()
            for found in (path, *path.parent.rglob("*")):
                found.chmod(0o777 if found.is_dir() else 0o666)
            assert not [name for name, mode in (await open_and_save(path)).items() if mode & 0o077]
        other.close()
    finally:
        os.umask(before)


def test_the_users_own_settings_are_closed_to_others_and_a_named_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *given, **more: str(tmp_path))
    own, named = tmp_path / "config.toml", tmp_path / "named.toml"
    for file in (own, named):
        file.write_text('default_provider = "ollama"\n[providers.ollama]\n')
        file.chmod(0o644)
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}).unwrap().default_provider == "ollama"
    assert load_settings(config=str(named), environment={}).unwrap().default_provider == "ollama"
    assert modes(tmp_path) == {"config.toml": 0o600, "named.toml": 0o644}
