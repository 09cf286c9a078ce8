"""`pointsman settings` as a person uses it: keys are sealed on disk, masked on the screen, and used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli import address as address
from tests.test_cli import run

KEY = "sk-very-secret-0123456789"
KEYS = ".local/share/pointsman/keys/pointsman.key"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home in which nothing may tell the key in the end."""
    yield tmp_path
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_saved_provider_is_used_masked_and_sealed(home: Path, address: str) -> None:
    saved = run(home, "settings", "set", "work", "kind=custom", f"base_url={address}/v1", "api_key=-", text=f"{KEY}\n")
    assert saved[0] == 0, saved
    assert run(home, "settings", "use", "work")[0] == 0
    code, out, err = run(home, "generate", "Which way?", "-v")
    assert (code, "work/" in err) == (0, True), err
    for command in (["list"], ["show", "work"], ["export"], ["audit"], ["show", "work", "--json"], ["test"]):
        code, out, err = run(home, "settings", *command)
        assert code == 0, err
        assert KEY not in out + err
    assert "sk-…6789" in run(home, "settings", "list")[1]
    trail = json.loads(run(home, "settings", "audit", "--json")[1])
    assert [entry["what"] for entry in trail] == ["provider.activate", "provider.create"]
    assert run(home, "settings", "set", "work", "api_key=", "temperature=0.5")[0] == 0
    shown = json.loads(run(home, "settings", "show", "work", "--json")[1])
    assert shown["temperature"] == 0.5
    assert "api_key" not in shown


@pytest.mark.long
def test_a_lost_key_file_is_told_and_brought_back_all_is_there(home: Path) -> None:
    run(home, "settings", "set", "openai", "api_key=-", text=KEY)
    key = (home / KEYS).read_bytes()
    (home / KEYS).unlink()
    for command in (["settings", "list"], ["chat"], ["settings", "set", "anthropic", "api_key=sk-other-key-012345"]):
        code, _, err = run(home, *command)
        assert code in (3, 16), err
        assert "put the right one back" in err
    assert not (home / KEYS).exists()
    (home / KEYS).write_bytes(key)
    assert "sk-…6789" in run(home, "settings", "list")[1]
    assert run(home, "settings", "rotate-key")[0] == 0
    assert (home / KEYS).read_bytes() != key
    assert "sk-…6789" in run(home, "settings", "list")[1]
    assert run(home, "settings", "forget-secrets")[0] == 2
    assert run(home, "settings", "forget-secrets", "--yes")[0] == 0
    assert "sk-…6789" not in run(home, "settings", "list")[1]


def test_settings_are_exported_and_imported_without_secrets(home: Path) -> None:
    run(home, "settings", "set", "work", "kind=ollama", "model=llama3", "priority=2", "tags=a,b")
    (home / "exported.toml").write_text(run(home, "settings", "export")[1])
    other = home / "other"
    other.mkdir()
    code, out, err = run(other, "settings", "import", str(home / "exported.toml"))
    assert (code, out) == (0, "work is saved.\nwork is asked from now on.\n"), err
    one, two = (json.loads(run(place, "settings", "show", "work", "--json")[1]) for place in (home, other))
    assert one == two
    assert run(home, "settings", "import", "nowhere.toml")[0] == 3


@pytest.mark.long
def test_bad_words_are_told_and_nothing_is_saved(home: Path) -> None:
    for words in (["x"], ["x", "model"], ["openai", "colour=red"], ["openai", "temperature=hot"], ["x", "kind=y"]):
        code, _, err = run(home, "settings", "set", *words)
        assert (code, err.count("pointsman: ")) == (2, 1), err
    assert run(home, "settings", "use", "nobody")[0] == 20
    assert run(home, "settings", "list")[1] == ""


def test_with_encryption_nothing_that_was_said_stands_in_the_file(home: Path, address: str) -> None:
    (home / "pointsman.toml").write_text(
        f'encrypted = true\n[providers.gpt]\nkind = "custom"\nbase_url = "{address}/v1"\n'
    )
    assert run(home, "chat", "-p", "gpt", text="The heron waits at the semaphore\n")[0] == 0
    assert run(home, "memory", "add", "The heron is grey")[0] == 0
    data = b"".join(path.read_bytes() for path in (home / ".local/share/pointsman").glob("pointsman.db*"))
    assert b"heron" not in data.lower()
    assert "heron" in run(home, "conversations", "search", "semaphore")[1]
    assert "heron" in run(home, "conversations", "show", "latest")[1]
    assert "The heron is grey" in run(home, "memory", "search", "heron")[1]
