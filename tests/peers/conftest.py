"""The installed clients, once a session: what could not be installed for one test is not tried again for the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers import packages


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with npm's packages."""
    return packages.node_modules()


@pytest.fixture(scope="session")
def python_of_peers() -> Path:
    """The Python that has the frameworks."""
    return packages.python_of_peers()
