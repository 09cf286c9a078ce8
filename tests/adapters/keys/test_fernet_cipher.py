"""Keys are kept apart and closed to others; a key that is lost or wrong is told, and nothing is destroyed."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from returns.result import Failure, Success

from pointsman.adapters.keys.fernet_cipher import FernetCipher, new_key
from pointsman.adapters.keys.key_file import KeyFile
from pointsman.adapters.keys.keyring_keys import KeyringKeys
from pointsman.adapters.sql.proof import SqlProof
from pointsman.adapters.sqlite.database import Database
from pointsman.core.security.secret import Secret
from tests.adapters.sqlite.opened import a_database


def cipher(database: Database, path: Path) -> FernetCipher:
    """As another process would open it."""
    return FernetCipher(KeyFile(path), SqlProof(database))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_key_is_made_when_it_is_needed_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    async with a_database() as database:
        first = cipher(database, path)
        assert not path.exists()
        assert await first.prepare() == Success(None)
        token = first.encrypt(b"secret")
        assert b"secret" not in token
        assert token != first.encrypt(b"secret")
        assert await (second := cipher(database, path)).prepare() == Success(None)
        assert second.decrypt(token) == Success(b"secret")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert [one.name for one in path.parent.iterdir()] == ["a.key"]


async def test_what_others_were_allowed_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.key"
    async with a_database() as database:
        await cipher(database, path).prepare()
        path.chmod(0o644)
        path.parent.chmod(0o755)
        await cipher(database, path).prepare()
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "is gone"),
        ("", "is gone"),
        ("garbage", "holds no keys"),
        ("1aOSBxWcWtOQ8dDMGNqJ5t3vG5IOmPVyh4tqoOSe_ic=", "does not fit what was encrypted"),
    ],
)
async def test_a_lost_or_wrong_key_is_told_and_nothing_is_made_in_its_place(
    tmp_path: Path, content: str | None, told: str
) -> None:
    path = tmp_path / "a.key"
    async with a_database() as database:
        before = cipher(database, path)
        await before.prepare()
        token, key = before.encrypt(b"secret"), path.read_bytes()
        path.unlink()
        if content is not None:
            path.write_text(content)
        after = cipher(database, path)
        outcome = await after.prepare()
        assert isinstance(outcome, Failure)
        assert told in outcome.failure().detail
        assert "put the right one back" in outcome.failure().detail
        assert path.exists() == (content is not None)
        path.write_bytes(key)
        assert await after.prepare() == Success(None)
        assert after.decrypt(token) == Success(b"secret")


async def test_a_new_key_seals_and_the_old_ones_open_until_they_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    async with a_database() as database:
        one, running = cipher(database, path), cipher(database, path)
        await one.prepare()
        await running.prepare()
        old = one.encrypt(b"old")
        for _ in range(2):
            assert one.add_key() == Success(None)
        fresh = one.encrypt(b"new")
        assert await running.prepare() == Success(None)  # it reads the keys again
        assert running.decrypt(fresh) == Success(b"new")
        assert one.decrypt(old) == Success(b"old")
        assert one.drop_keys() == Success(None)
        assert isinstance(one.decrypt(old), Failure)
        assert one.decrypt(fresh) == Success(b"new")
    assert len(path.read_text().split()) == 2


async def test_a_key_that_another_process_has_added_meanwhile_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    async with a_database() as database:
        one, other = cipher(database, path), cipher(database, path)
        await one.prepare()
        await other.prepare()
        assert one.add_key() == other.add_key() == Success(None)
        assert one.drop_keys(1) == Success(None)
        tokens = one.encrypt(b"one"), other.encrypt(b"other")
        fresh = cipher(database, path)
        assert len(path.read_text().split()) == 2
        for source, token, text in ((one, tokens[0], b"one"), (one, tokens[1], b"other")):
            assert source.decrypt(token) == Success(text)
        assert isinstance(await fresh.prepare(), Failure)  # the mark is of the first key, which is dropped


def test_of_many_who_make_a_key_at_once_all_get_the_same(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "keys" / "a.key")
    found: list[tuple[Secret, ...]] = []
    begin = threading.Barrier(8)

    def make() -> None:
        begin.wait()
        found.append(source.write((new_key(),), new=True).unwrap())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({keys[0].reveal() for keys in found}) == 1


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with a_database() as database:
        outcome = await cipher(database, tmp_path / "file" / "a.key").prepare()
        assert isinstance(outcome, Failure)
        assert "the key file" in outcome.failure().detail


def test_without_a_safe_keyring_it_is_refused() -> None:
    outcome = KeyringKeys().read()
    assert isinstance(outcome, Failure)
    assert "set key_store to file" in outcome.failure().detail
