"""The claim of a process on the file of a run: a lock beside it. Knows no table but `run`.

Whoever has the claim, and nobody else, may take the file away again, and only where it was made under this claim.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import attrs

from pointsman.adapters.home import expand_known_home
from pointsman.adapters.sqlite.database_file import unusable_file
from pointsman.core.error import StorageError
from pointsman.services.ports.run_store import IN_USE

_CLAIM_SECONDS: Final = 0.3
"""How long to try: who looks whether a run is claimed holds the lock for a moment."""
_BESIDE: Final = ("-wal", "-shm")
"""What SQLite writes beside a file, and removes when the last connection is closed."""


def lock_of(path: Path) -> Path:
    """The lock beside the run `path`, under a name that no other program gives its files."""
    return path.with_name(f".{path.name}.pointsman-lock")


@attrs.frozen(eq=False)
class RunClaim:
    """The run `path` is this process's. `is_new`: the file was not there before."""

    path: Path
    is_new: bool
    _lock: sqlite3.Connection = attrs.field(alias="lock")

    def release(self) -> None:
        """Give the claim back; first a file that was made under it goes, if no run was begun in it."""
        try:
            if self.is_new and not _holds_run(self.path):
                for file in (self.path, lock_of(self.path)):
                    with suppress(OSError):
                        file.unlink()
        finally:
            self._lock.close()


def claim_run(name: str | Path) -> RunClaim | StorageError:
    """Lock a file beside `path` by SQLite: it works on every system, and ends with the process, however that ends."""
    path = Path(name)
    try:
        path = expand_known_home(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(path)
        if isinstance(lock, StorageError):
            return lock
        try:
            is_new = _make(path)
        except OSError:
            lock.close()
            raise
    except (OSError, ValueError, RuntimeError, sqlite3.Error) as problem:
        return unusable_file(path, (getattr(problem, "strerror", None) or str(problem)).lower())
    strange = next((name for name in _BESIDE if is_new and path.with_name(path.name + name).exists()), "")
    if strange:
        path.unlink()
        lock.close()
        return unusable_file(path, f"{path.name}{strange} is there and is of no run; choose another name")
    return RunClaim(path, is_new, lock)


def _lock(path: Path) -> sqlite3.Connection | StorageError:
    beside = lock_of(path)
    beside.touch(mode=0o600)
    number = beside.stat().st_ino
    connection = sqlite3.connect(beside, timeout=_CLAIM_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        if beside.stat().st_ino == number:  # else who had it before has taken it away: it locks nothing
            return connection
    except sqlite3.OperationalError as problem:
        if "locked" not in str(problem):
            connection.close()
            raise
    except sqlite3.DatabaseError:
        connection.close()
        return unusable_file(path, f"{beside.name} beside it is no lock of a run; move it away")
    except OSError:
        pass
    connection.close()
    return unusable_file(path, IN_USE)


def _make(path: Path) -> bool:
    """Make an empty file, for its owner alone; False where there is one."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def _holds_run(path: Path) -> bool:
    """Whether a run was begun in the file. Where that cannot be told it is taken to be so."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'run'").fetchone() is None:
                return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
            return connection.execute("SELECT 1 FROM run").fetchone() is not None
    except (sqlite3.Error, OSError):
        return True
