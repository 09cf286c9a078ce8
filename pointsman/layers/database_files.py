"""The database of the settings as a file: copied, put back, and cleared of somebody."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import time

import anyio.to_thread
from returns.result import Failure, Result

from pointsman.core.database_address import names_server, read_address
from pointsman.core.error import StorageError
from pointsman.core.settings import Settings
from pointsman.layers.stores import DRIVER, IN_MEMORY, key_source, open_kept
from pointsman.services.ports.database_files import CarriedTable, DatabaseCopy, ErasedTable, Person, RestoredDatabase

_NONE = StorageError(detail="the settings name no database file; name one by --database")
_NO_SERVER = "`pointsman migrate` carries a file to a server: name that by --database postgresql://user@host/name"
_SERVER = StorageError(
    detail="the database is a server of PostgreSQL, which has tools of its own for this",
    remedy="Use `pg_dump --schema=pointsman` to copy it, and `pg_restore` to put a copy back.",
)


async def back_up(settings: Settings, target: str, *, force: bool) -> Result[DatabaseCopy, StorageError]:
    """Copy the database to `target`, also while others use it."""
    from pointsman.adapters.sqlite import backup

    path = _path(settings)
    if path is None:
        return Failure(_none(settings))
    return await anyio.to_thread.run_sync(lambda: backup.back_up(path, Path(target).expanduser(), force=force))


async def restore(settings: Settings, source: str) -> Result[RestoredDatabase, StorageError]:
    """Put a copy of `source` in the place of the database, while nobody uses it."""
    from pointsman.adapters.sqlite import backup

    path = _path(settings)
    if path is None:
        return Failure(_none(settings))
    return await anyio.to_thread.run_sync(lambda: backup.restore(Path(source).expanduser(), path))


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
    """Carry the SQLite file `source` (the user's own, where that is empty) to the server that the settings name.

    `tell` hears of the table, how many of its rows have arrived, and how many it has.
    """
    address = read_address(settings.database or "") if names_server(settings.database) else Failure(_NO_SERVER)
    if isinstance(address, Failure):
        return Failure(StorageError(detail=address.failure(), remedy=""))
    if find_spec("psycopg") is None:
        return Failure(StorageError(detail="the driver of PostgreSQL is not installed", remedy=DRIVER))
    from pointsman.adapters.postgres.carry_over import CarriedFile, carry_over
    from pointsman.adapters.sqlite.migrations import STORES
    from pointsman.layers.settings.found import own_database

    file = CarriedFile(
        Path(await anyio.Path(source or own_database() or "pointsman.db").expanduser()),
        STORES.application_id,
        len(STORES.migrations),
    )
    return await anyio.to_thread.run_sync(
        carry_over, file, address.unwrap(), settings.database_password, tell, abandon_on_cancel=True
    )


def key_place(settings: Settings) -> str:
    """Where the encryption keys are."""
    return key_source(settings).place


def _none(settings: Settings) -> StorageError:
    return _SERVER if names_server(settings.database) else _NONE


def _path(settings: Settings) -> Path | None:
    name = settings.database
    return None if name is None or name in IN_MEMORY or names_server(name) else Path(name).expanduser()
