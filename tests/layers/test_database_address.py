"""`database` may name a server of PostgreSQL; a password in it is refused and shown nowhere."""

from __future__ import annotations

import sys

import pytest
from returns.result import Failure, Success

from pointsman import Settings
from pointsman.core.database_address import names_server, read_address
from pointsman.layers import stores
from pointsman.layers.settings.rules import check_settings
from pointsman.layers.stores import by_settings

URL = "postgresql://me@db.example/house"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter22@db.example/house",
        "postgres://me:hunter22@db.example/house",
        "postgresql://db.example/house?password=hunter22",
        "postgresql://db.example/house?sslpassword=hunter22",
    ],
)
async def test_a_password_in_the_address_is_refused_and_shown_nowhere(address: str) -> None:
    settings = Settings(database=address)
    refused = check_settings(settings)
    assert isinstance(refused, Failure)
    assert "database_password" in str(refused.failure())
    async with by_settings(settings) as opened:
        assert isinstance(opened, Failure)
        said = f"{settings!r} {refused!r} {opened!r} {opened.failure()}"
    assert "hunter22" not in said
    assert "database_password" in said


def test_an_address_and_a_file_are_told_apart() -> None:
    assert names_server(URL)
    assert not any(names_server(one) for one in (None, "", ":memory:", "~/house.db", "postgresql.db", "C:\\house.db"))
    assert isinstance(check_settings(Settings(database=URL)), Success)


def test_the_schema_is_ours_unless_it_is_named() -> None:
    assert read_address(URL).unwrap().schema == "pointsman"
    named = read_address(f"{URL}?schema=mine&sslmode=require").unwrap()
    assert (named.schema, named.url) == ("mine", f"{URL}?sslmode=require")
    assert named.name == "db.example/house (mine)"
    assert isinstance(read_address(f"{URL}?schema="), Failure)


def test_the_password_of_the_settings_is_in_no_repr() -> None:
    from pointsman.core.security.secret import Secret

    assert "hunter22" not in repr(Settings(database=URL, database_password=Secret("hunter22")))


async def test_without_the_driver_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "find_spec", lambda name: None)
    async with by_settings(Settings(database=URL)) as opened:
        assert isinstance(opened, Failure)
        assert "pip install 'pointsman[postgres]'" in str(opened.failure())


def test_the_driver_is_loaded_for_who_uses_it_alone() -> None:
    import subprocess

    seen = "import sys, pointsman.layers.stores; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", seen], check=False).returncode == 0
