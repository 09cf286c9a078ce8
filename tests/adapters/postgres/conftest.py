"""One server for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, started_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server; the test is skipped where none can be had."""
    with started_server() as server:
        yield server


@pytest.fixture
def stores(postgres: Server) -> Stores:
    """Opens stores in it, each in new tables."""
    return Stores(postgres)
