"""The database of the settings as a file: copied, put back, and cleared of somebody."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import time

import anyio.to_thread
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.core.database_address import DatabaseAddress, names_server, read_address
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.stores import DRIVER, IN_MEMORY, key_source, open_kept
from pointsman.services.ports.database_files import CarriedTable, DatabaseCopy, ErasedTable, Person, RestoredDatabase

_NONE = StorageError(detail="the settings name no database file; name one by --database")
_NO_SERVER = "`pointsman migrate` carries a file to a server: name that by --database postgresql://user@host/name"
_NO_FILE = StorageError(detail="a file is to be named here, and this is an address", remedy="Name a file.")
_SERVER = StorageError(
    detail="the database is a server of PostgreSQL, which has tools of its own for this",
    remedy="Use `pg_dump --schema=pointsman` to copy it, and `pg_restore` to put a copy back.",
)


async def back_up(settings: Settings, target: str, *, force: bool) -> Result[DatabaseCopy, StorageError]:
    """Copy the database to `target`, also while others use it."""
    from pointsman.adapters.sqlite import backup

    path = _path(settings)
    if path is None or names_server(target):
        return Failure(_none(settings) if path is None else _NO_FILE)
    return await anyio.to_thread.run_sync(lambda: backup.back_up(path, expand_home(target), force=force))


async def restore(settings: Settings, source: str) -> Result[RestoredDatabase, StorageError]:
    """Put a copy of `source` in the place of the database, while nobody uses it."""
    from pointsman.adapters.sqlite import backup

    path = _path(settings)
    if path is None or names_server(source):
        return Failure(_none(settings) if path is None else _NO_FILE)
    return await anyio.to_thread.run_sync(lambda: backup.restore(expand_home(source), path))


async def erase(settings: Settings, person: Person) -> Result[tuple[ErasedTable, ...], StorageError]:
    """Erase all that is kept of `person`."""
    from pointsman.adapters.sql.erasure import erase_person

    if settings.database is None or settings.database in IN_MEMORY:
        return Failure(_NONE)
    async with open_kept(settings) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        return await erase_person(opened.unwrap(), person, time())


async def carry_over(
    settings: Settings, source: str, tell: Callable[[str, int, int], None]
) -> Result[tuple[CarriedTable, ...], StorageError]:
    """Carry the SQLite file `source` (the user's own, where that is empty) to the server that the settings name, and
    the runs of evaluations beside it, unless the settings name a folder in which they are to stay.

    `tell` hears of the table, how many of its rows have arrived, and how many it has.
    """
    address = read_address(settings.database or "") if names_server(settings.database) else Failure(_NO_SERVER)
    if isinstance(address, Failure):
        return Failure(StorageError(detail=address.failure(), remedy=""))
    if names_server(source):
        return Failure(_NO_FILE)
    if find_spec("psycopg") is None:
        return Failure(StorageError(detail="the driver of PostgreSQL is not installed", remedy=DRIVER))
    from pointsman.adapters.postgres.carry_over import CarriedFile, carry_over
    from pointsman.adapters.sqlite.migrations import STORES
    from pointsman.layers.settings.found import own_database

    file = CarriedFile(
        expand_home(source or own_database() or "pointsman.db"),
        STORES.application_id,
        len(STORES.migrations),
    )
    carried = await anyio.to_thread.run_sync(
        carry_over, file, address.unwrap(), settings.database_password, tell, abandon_on_cancel=True
    )
    if isinstance(carried, Failure) or settings.runs is not None:
        return carried
    runs = await _carry_runs(file.path.parent / "runs", address.unwrap(), settings.database_password, tell)
    return runs.map(lambda tables: carried.unwrap() + tables)


async def _carry_runs(
    folder: Path, address: DatabaseAddress, password: Secret | None, tell: Callable[[str, int, int], None]
) -> Result[tuple[CarriedTable, ...], StorageError]:
    """Carry the runs in `folder`, one after the other, each while no other process is at it."""
    from pointsman.adapters.postgres.carry_over import CarriedFile, carry_run
    from pointsman.adapters.sqlite.run_folder import SqliteRunFolder
    from pointsman.adapters.sqlite.run_store import RUNS

    listed = await settle(SqliteRunFolder(folder).entries())
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    counts: dict[str, int] = {}
    for entry in reversed(listed.unwrap()):
        file = CarriedFile(folder / f"{entry.id}.db", RUNS.application_id, len(RUNS.migrations))
        async with SqliteRunFolder(folder).open(entry.id, alone=True) as opened:  # and so it is of this version
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            done = await anyio.to_thread.run_sync(
                carry_run, file, entry.id, address, password, tell, abandon_on_cancel=True
            )
        if isinstance(done, Failure):
            return Failure(done.failure())
        for one in done.unwrap():
            counts[one.table] = counts.get(one.table, 0) + one.rows
    return Success(tuple(CarriedTable(*one) for one in counts.items()))


def key_place(settings: Settings) -> str:
    """Where the encryption keys are."""
    return key_source(settings).place


def _none(settings: Settings) -> StorageError:
    return _SERVER if names_server(settings.database) else _NONE


def _path(settings: Settings) -> Path | None:
    name = settings.database
    return None if name is None or name in IN_MEMORY or names_server(name) else expand_home(name)
