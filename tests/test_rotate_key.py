"""`pointsman settings rotate-key` as a person uses it: what it says, while a server runs, and killed in the middle."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

import pytest

from pointsman.core.chat.message import user
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.effect import settle
from tests.adapters.sqlite.rotating import a_process, opened_by
from tests.served import SETTINGS, running
from tests.test_cli import POINTSMAN, environment, run
from tests.test_cli import address as address

KEY = "sk-very-secret-0123456789"
PLACE = ".local/share/pointsman"
KEYS = f"{PLACE}/keys/pointsman.key"


def encrypted(home: Path, address: str, more: str = "") -> None:
    """A home in which one talk, one fact, one key and one text of a collection are sealed."""
    (home / "pointsman.toml").write_text(
        f'encrypted = true\n{more}\n[providers.gpt]\nkind = "custom"\nbase_url = "{address}/v1"\n'
    )
    assert run(home, "settings", "set", "openai", "api_key=-", text=KEY)[0] == 0
    assert run(home, "chat", "-p", "gpt", text="The heron waits\nat the semaphore\n")[0] == 0
    assert run(home, "memory", "add", "The heron is grey")[0] == 0
    assert run(home, "collections", "add", "notes", "-m", "gpt/sim", text="The heron is shy\n")[0] == 0


def readable(home: Path) -> list[bool]:
    """Whether talk, fact, key and text can be read."""
    return [
        "heron" in run(home, "conversations", "show", "latest")[1],
        "The heron is grey" in run(home, "memory", "search", "heron")[1],
        "sk-…6789" in run(home, "settings", "list")[1],
        "The heron is shy" in run(home, "collections", "show", "notes")[1],
    ]


@pytest.mark.long
def test_it_says_what_was_sealed_again_and_the_old_key_alone_reads_nothing(tmp_path: Path, address: str) -> None:
    encrypted(tmp_path, address)
    old = (tmp_path / KEYS).read_text()
    assert opened_by(old.strip(), tmp_path / PLACE) > 5
    code, out, err = run(tmp_path, "settings", "rotate-key")
    assert code == 0, err
    assert (
        "Sealed again with it: 1 provider, 1 conversation, 4 messages, 1 memory, 1 text of collections, 0 recordings.\n"
        in out
    )
    assert "The old keys are dropped" in out
    new = (tmp_path / KEYS).read_text()
    assert (len(new.split()), old in new) == (1, False)
    assert readable(tmp_path) == [True, True, True, True]
    assert opened_by(old.strip(), tmp_path / PLACE) == 0
    (tmp_path / KEYS).write_text(old)
    assert readable(tmp_path) == [False, False, False, False]
    for wrong in (old, None):
        if wrong is None:
            (tmp_path / KEYS).unlink()
        code, out, err = run(tmp_path, "settings", "rotate-key")
        assert (code, out) == (16, "")
        assert "put the right one back" in err
        assert (tmp_path / KEYS).exists() == (wrong is not None)
    (tmp_path / KEYS).write_text(new)
    assert readable(tmp_path) == [True, True, True, True]


@pytest.mark.long
def test_what_is_sealed_is_sealed_again_also_where_nothing_new_is(tmp_path: Path, address: str) -> None:
    encrypted(tmp_path, address)
    config = (tmp_path / "pointsman.toml").read_text()
    (tmp_path / "pointsman.toml").write_text(config.replace("encrypted = true", "encrypted = false"))
    assert "1 conversation, 4 messages, 1 memory" in run(tmp_path, "settings", "rotate-key")[1]
    (tmp_path / "pointsman.toml").write_text(config)
    assert readable(tmp_path) == [True, True, True, True]


@pytest.mark.long
def test_keys_that_other_databases_may_share_stay_until_they_are_given_up(tmp_path: Path, address: str) -> None:
    shared = tmp_path / "shared.key"
    encrypted(tmp_path, address, f'key_file = "{shared}"')
    old = shared.read_text().strip()
    code, out, err = run(tmp_path, "settings", "rotate-key")
    assert (code, "The old keys stay in the key file" in out) == (0, True), err
    assert shared.read_text().split()[1:] == [old]
    assert opened_by(old, tmp_path / PLACE) == 0
    code, out, err = run(tmp_path, "settings", "rotate-key", "--yes")
    assert (code, "The old keys are dropped" in out) == (0, True), err
    assert len(shared.read_text().split()) == 1
    assert readable(tmp_path) == [True, True, True, True]


def test_a_server_goes_on_reading_and_writing_while_another_process_rotates(tmp_path: Path) -> None:
    home, settings = tmp_path / "home", "encrypted = true\n" + SETTINGS
    more = {"POINTSMAN_DATABASE": str(home / "pointsman.db")}
    titles: list[str] = []
    with running(home, settings) as server, server.signed_in() as admin:
        for number in range(3):
            title = f"Levers {number}"
            made = admin.post("/api/v1/conversations", json={"title": title}).json()["data"]["id"]
            asked = {"model": "openai/sim", "text": title, "conversation": made}
            assert admin.post("/api/v1/chat", json=asked).status_code == 200
            body = {"name": f"p{number}", "kind": "openai", "api_key": KEY}
            assert admin.post("/api/v1/llm-providers", json=body).status_code == 200
            titles.append(title)
            code, out, err = run(home, "settings", "rotate-key", more=more)
            assert (code, f"{number + 1} conversation" in out) == (0, True), (out, err)
            found = admin.get("/api/v1/conversations").json()["data"]["conversations"]
            assert sorted(one["title"] for one in found) == titles
            whole = admin.get(f"/api/v1/conversations/{made}").json()["data"]
            assert title in str(whole["entries"])
            providers = admin.get("/api/v1/llm-providers").json()["data"]["providers"]
            assert (
                len([one for one in providers if one["api_key"] == "sk-…6789" and one["source"] == "store"])
                == number + 1
            )
    assert len((home / "keys/pointsman.key").read_text().split()) == 1
    with running(home, settings) as server, server.signed_in() as admin:
        found = admin.get("/api/v1/conversations").json()["data"]["conversations"]
        assert sorted(one["title"] for one in found) == titles


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_killed_in_the_middle_it_leaves_everything_readable_and_finishes_when_it_is_done_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    async with a_process(path) as process:
        for number in range(20):
            one = Conversation(id=f"{number}", title=f"title {number}", created=1.0, updated=1.0)
            said = [Entry(id=str(id), message=user(f"words {id}"), time=1.0) for id in range(200)]
            (await settle(process.talks.create(one, said))).unwrap()
        key = path.parent / "keys" / "a.key"
        (first,) = key.read_text().split()
        for _ in range(3):
            kept = len(key.read_text().split())
            killed_when_there_is_a_new_key(tmp_path, path, kept)
            assert first in key.read_text().split()
            async with a_process(path) as fresh:
                for number in range(20):
                    dialogue = (await settle(fresh.talks.get(f"{number}"))).unwrap()
                    assert dialogue.conversation.title == f"title {number}"
                    assert [entry.message.text for entry in dialogue.entries] == [f"words {id}" for id in range(200)]
        code, out, err = run(tmp_path, "settings", "rotate-key", "--database", str(path))
        assert (code, "20 conversations, 4000 messages" in out) == (0, True), err
        assert len(key.read_text().split()) == 1
        assert opened_by(first, tmp_path) == 0
        assert (await settle(process.talks.get("7"))).unwrap().conversation.title == "title 7"


def killed_when_there_is_a_new_key(home: Path, path: Path, kept: int) -> None:
    """Begin a rotation, and kill it as soon as it has added its key, before it can be through."""
    command = [*POINTSMAN, "settings", "rotate-key", "--database", str(path)]
    key = path.parent / "keys" / "a.key"
    with subprocess.Popen(command, env=environment(home), cwd=home) as process:
        while len(key.read_text().split()) == kept:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.001)
                raise AssertionError("it has ended without a new key")
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
