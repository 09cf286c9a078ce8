"""A copy of a database that others are using, as one file; and the way back. It opens no stores and no keys.

What processes have promised and not yet written into the database stands in their journals: those are read first and
booked in the copy, so that all is in it that was promised before it was begun.
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sql.file_lock import lock_file
from pointsman.adapters.sql.inheritance import take_over, tidy_processes
from pointsman.adapters.sql.journal import LeftJournal, journals_of, list_journals
from pointsman.adapters.sql.journal_lines import EndedCalls, OpenedCall, read_line
from pointsman.adapters.sqlite.database_file import unusable_file
from pointsman.adapters.sqlite.migrations import STORES
from pointsman.adapters.sqlite.prepare import why_foreign
from pointsman.adapters.sqlite.sqlite_dialect import DIALECT
from pointsman.core.error import StorageError
from pointsman.services.ports.database_files import DatabaseCopy, RestoredDatabase

_COUNTED = {"conversations": "conversation", "messages": "entry", "memories": "memory", "calls": "usage"}
_MARK = 8
"""Letters that tell one draft from another."""
_HELD = "another process has it open; stop what uses it (`pointsman serve`, for example) and try again"
_Promised = dict[str, list[OpenedCall | EndedCalls]]


def back_up(database: Path, target: Path, *, force: bool = False) -> Result[DatabaseCopy, StorageError]:
    """Copy `database` to `target`, readable by its owner only; it appears whole or not at all."""
    if not database.is_file():
        return Failure(unusable_file(database, "there is no such database"))
    if target.exists() and not force:
        return Failure(_there_already(target))
    try:
        with _draft_beside(target) as draft:
            promised = _read_journals(database)
            with closing(_connect(database, "ro")) as source, closing(_connect(draft)) as copy:
                source.backup(copy)
                wrong = why_foreign(copy, STORES) or _book(copy, promised) or _check(copy)
                if wrong:
                    return Failure(unusable_file(database, wrong))
                facts = _describe(copy, target)
            _put(draft, target, force=force)
            return Success(attrs.evolve(facts, size=target.stat().st_size))
    except FileExistsError:
        return Failure(_there_already(target))
    except (OSError, sqlite3.Error) as problem:
        return Failure(unusable_file(target, _reason(problem)))


def _there_already(target: Path) -> StorageError:
    return attrs.evolve(unusable_file(target, "it is there already"), remedy="Name another file, or say --force.")


def restore(backup: Path, database: Path) -> Result[RestoredDatabase, StorageError]:
    """Put a checked copy of `backup` in the place of `database`, which is kept beside it, while nobody has it open."""
    if not backup.is_file():
        return Failure(unusable_file(backup, "there is no such file"))
    try:
        database = database.resolve()
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _draft_beside(database) as draft:
            _copy(backup, draft)
            with closing(_connect(draft)) as copy:
                wrong = why_foreign(copy, STORES) or _check(copy)
                if wrong:
                    return Failure(unusable_file(backup, wrong))
                facts = _describe(copy, database)
            with _alone(database):
                old = _move_away(database)
                os.replace(draft, database)
            return Success(
                RestoredDatabase(attrs.evolve(facts, size=database.stat().st_size), None if old is None else str(old))
            )
    except sqlite3.OperationalError as problem:
        is_held = "locked" in str(problem)
        return Failure(unusable_file(database, _HELD if is_held else _reason(problem)))
    except sqlite3.DatabaseError as problem:
        return Failure(unusable_file(backup, _reason(problem)))
    except OSError as problem:
        return Failure(unusable_file(database, _reason(problem)))


def _copy(source: Path, draft: Path) -> None:
    """Copy a database; what was renamed, or is in use, may have a part of it in its write-ahead log."""
    if not Path(f"{source}-wal").exists():
        shutil.copyfile(source, draft)
        return
    with closing(_connect(source, "ro")) as opened, closing(_connect(draft)) as copy:
        opened.backup(copy)


def _connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None)


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A new, empty file in the folder of `target`, gone with the scope unless it was renamed; with it go those that
    were left by a process that was killed. Which have one that lives, a lock says.

    On Windows nothing is locked, for there SQLite could not write it, and nothing of others goes."""
    target = target.absolute()
    if sys.platform != "win32":
        _drop_left_drafts(target)
    draft = target.with_name(f".{target.name}.{token_hex(_MARK // 2)}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if sys.platform != "win32":
            lock_file(descriptor)
        yield draft
    finally:
        os.close(descriptor)
        _drop(draft)


def _drop_left_drafts(target: Path) -> None:
    for left in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * _MARK}"):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDWR)
            try:
                if lock_file(descriptor):
                    _drop(left)
            finally:
                os.close(descriptor)


def _drop(draft: Path) -> None:
    for path in (draft, Path(f"{draft}-journal"), Path(f"{draft}-wal"), Path(f"{draft}-shm")):
        path.unlink(missing_ok=True)


def _put(draft: Path, target: Path, *, force: bool) -> None:
    """Bring the file to the disk, then give it its name."""
    _sync(draft, os.O_RDWR)
    if force:
        os.replace(draft, target)
    else:
        _rename_new(draft, target)
    with suppress(OSError):  # not everywhere can a folder be opened
        _sync(target.absolute().parent, os.O_RDONLY)


def _rename_new(draft: Path, target: Path) -> None:
    """Unlike a renaming, a link replaces nothing; not every file system has them."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError from None
        os.rename(draft, target)


def _sync(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_journals(database: Path) -> _Promised:
    """What all processes have promised, living or dead; half a line at the end was promised to nobody."""
    folder = journals_of(database)
    found: _Promised = {}
    for id in sorted(list_journals(folder) or ()):
        lines = [read_line(line) for line in LeftJournal(folder, id, -1).lines()]
        found[id] = [line for line in lines if line is not None]
    return found


def _book(copy: sqlite3.Connection, promised: _Promised) -> str | None:
    """Book what the copied database did not know yet: whoever restores it finds no process that could."""
    copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    (version,) = copy.execute("PRAGMA user_version").fetchone()
    if version < len(STORES.migrations):
        return None if not promised else "an older version uses it; stop that, and try again"
    copy.execute("BEGIN IMMEDIATE")
    for id, lines in promised.items():
        take_over(copy, id, lines, DIALECT.unfit)
    tidy_processes(copy, DIALECT.find_dead(copy, "", frozenset()), DIALECT.unfit)
    copy.execute("COMMIT")
    return None


def _check(copy: sqlite3.Connection) -> str | None:
    copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    return None if found == "ok" else f"it is damaged: {found}"


def _describe(copy: sqlite3.Connection, target: Path) -> DatabaseCopy:
    counts = {name: _count(copy, f"SELECT count(*) FROM {table}") for name, table in _COUNTED.items()}
    return DatabaseCopy(str(target), 0, counts, _count(copy, "SELECT count(*) FROM sealing") > 0)


def _count(copy: sqlite3.Connection, query: str) -> int:
    with suppress(sqlite3.OperationalError):  # an older version has no such table
        (number,) = copy.execute(query).fetchone()
        return int(number)
    return 0


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Nobody else has the database open, nor opens it, in this scope. Raises OperationalError: it is locked."""
    if not database.exists():
        yield
        return
    with closing(_connect(database)) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # it stays locked until it is closed
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        yield


def _move_away(database: Path) -> Path | None:
    """Rename the database and what stands beside it; gives its new name."""
    if not database.exists():
        return None
    old = database.with_name(f"{database.name}.before-{time.strftime('%Y%m%dT%H%M%S')}-{token_hex(2)}")
    for ending in ("-wal", "-shm", "-calls", ""):
        with suppress(FileNotFoundError):
            os.rename(f"{database}{ending}", f"{old}{ending}")
    return old


def _reason(problem: Exception) -> str:
    said = problem.strerror if isinstance(problem, OSError) else None
    return (said or str(problem) or type(problem).__name__).lower()
