"""The file of a database, for its owner only: its connections, and what is said where it is of no use."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_known_home
from pointsman.adapters.sql.transactions import BUSY_SECONDS
from pointsman.adapters.sqlite.migrations import Schema
from pointsman.adapters.sqlite.prepare import prepare, tune
from pointsman.core.error import StorageError

Connections: TypeAlias = tuple[sqlite3.Connection, sqlite3.Connection, sqlite3.Connection, sqlite3.Connection]

_WAIT = "Another process is writing to it: try again when it has ended."


def make_file(name: str | Path) -> Result[Path, StorageError]:
    """The file called `name`, made if it is not there."""
    path = Path(name)
    try:
        path = expand_known_home(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        close_to_others(path)
    except OSError as problem:
        return Failure(unusable_file(path, (problem.strerror or "cannot be opened").lower()))
    except (ValueError, RuntimeError) as problem:
        return Failure(unusable_file(path, str(problem).rstrip(".").lower()))
    return Success(path)


def open_connections(path: Path, schema: Schema) -> Result[Connections, StorageError]:
    """What writes, what writes briefly, what glances and what reads; all closed again where the file is of no use."""
    opened: list[sqlite3.Connection] = []
    try:
        for _ in range(4):
            opened.append(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False))
        wrong = prepare(opened[0], schema)
        if wrong is None:
            writer, brief, glance, reader = opened
            tune(writer, brief, glance, reader)
            return Success((writer, brief, glance, reader))
    except sqlite3.Error as problem:
        wrong = sentence_of(problem)
    for connection in opened:
        connection.close()
    return Failure(unusable_file(path, wrong))


def close_to_others(path: Path) -> None:
    """Take away what others were allowed of a file that was there before, and of what SQLite has beside it."""
    for name in (path, f"{path}-wal", f"{path}-shm"):
        with suppress(OSError):  # it is not there, or another user's
            mode = os.stat(name).st_mode
            if stat.S_ISREG(mode) and mode & 0o077:  # a device, such as /dev/null, belongs to all
                os.chmod(name, mode & 0o700)


def sentence_of(problem: Exception) -> str:
    """What a driver says, or at least what it calls it."""
    return str(problem) or type(problem).__name__


def unusable_file(path: Path, why: str) -> StorageError:
    """The file is of no use, and why."""
    return StorageError(detail=f"{path}: {why}", remedy=_WAIT if "locked" in why else None)
