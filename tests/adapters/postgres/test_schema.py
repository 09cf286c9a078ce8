"""The tables in PostgreSQL are those in SQLite, so that the stores are written once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from pointsman.adapters.postgres.postgres_connection import PostgresConnection, connect
from pointsman.adapters.postgres.schema import MIGRATIONS, prepare
from pointsman.adapters.sqlite.migrations import STORES
from tests.adapters.postgres.server import Server, a_schema

_OF_INDEXES = ("entry_text", "conversation_title", "memory_text", "sqlite_")
_MORE = {
    "conversation": {"vector"},
    "entry": {"vector"},
    "memory": {"word_vector"},
    "process": {"machine", "seen"},
}
"""What PostgreSQL needs beside: the words as it finds them, and whose a process is."""


def test_every_column_in_sqlite_is_in_postgres_and_no_other(postgres: Server) -> None:
    """Who adds one to a file (`sqlite/migrations.py`) adds a migration to `postgres/schema.py`, too."""
    address = postgres.address()
    with closing(connect(address, None).driver) as driver:
        target = PostgresConnection(driver)
        assert prepare(target, address.schema) is None
        rows = target.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?", (address.schema,)
        ).fetchall()
    there: dict[str, set[str]] = {}
    for table, column in rows:
        there.setdefault(table, set()).add(column)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as file:
        for script in STORES.migrations:
            file.executescript(script)
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        here = {
            name: {str(row[1]) for row in file.execute(f'PRAGMA table_info("{name}")')}
            for name in names
            if not name.startswith(_OF_INDEXES)
        }
    for table, columns in here.items():
        assert there.get(table, set()) - _MORE.get(table, set()) - {"rowid"} == columns, table


def test_what_a_newer_version_has_written_is_left_alone(postgres: Server) -> None:
    address = postgres.address(a_schema())
    with closing(connect(address, None).driver) as driver:
        target = PostgresConnection(driver)
        assert prepare(target, address.schema) is None
        target.execute("UPDATE schema_version SET version = ?", (len(MIGRATIONS) + 1,))
        wrong = prepare(target, address.schema)
    assert wrong is not None
    assert "upgrade pointsman" in wrong
