"""A SQLite file made ready: ours or refused, brought to the newest schema, shared by readers and a writer."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from pointsman.adapters.sqlite.migrations import STORES, Schema

_TRIES = 100


def tune(
    connection: sqlite3.Connection, brief: sqlite3.Connection, glance: sqlite3.Connection, reader: sqlite3.Connection
) -> None:
    """Set how the connections of a file that is ready write and read; `brief` and `glance` wait for nobody."""
    for one in (glance, reader):
        one.execute("PRAGMA query_only = ON")
    glance.execute("PRAGMA busy_timeout = 0")
    reader.execute("PRAGMA busy_timeout = 1000")  # it waits for none but who has the whole file to itself
    for one in (connection, brief):
        one.execute("PRAGMA synchronous = NORMAL")
        one.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    brief.execute("PRAGMA wal_autocheckpoint = 0")
    brief.execute("PRAGMA busy_timeout = 0")  # only now: another may be closing the file, or making it


def prepare(connection: sqlite3.Connection, schema: Schema = STORES) -> str | None:
    """Bring the file to the newest schema; or say what is wrong with it, and leave it as it is."""
    connection.execute("BEGIN")
    wrong = why_foreign(connection, schema)
    is_current = _is_current(connection, schema)
    connection.rollback()
    if wrong is None and not is_current:
        wrong = _migrate(connection, schema)
    if wrong is None and schema.finish is not None:
        schema.finish(connection)  # also where a process was killed that had migrated and not yet finished
    return wrong


def _migrate(connection: sqlite3.Connection, schema: Schema) -> str | None:
    _share(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        wrong = why_foreign(connection, schema)  # again, now that no other process can change it
        if wrong:
            return wrong
        version = _number(connection, "PRAGMA user_version")
        for script in schema.migrations[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(schema.migrations)}")
        connection.execute(f"PRAGMA application_id = {schema.application_id}")
        connection.execute("COMMIT")
        return None
    finally:
        if connection.in_transaction:
            connection.rollback()


def _is_current(connection: sqlite3.Connection, schema: Schema) -> bool:
    """Whether nothing is to be done, so that nobody who is writing need be waited for."""
    version = _number(connection, "PRAGMA user_version")
    owner = _number(connection, "PRAGMA application_id")
    mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return version == len(schema.migrations) and owner == schema.application_id and mode == "wal"


def _share(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side. Where others do so too, SQLite refuses at once and does not wait."""
    for _ in range(_TRIES):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        connection.execute("BEGIN IMMEDIATE")  # this does wait
        connection.rollback()
    connection.execute("PRAGMA journal_mode = WAL")


def why_foreign(connection: sqlite3.Connection, schema: Schema) -> str | None:
    """Why the file is not ours to write, if it is not. In a transaction: another process may be making it."""
    owner = _number(connection, "PRAGMA application_id")
    if owner != schema.application_id and (owner or _number(connection, "SELECT count(*) FROM sqlite_master")):
        return "it is a database of another program; choose another path"
    version = _number(connection, "PRAGMA user_version")
    if version > len(schema.migrations):
        return f"it was written by a newer pointsman (schema {version}); upgrade pointsman"
    return None


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _statements(script: str) -> list[str]:
    found, draft = [], ""
    for line in script.splitlines():
        draft += line + "\n"
        if sqlite3.complete_statement(draft):
            found.append(draft)
            draft = ""
    return found
