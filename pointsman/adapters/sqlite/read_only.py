"""A SQLite file of ours that may be read and not be written: what is in it is known, and nothing of it is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.sqlite.database import Database
from pointsman.adapters.sqlite.database_file import unusable_file
from pointsman.adapters.sqlite.migrations import STORES
from pointsman.adapters.sqlite.prepare import tune, why_foreign
from pointsman.core.error import StorageError
from pointsman.services.ports.lifetime import ALWAYS, Lifetime


@asynccontextmanager
async def open_to_read(path: str | Path, lifetime: Lifetime = ALWAYS) -> AsyncIterator[Result[Database, StorageError]]:
    """The database in a file of ours that may not be written: nothing of it is changed, and whatever writes fails."""
    opened = await anyio.to_thread.run_sync(_open_to_read, Path(path), lifetime)
    try:
        yield opened
    finally:
        if isinstance(opened, Success):
            opened.unwrap().close()


def _open_to_read(path: Path, lifetime: Lifetime) -> Result[Database, StorageError]:
    connections: list[sqlite3.Connection] = []
    try:
        path = expand_home(path)
        # SQLite makes files beside the database even to read it, but where it is told that nobody writes
        how = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
        for _ in range(4):
            address = f"{path.absolute().as_uri()}?{how}"
            connections.append(sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False))
        wrong = why_foreign(connections[0], STORES)
        if wrong is None:
            writer, brief, glance, reader = connections
            tune(writer, brief, glance, reader)
            return Success(Database(path, writer, brief, glance, reader, lifetime))
    except (sqlite3.Error, OSError, ValueError, RuntimeError) as problem:
        wrong = str(problem) or type(problem).__name__
    for connection in connections:
        connection.close()
    return Failure(unusable_file(path, wrong))
