"""The journal of one run in a SQLite file of its own: its tables, and how it is opened to be run or read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from returns.result import Failure, Result

from pointsman.adapters.sql.run_store import SqlRunStore
from pointsman.adapters.sqlite.database import Database, open_database
from pointsman.adapters.sqlite.migrations import Schema
from pointsman.adapters.sqlite.run_claim import claim_run
from pointsman.core.error import StorageError
from pointsman.services.ports.lifetime import ALWAYS, Lifetime

RUNS: Final = Schema(
    0x706F6972,  # `poir`
    (
        """
        CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), manifest BLOB NOT NULL) STRICT;
        CREATE TABLE item (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, program TEXT NOT NULL, kind TEXT NOT NULL,
            level INTEGER NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE question (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, item TEXT NOT NULL, model TEXT NOT NULL,
            prompt TEXT NOT NULL, format TEXT NOT NULL,
            parameters TEXT NOT NULL, repeat INTEGER NOT NULL, control TEXT NOT NULL, endpoint TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('asking', 'answered', 'judged')),
            most_picodollars INTEGER NOT NULL DEFAULT 0, most_complete INTEGER NOT NULL DEFAULT 1,
            text TEXT NOT NULL DEFAULT '', usage TEXT NOT NULL DEFAULT '{}',
            picodollars INTEGER NOT NULL DEFAULT 0, cost_complete INTEGER NOT NULL DEFAULT 1,
            latency_ms REAL NOT NULL DEFAULT 0, rounds INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
            fingerprint TEXT NOT NULL DEFAULT '',
            repair TEXT NOT NULL DEFAULT '', failed TEXT NOT NULL DEFAULT '[]', suspicions TEXT NOT NULL DEFAULT '[]',
            edited_lines INTEGER NOT NULL DEFAULT 0, identical INTEGER NOT NULL DEFAULT 0,
            detail TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE TABLE failure (
            key TEXT NOT NULL, most_picodollars INTEGER NOT NULL, most_complete INTEGER NOT NULL,
            picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL, error TEXT NOT NULL
        ) STRICT;
        """,
        """
        ALTER TABLE run RENAME TO old_run;
        CREATE TABLE run (id TEXT PRIMARY KEY, manifest BLOB NOT NULL) STRICT;
        INSERT INTO run SELECT '', manifest FROM old_run;
        CREATE TABLE run_item (
            run TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, program TEXT NOT NULL, kind TEXT NOT NULL,
            level INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, number), UNIQUE (run, id)
        ) STRICT;
        INSERT INTO run_item SELECT '', number, id, program, kind, level, body FROM item;
        CREATE TABLE run_question (
            run TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL,
            format TEXT NOT NULL, parameters TEXT NOT NULL, repeat INTEGER NOT NULL, control TEXT NOT NULL,
            endpoint TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('asking', 'answered', 'judged')),
            most_picodollars INTEGER NOT NULL DEFAULT 0, most_complete INTEGER NOT NULL DEFAULT 1,
            text TEXT NOT NULL DEFAULT '', usage TEXT NOT NULL DEFAULT '{}',
            picodollars INTEGER NOT NULL DEFAULT 0, cost_complete INTEGER NOT NULL DEFAULT 1,
            latency_ms REAL NOT NULL DEFAULT 0, rounds INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
            fingerprint TEXT NOT NULL DEFAULT '',
            repair TEXT NOT NULL DEFAULT '', failed TEXT NOT NULL DEFAULT '[]', suspicions TEXT NOT NULL DEFAULT '[]',
            edited_lines INTEGER NOT NULL DEFAULT 0, identical INTEGER NOT NULL DEFAULT 0,
            detail TEXT NOT NULL DEFAULT '', PRIMARY KEY (run, key)
        ) STRICT;
        INSERT INTO run_question SELECT '', key, item, model, prompt, format, parameters, repeat, control, endpoint,
            state, most_picodollars, most_complete, text, usage, picodollars, cost_complete, latency_ms, rounds, error,
            fingerprint, repair, failed, suspicions, edited_lines, identical, detail FROM question ORDER BY number;
        CREATE TABLE run_failure (
            run TEXT NOT NULL, key TEXT NOT NULL, most_picodollars INTEGER NOT NULL, most_complete INTEGER NOT NULL,
            picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL, error TEXT NOT NULL
        ) STRICT;
        INSERT INTO run_failure SELECT '', key, most_picodollars, most_complete, picodollars, cost_complete, error
            FROM failure;
        DROP TABLE old_run;
        DROP TABLE item;
        DROP TABLE question;
        DROP TABLE failure;
        """,
    ),
)
"""The tables, as migrations; a file of a run is told from other files by its mark. Its own run has no name in it, so
that a file may be copied and called otherwise."""
_OWN = ""


@asynccontextmanager
async def open_run_store(
    path: str | Path, lifetime: Lifetime = ALWAYS, *, alone: bool = False
) -> AsyncIterator[Result[SqlRunStore, StorageError]]:
    """The journal in the file `path`, made if it is not there, closed with the scope.

    `alone` is for whoever runs it: while it is open so, nobody else can open it so, but everybody can read. A file that
    was made for a run which did not begin is gone afterwards.
    """
    if not alone:
        async with open_database(path, lifetime, RUNS) as opened:
            yield opened.map(_whole_file)
        return
    claim = claim_run(path)
    if isinstance(claim, StorageError):
        yield Failure(claim)
        return
    try:
        async with open_database(claim.path, lifetime, RUNS) as opened:
            yield opened.map(_whole_file)
    finally:
        claim.release()


def _whole_file(database: Database) -> SqlRunStore:
    return SqlRunStore(database, _OWN)
