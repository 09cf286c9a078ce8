"""One server for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, started_server

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On trio they are long: the stores are the same on both event loops, and what is not has tests on SQLite, too."""
    for item in items:
        if FOLDER in item.path.parents and _is_on_trio(item):
            item.add_marker("long")


def _is_on_trio(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("anyio_backend") == "trio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server; the test is skipped where none can be had."""
    with started_server() as server:
        yield server


@pytest.fixture
def stores(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """Opens stores in it, each in new tables; what belongs to the machine is in a folder of the test's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return Stores(postgres)
