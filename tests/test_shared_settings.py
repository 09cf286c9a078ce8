"""`shared` as settings name it: an address without a password, which stands nowhere."""

from __future__ import annotations

import sys

import pytest
from returns.result import Failure

from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.core.shared_address import driver_address
from pointsman.layers.settings.rules import check_settings
from pointsman.layers.shared import open_shared


@pytest.mark.parametrize(
    "address",
    ["redis://me:hunter2hunter2@host:6379", "rediss://:hunter2hunter2@host/1", "redis://host?password=hunter2hunter2"],
)
def test_a_password_in_the_address_is_refused_and_never_shown(address: str) -> None:
    settings = Settings(shared=address)
    refused = check_settings(settings).failure()
    assert "give it as `shared_password` (POINTSMAN_SHARED_PASSWORD" in str(refused)
    assert "hunter2" not in f"{refused!r} {refused} {settings!r}"


@pytest.mark.parametrize(
    "address", ["host:6379", "http://host", "redis://", "redis://host:0", "redis://[::1", "/tmp/redis"]
)
def test_what_is_no_address_is_refused_with_how_it_is_written(address: str) -> None:
    assert "shared: it is no address of a server; write it as redis://host:6379/0" in str(
        check_settings(Settings(shared=address)).failure()
    )


def test_addresses_of_both_servers_are_taken_with_and_without_tls() -> None:
    for address, wanted in (
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("valkey://host", "redis://host"),
        ("valkeys://me@host/2", "rediss://me@host/2"),
    ):
        settings = Settings(shared=address, shared_password=Secret("hunter2hunter2"))
        assert check_settings(settings).unwrap().shared == address
        assert "hunter2" not in repr(settings)
        assert driver_address(address) == wanted


@pytest.mark.anyio
async def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coredis", None)
    async with open_shared(Settings(shared="redis://host")) as opened:
        assert isinstance(opened, Failure)
        assert "pip install 'pointsman[redis]'" in str(opened.failure())
